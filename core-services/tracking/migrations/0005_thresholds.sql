-- From when on a tenant calls goods halted, silent, late or detained; one without a row has the defaults of `domain/thresholds.rs`.
CREATE TABLE thresholds (
  tenant_id  uuid   PRIMARY KEY,
  -- Counts the changes: the entity tag.
  revision   bigint NOT NULL,
  -- As `wire/thresholds.rs` writes them.
  data       text   NOT NULL,
  updated_by text   NOT NULL,
  updated_ms bigint NOT NULL,
  -- While shipments are brought to the last change: the last one that was. None when all are.
  applied_to uuid
);
ALTER TABLE thresholds ENABLE ROW LEVEL SECURITY;
ALTER TABLE thresholds FORCE ROW LEVEL SECURITY;
-- The watch applies changes across tenants.
CREATE POLICY tenant_or_system ON thresholds
  USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
  WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()));
