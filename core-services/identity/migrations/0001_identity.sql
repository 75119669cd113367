-- Who may come in: tenants, users, what a user may do in a tenant, and the three ways of showing it (password, session, API key).
--
-- A user is one person, known by one e-mail address, and may belong to several tenants; what it may do is said by its membership.
-- Rows that must be found before the tenant is known (a session by its digest, a key by its public part) are open to
-- app_system(); the statements that do so are in store/ and name the tenant as soon as they know it.

CREATE TABLE tenants (
  tenant_id  uuid        PRIMARY KEY,
  name       text        NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  status     text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  user_id    uuid        PRIMARY KEY,
  -- Trimmed and in lower case.
  email      text        NOT NULL UNIQUE CHECK (octet_length(email) BETWEEN 3 AND 254),
  -- The operator's switch over all tenants; a tenant's owner has that of the membership.
  status     text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Beside the users, so that nothing that reads a user reads a hash by the way.
CREATE TABLE passwords (
  user_id    uuid        PRIMARY KEY REFERENCES users (user_id),
  -- PHC string: algorithm, parameters, salt and hash.
  phc        text        NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE memberships (
  tenant_id  uuid        NOT NULL REFERENCES tenants (tenant_id),
  user_id    uuid        NOT NULL REFERENCES users (user_id),
  -- What this tenant calls the user: another's name for the same person is none of its business.
  name       text        NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  -- A name from scopes.rs.
  role       text        NOT NULL,
  status     text        NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
  -- Counts the changes: what an ETag is made of.
  version    bigint      NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE invitations (
  tenant_id  uuid        NOT NULL,
  -- HMAC-SHA256 of the token under the process's pepper.
  digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
  user_id    uuid        NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, digest),
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id)
);
CREATE INDEX invitations_by_digest ON invitations (digest);

CREATE TABLE sessions (
  tenant_id  uuid        NOT NULL,
  digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
  user_id    uuid        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Last use, to the minute.
  seen_at    timestamptz NOT NULL DEFAULT now(),
  -- The absolute end; idleness may end it before.
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (tenant_id, digest),
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id)
);
CREATE INDEX sessions_by_digest ON sessions (digest);
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id);

-- API keys: shown once, stored as a keyed hash.
CREATE TABLE api_keys (
  tenant_id    uuid        NOT NULL,
  -- The public part, by which a key is found and named in logs.
  key_id       text        NOT NULL,
  name         text        NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  -- HMAC-SHA256 of the whole key under the process's pepper.
  digest       bytea       NOT NULL CHECK (octet_length(digest) = 32),
  scopes       text[]      NOT NULL,
  -- A principal: user/<id>, key/<id>, or system for the operator's.
  created_by   text        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  -- To the minute.
  last_used_at timestamptz,
  PRIMARY KEY (tenant_id, key_id)
);
-- A key is found by its public part, before its tenant is known. Not unique: two tenants' keys may share it by chance.
CREATE INDEX api_keys_by_id ON api_keys (key_id);

-- Failed logins in a row, by account and by address; the keys are hashes, so that the table is no list of who tries.
CREATE TABLE attempts (
  key           bytea       PRIMARY KEY CHECK (octet_length(key) = 32),
  failures      integer     NOT NULL,
  last_at       timestamptz NOT NULL DEFAULT now(),
  blocked_until timestamptz
);
CREATE INDEX attempts_by_age ON attempts (last_at);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tenants', 'memberships', 'invitations', 'sessions', 'api_keys'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_or_system ON %I
      USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
      WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))', name);
  END LOOP;
END $$;

-- A tenant sees those users that are its members, and changes none: an address or a password is the user's own.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY members ON users FOR SELECT USING (
  (SELECT app_system()) OR EXISTS (
    SELECT 1 FROM memberships m WHERE m.user_id = users.user_id AND m.tenant_id = (SELECT app_tenant())));
CREATE POLICY system_inserts ON users FOR INSERT WITH CHECK ((SELECT app_system()));
CREATE POLICY system_updates ON users FOR UPDATE USING ((SELECT app_system())) WITH CHECK ((SELECT app_system()));
ALTER TABLE passwords ENABLE ROW LEVEL SECURITY;
ALTER TABLE passwords FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON passwords USING ((SELECT app_system())) WITH CHECK ((SELECT app_system()));

-- Identity shows the audit trail to those who may see it.
GRANT USAGE ON SCHEMA audit TO caravan_identity;
GRANT SELECT ON audit.entries, audit.heads TO caravan_identity;
