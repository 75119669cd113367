-- Links by which somebody without a login sees where one shipment stands. One that was revoked is gone: the audit trail tells of it.
CREATE TABLE links (
  tenant_id   uuid   NOT NULL,
  id          uuid   NOT NULL,
  shipment_id uuid   NOT NULL,
  -- SHA-256 of the token, as `token.rs` makes it.
  digest      bytea  NOT NULL CHECK (octet_length(digest) = 32),
  -- For whom or what it was made, in the maker's words.
  note        text,
  created_by  text   NOT NULL,
  created_ms  bigint NOT NULL,
  expires_ms  bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES shipments (tenant_id, id)
);
CREATE INDEX links_by_shipment ON links (tenant_id, shipment_id, id);
-- Whoever opens a link says no tenant. Not unique, as no key of a tenant's table is without the tenant.
CREATE INDEX links_by_digest ON links (digest);

ALTER TABLE links ENABLE ROW LEVEL SECURITY;
ALTER TABLE links FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON links
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
-- To open one needs no more than reading.
CREATE POLICY opened ON links FOR SELECT USING ((SELECT app_system()));
