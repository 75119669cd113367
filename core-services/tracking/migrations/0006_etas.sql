-- When a delivery is expected: each word about it, by its source, and what earlier words and journeys came to.

-- From where to where, as the order says; the key of a lane's history.
ALTER TABLE promises ADD COLUMN lane text;
ALTER TABLE shipments ADD COLUMN lane text;

-- One row a change of what a source expects. Never changed, save that a shipment may turn out to be another.
CREATE TABLE etas (
  tenant_id    uuid   NOT NULL,
  -- In the order of the changes.
  id           uuid   NOT NULL,
  shipment_id  uuid   NOT NULL,
  -- 'carrier' announces it; 'history' is computed from the lane's own.
  source       text   NOT NULL CHECK (source IN ('carrier', 'history')),
  -- None when the source expects nothing any more.
  at_ms        bigint,
  -- Eight in ten deliveries of the sample came between these two; none without a sample that is large enough.
  earliest_ms  bigint,
  latest_ms    bigint,
  sample       integer,
  -- 'announced', 'computed', 'withdrawn' or 'over'.
  why          text   NOT NULL,
  -- What it was computed from, to tell when that has changed.
  basis        text,
  -- The milestone that brought it.
  milestone_id uuid,
  told_ms      bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((earliest_ms IS NULL) = (latest_ms IS NULL) AND (earliest_ms IS NULL) = (sample IS NULL))
);
CREATE INDEX etas_by_shipment ON etas (tenant_id, shipment_id, id);

-- What a delivered shipment teaches: how long it took on its lane, and by how much each announcement was wrong.
CREATE TABLE eta_outcomes (
  tenant_id    uuid   NOT NULL,
  shipment_id  uuid   NOT NULL,
  -- 'transit' or 'error'.
  kind         text   NOT NULL,
  -- The lane, or how long before the time it was announced.
  class        text   NOT NULL,
  carrier      text   NOT NULL,
  value_ms     bigint NOT NULL,
  delivered_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, shipment_id, kind, class)
);
CREATE INDEX eta_outcomes_by_class ON eta_outcomes (tenant_id, kind, class, carrier, delivered_ms) WHERE value_ms IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['etas', 'eta_outcomes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = (SELECT app_tenant()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
  END LOOP;
END $$;
