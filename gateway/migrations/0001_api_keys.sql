-- API keys: shown once, stored as a keyed hash.

CREATE TABLE api_keys (
    tenant_id  uuid        NOT NULL,
    -- The public part, by which a key is found and named in logs.
    key_id     text        NOT NULL,
    name       text        NOT NULL,
    -- HMAC-SHA256 of the whole key under the process's pepper.
    digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
    scopes     text[]      NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key_id)
);
-- A key is found by its public part, before its tenant is known. Not unique: two tenants' keys may share it by chance.
CREATE INDEX api_keys_by_id ON api_keys (key_id);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON api_keys
    USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
    WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()));
