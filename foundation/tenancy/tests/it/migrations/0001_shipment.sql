-- The shape that every service's tables have.
CREATE TABLE shipment (
  tenant_id uuid NOT NULL,
  id        uuid NOT NULL,
  label     text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
ALTER TABLE shipment ENABLE ROW LEVEL SECURITY;
ALTER TABLE shipment FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON shipment
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));

CREATE TABLE piece (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  shipment_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES shipment (tenant_id, id)
);
ALTER TABLE piece ENABLE ROW LEVEL SECURITY;
ALTER TABLE piece FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON piece
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));

-- Machinery reads it across tenants.
CREATE TABLE poll (
  tenant_id uuid NOT NULL,
  id        uuid NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
ALTER TABLE poll ENABLE ROW LEVEL SECURITY;
ALTER TABLE poll FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_or_system ON poll
  USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
  WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()));

-- Its migration says who may do what, so the default grants leave it alone.
CREATE TABLE journal (entry text NOT NULL);
GRANT SELECT, INSERT ON journal TO caravan_walls;
