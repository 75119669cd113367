-- What a list of shipments is searched, narrowed and sorted by.

-- When it was first heard of.
ALTER TABLE shipments ADD COLUMN created_ms bigint NOT NULL DEFAULT 0;
-- Who reported it first, by the catalogue's id, and whom its order names.
ALTER TABLE shipments ADD COLUMN reporter text;
ALTER TABLE shipments ADD COLUMN order_carrier text;
-- How it travels, by its order.
ALTER TABLE shipments ADD COLUMN mode text;
-- Whom to find it under: what the order says goes before who reports.
ALTER TABLE shipments ADD COLUMN carrier text GENERATED ALWAYS AS (lower(coalesce(order_carrier, reporter))) STORED;

-- The names of one carrier: the catalogue's id and the SCAC, each in lower case.
CREATE TABLE carrier_names (
  tenant_id uuid NOT NULL,
  party     text NOT NULL,
  scac      text NOT NULL,
  PRIMARY KEY (tenant_id, party, scac)
);

-- The words by which a shipment is found, as `domain/words.rs` writes them: its numbers, its orders' numbers, and, behind '@', the
-- places where it was. Derived, so no foreign key: a word more or less loses no shipment.
CREATE TABLE shipment_terms (
  tenant_id   uuid NOT NULL,
  term        text COLLATE "C" NOT NULL,
  shipment_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, term, shipment_id)
);

-- What an order says of the shipment besides the promise.
ALTER TABLE promises ADD COLUMN carrier text;
ALTER TABLE promises ADD COLUMN mode text;
-- To find what an order promised before its references changed; partial as docs/adr/0007 asks.
CREATE INDEX promises_by_order ON promises (tenant_id, order_number) WHERE told_ms >= 0;

-- What is stored already. The owner is held to a tenant's rows only while that is forced.
ALTER TABLE shipments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE shipment_references NO FORCE ROW LEVEL SECURITY;
ALTER TABLE facts NO FORCE ROW LEVEL SECURITY;
UPDATE shipments s SET created_ms = f.first_ms
  FROM (SELECT tenant_id, shipment_id, min(recorded_ms) AS first_ms FROM facts GROUP BY tenant_id, shipment_id) AS f
 WHERE f.tenant_id = s.tenant_id AND f.shipment_id = s.id;
DO $$
DECLARE letters text := (SELECT collname FROM pg_collation WHERE collname = 'und-x-icu');
BEGIN
  -- Under the locale C only ASCII has letters; where PostgreSQL knows Unicode's, so do we.
  EXECUTE format($sql$
    INSERT INTO shipment_terms (tenant_id, term, shipment_id)
    SELECT DISTINCT tenant_id, left(coalesce(nullif(lower(regexp_replace(value COLLATE %1$I, '[^[:alnum:]]', '', 'g')), ''),
                                             lower(trim(value) COLLATE %1$I)), 60), shipment_id
      FROM shipment_references$sql$, coalesce(letters, 'C'));
END $$;
ALTER TABLE shipments FORCE ROW LEVEL SECURITY;
ALTER TABLE shipment_references FORCE ROW LEVEL SECURITY;
ALTER TABLE facts FORCE ROW LEVEL SECURITY;

-- Each index has its list's order in full, so that it is walked both ways; partial as docs/adr/0007 asks.
DROP INDEX shipments_by_update;
DROP INDEX shipments_by_status;
CREATE INDEX shipments_by_update ON shipments (tenant_id, updated_ms, id) WHERE updated_ms >= 0;
CREATE INDEX shipments_by_status ON shipments (tenant_id, status, updated_ms, id) WHERE updated_ms >= 0;
CREATE INDEX shipments_by_carrier ON shipments (tenant_id, carrier, updated_ms, id) WHERE carrier IS NOT NULL;
CREATE INDEX shipments_by_promise ON shipments (tenant_id, status, promised_ms, id) WHERE promised_ms IS NOT NULL;
CREATE INDEX shipments_by_creation ON shipments (tenant_id, status, created_ms, id) WHERE created_ms >= 0;
-- A number is looked up among the terms.
DROP INDEX shipment_references_by_value;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['carrier_names', 'shipment_terms'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = (SELECT app_tenant()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
  END LOOP;
END $$;
