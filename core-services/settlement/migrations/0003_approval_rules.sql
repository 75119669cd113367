-- When a tenant's bills are approved without a person; a tenant without a row has every bill approved by one.
CREATE TABLE approval_rules (
  tenant_id  uuid   PRIMARY KEY,
  -- Counts the changes: the entity tag.
  revision   bigint NOT NULL,
  -- 'within-tolerance' takes matched ones as well.
  approve    text   NOT NULL CHECK (approve IN ('off', 'matched', 'within-tolerance')),
  -- Bills above it, and those in another currency, wait for a person.
  up_to      bigint CHECK (up_to > 0),
  currency   text,
  updated_by text   NOT NULL,
  updated_ms bigint NOT NULL,
  CHECK ((up_to IS NULL) = (currency IS NULL))
);
ALTER TABLE approval_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE approval_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approval_rules USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
