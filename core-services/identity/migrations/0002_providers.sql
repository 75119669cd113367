-- Signing in by a tenant's own identity provider (OpenID Connect).
--
-- What a provider says counts in its tenant and nowhere else: whoever configures one decides what it says. So a session that one began
-- is tied to its tenant, a place that was taken through one opens to no password, and a subject is known by its tenant's provider.

CREATE TABLE identity_providers (
  tenant_id     uuid        NOT NULL REFERENCES tenants (tenant_id),
  provider_id   uuid        NOT NULL,
  name          text        NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  -- As the provider spells it; compared letter by letter (OpenID Connect Discovery 1.0, section 4.3).
  issuer        text        NOT NULL CHECK (octet_length(issuer) BETWEEN 8 AND 500),
  client_id     text        NOT NULL CHECK (octet_length(client_id) BETWEEN 1 AND 500),
  -- AES-256-GCM, bound to this row.
  client_secret bytea       NOT NULL,
  -- Domains of the addresses that it may speak for, in lower case.
  domains       text[]      NOT NULL CHECK (cardinality(domains) BETWEEN 1 AND 50),
  -- Role of who comes for the first time; none: only who is invited comes in.
  default_role  text,
  -- Where the token says which roles somebody has, dots between the names of nested objects, and what its words are here.
  role_claim    text        CHECK (octet_length(role_claim) BETWEEN 1 AND 200),
  role_map      jsonb       NOT NULL DEFAULT '{}',
  version       bigint      NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, provider_id)
);
-- A login begins with the provider's id, before the tenant is known. Not unique, as no key of a tenant's table is without the tenant.
CREATE INDEX identity_providers_by_id ON identity_providers (provider_id);

-- Who a provider's subject is: the link of all later logins, whatever its address is by then (OpenID Connect Core 1.0, section 5.7).
CREATE TABLE subjects (
  tenant_id   uuid        NOT NULL,
  provider_id uuid        NOT NULL,
  subject     text        NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 255),
  user_id     uuid        NOT NULL,
  -- Whether the first login made the member: then its role follows the provider's words.
  made        boolean     NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, provider_id, subject),
  -- One person has one subject at a provider: a second one under the same address is somebody who got it after the first.
  UNIQUE (tenant_id, provider_id, user_id),
  FOREIGN KEY (tenant_id, provider_id) REFERENCES identity_providers (tenant_id, provider_id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id)
);
CREATE INDEX subjects_by_user ON subjects (tenant_id, user_id);

-- Logins that were completed, until they would have expired: none is completed twice.
CREATE TABLE spent_logins (
  tenant_id  uuid        NOT NULL,
  digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, digest)
);
CREATE INDEX spent_logins_by_age ON spent_logins (expires_at);

-- How the place was taken: one that a provider gave opens to no password, as the password is the same in every tenant, and whoever
-- is the first to invite an address gives it one.
ALTER TABLE memberships ADD COLUMN taken_by text NOT NULL DEFAULT 'password' CHECK (taken_by IN ('password', 'provider'));

-- The provider that began the session; none for a password.
ALTER TABLE sessions ADD COLUMN provider_id uuid;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['identity_providers', 'subjects', 'spent_logins'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_or_system ON %I
      USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
      WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))', name);
  END LOOP;
END $$;
