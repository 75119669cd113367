-- Timelines: shipments, the numbers they are known by, and every fact that was ever reported about them.

SELECT log.create_consumer_tables();

-- One row a shipment: what its facts amount to, so that a list need not fold them. Derived, never the source.
CREATE TABLE shipments (
  tenant_id            uuid     NOT NULL,
  id                   uuid     NOT NULL,
  -- The best of its references, to show and to partition by.
  reference_kind       text     NOT NULL,
  reference            text     NOT NULL,
  -- 'unmapped' while nothing is known that could say more.
  status               text     NOT NULL,
  direction            text     NOT NULL,
  since_ms             bigint,
  since_offset_min     smallint,
  delivered_ms         bigint,
  delivered_offset_min smallint,
  facts                integer  NOT NULL,
  -- When the newest of its facts was recorded.
  updated_ms           bigint   NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX shipments_by_update ON shipments (tenant_id, updated_ms DESC, id);
CREATE INDEX shipments_by_status ON shipments (tenant_id, status, updated_ms DESC, id);

-- A number that identifies belongs to one shipment; others (a purchase order, a container) may be shared by many.
CREATE TABLE shipment_references (
  tenant_id   uuid    NOT NULL,
  kind        text    NOT NULL,
  value       text    NOT NULL,
  shipment_id uuid    NOT NULL,
  identifies  boolean NOT NULL,
  PRIMARY KEY (tenant_id, kind, value, shipment_id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES shipments (tenant_id, id)
);
CREATE UNIQUE INDEX shipment_references_identify ON shipment_references (tenant_id, kind, value) WHERE identifies;
CREATE INDEX shipment_references_by_value ON shipment_references (tenant_id, value);
CREATE INDEX shipment_references_by_shipment ON shipment_references (tenant_id, shipment_id);

-- One row a milestone. The columns are what the fold needs; data is the whole milestone as the event had it.
CREATE TABLE facts (
  tenant_id     uuid     NOT NULL,
  id            uuid     NOT NULL,
  shipment_id   uuid     NOT NULL,
  -- Equal for reports of the same happening: a second one with another id is a correction.
  fact_key      uuid     NOT NULL,
  status        text     NOT NULL,
  classifier    text     NOT NULL,
  direction     text     NOT NULL,
  scope_kind    text     NOT NULL,
  scope_id      text,
  instant_ms    bigint   NOT NULL,
  offset_min    smallint NOT NULL,
  zone          text     NOT NULL,
  recorded_ms   bigint   NOT NULL,
  connection_id uuid     NOT NULL,
  document      bytea    NOT NULL,
  data          text     NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES shipments (tenant_id, id)
);
CREATE INDEX facts_by_shipment ON facts (tenant_id, shipment_id, instant_ms);

ALTER TABLE shipments ENABLE ROW LEVEL SECURITY;
ALTER TABLE shipments FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON shipments
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
ALTER TABLE shipment_references ENABLE ROW LEVEL SECURITY;
ALTER TABLE shipment_references FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON shipment_references
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
ALTER TABLE facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE facts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON facts
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
