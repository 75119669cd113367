-- What the HTTP side of a service keeps in the service's own schema.

-- Called by the migration of every service that takes changes: makes the table of idempotency keys in the service's schema, so
-- that the stored answer commits with the effect.
CREATE FUNCTION create_idempotency_table() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TABLE idempotency_keys (
    tenant_id   uuid        NOT NULL,
    -- Who sent it: two users of a tenant may choose the same key.
    principal   text        NOT NULL,
    -- Method, path and query; a long one as its SHA-256.
    route       text        NOT NULL,
    key         text        NOT NULL,
    body_digest bytea       NOT NULL CHECK (octet_length(body_digest) = 32),
    status      smallint    NOT NULL,
    location    text,
    -- Version of what was made, shown as its entity tag.
    version     bigint,
    body        text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, principal, route, key)
  );
  CREATE INDEX idempotency_keys_by_age ON idempotency_keys (tenant_id, created_at);
  ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
  ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant ON idempotency_keys
    USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
END $$;
