-- Tenants are made by the operator and have a short name; a forgotten password is replaced by whoever holds a token for that.

-- How people name their tenant where they sign in: letters, digits and hyphens, one tenant's only. That it is nobody else's is held
-- by the lock that every maker of a tenant takes, as no key of a tenant's table is without the tenant.
ALTER TABLE tenants ADD COLUMN short_name text
  CHECK (short_name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$');

-- The tenants that are there: for this transaction the owner of the schema may see them.
SELECT set_config('app.system', 'on', true);
UPDATE tenants t SET short_name = CASE
    WHEN named.short ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' AND named.nth = 1 THEN named.short
    ELSE 'tenant-' || right(t.tenant_id::text, 12) END
  FROM (SELECT tenant_id, short, row_number() OVER (PARTITION BY short ORDER BY created_at, tenant_id) AS nth
          FROM (SELECT tenant_id, created_at,
                       trim(BOTH '-' FROM left(trim(BOTH '-' FROM regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g')), 40)) AS short
                  FROM tenants) spelled) named
 WHERE named.tenant_id = t.tenant_id;
ALTER TABLE tenants ALTER COLUMN short_name SET NOT NULL;
CREATE INDEX tenants_by_short_name ON tenants (short_name);

-- A token by which one user sets a new password, once; a later one replaces it, and so does every new password.
CREATE TABLE resets (
  user_id    uuid        PRIMARY KEY REFERENCES users (user_id),
  -- HMAC-SHA256 of the token under the process's pepper.
  digest     bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  -- The tenant whose owner made it; none for the operator's.
  made_in    uuid        REFERENCES tenants (tenant_id),
  expires_at timestamptz NOT NULL
);
ALTER TABLE resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE resets FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON resets USING ((SELECT app_system())) WITH CHECK ((SELECT app_system()));
