-- What was promised, what is wrong with a shipment, and how many stand where.

SELECT web.create_idempotency_table();

-- What an order promises about the shipment that goes by one of its numbers.
CREATE TABLE promises (
  tenant_id    uuid   NOT NULL,
  kind         text   NOT NULL,
  value        text   NOT NULL,
  order_number text   NOT NULL,
  -- End of the last delivery's window; none takes a promise back.
  latest_ms    bigint,
  -- When the order said so: an older word does not undo a newer one.
  told_ms      bigint NOT NULL,
  PRIMARY KEY (tenant_id, kind, value)
);

ALTER TABLE shipments ADD COLUMN promised_ms bigint;
-- When the carrier expects the delivery, while it is expected.
ALTER TABLE shipments ADD COLUMN eta_ms bigint;
-- Why it stands where it stands, when the deciding milestone gave a reason.
ALTER TABLE shipments ADD COLUMN reason text;
-- When somebody has to look next, because the clock alone can make it late or silent; none when it can not.
ALTER TABLE shipments ADD COLUMN watch_ms bigint;
CREATE INDEX shipments_to_watch ON shipments (watch_ms) WHERE watch_ms IS NOT NULL;

-- Indexes that serve lists have a condition that only lists state. Without it they could also answer a look-up by id, by reading
-- the whole tenant, and on a small table the planner finds that as cheap as the primary key; the plans of foreign keys, made while
-- a table is empty, then stay with it until the next ANALYZE (docs/adr/0007).
DROP INDEX shipments_by_update;
DROP INDEX shipments_by_status;
CREATE INDEX shipments_by_update ON shipments (tenant_id, updated_ms DESC, id) WHERE updated_ms >= 0;
CREATE INDEX shipments_by_status ON shipments (tenant_id, status, updated_ms DESC, id) WHERE updated_ms >= 0;

-- One row an exception: what is wrong, whose it is, and how it ended.
CREATE TABLE exceptions (
  tenant_id        uuid    NOT NULL,
  id               uuid    NOT NULL,
  shipment_id      uuid    NOT NULL,
  -- The best of the shipment's numbers when it was opened.
  reference        text    NOT NULL,
  -- 'delay', 'halt', 'silence', 'failed-attempt', 'return', 'damage' or 'problem'.
  cause            text    NOT NULL,
  -- Since when it is so: with the cause it says which one it is, so that a resolved one does not come back by the same facts.
  since_ms         bigint  NOT NULL,
  -- The rule that opened it, and its words.
  rule             text    NOT NULL,
  detail           text    NOT NULL,
  status           text    NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
  owner            text,
  snoozed_until_ms bigint,
  opened_ms        bigint  NOT NULL,
  resolved_ms      bigint,
  resolved_by      text,
  resolution       text,
  version          integer NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, shipment_id, cause, since_ms)
);
CREATE UNIQUE INDEX exceptions_open ON exceptions (tenant_id, shipment_id, cause) WHERE status = 'open';
CREATE INDEX exceptions_by_status ON exceptions (tenant_id, status, id) WHERE opened_ms >= 0;

-- Who did what about it. Never changed.
CREATE TABLE exception_history (
  tenant_id    uuid    NOT NULL,
  exception_id uuid    NOT NULL,
  version      integer NOT NULL,
  action       text    NOT NULL,
  actor        text    NOT NULL,
  text         text,
  at_ms        bigint  NOT NULL,
  PRIMARY KEY (tenant_id, exception_id, version),
  FOREIGN KEY (tenant_id, exception_id) REFERENCES exceptions (tenant_id, id)
);

-- How many shipments stand where, as a sum of changes; the service adds rows up from time to time.
CREATE TABLE shipment_counts (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id uuid   NOT NULL,
  status    text   NOT NULL,
  delta     bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
INSERT INTO shipment_counts (tenant_id, status, delta)
SELECT tenant_id, status, count(*) FROM shipments GROUP BY tenant_id, status;
CREATE FUNCTION count_shipments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO shipment_counts (tenant_id, status, delta)
    SELECT tenant_id, status, count(*) FROM after GROUP BY tenant_id, status;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO shipment_counts (tenant_id, status, delta)
    SELECT tenant_id, status, -count(*) FROM before GROUP BY tenant_id, status;
  ELSE
    INSERT INTO shipment_counts (tenant_id, status, delta)
    SELECT tenant_id, status, sum(delta)
      FROM (SELECT tenant_id, status, 1 AS delta FROM after
            UNION ALL SELECT tenant_id, status, -1 FROM before) AS moved
     GROUP BY tenant_id, status HAVING sum(delta) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_new AFTER INSERT ON shipments
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_shipments();
CREATE TRIGGER count_moved AFTER UPDATE ON shipments
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_shipments();
CREATE TRIGGER count_gone AFTER DELETE ON shipments
  REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION count_shipments();

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['promises', 'exceptions', 'exception_history'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = (SELECT app_tenant()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
  END LOOP;
  -- The service's own machinery looks for what is due, and adds up counts, across tenants.
  DROP POLICY tenant ON shipments;
  ALTER TABLE shipment_counts ENABLE ROW LEVEL SECURITY;
  ALTER TABLE shipment_counts FORCE ROW LEVEL SECURITY;
  FOREACH name IN ARRAY ARRAY['shipments', 'shipment_counts'] LOOP
    EXECUTE format('CREATE POLICY tenant_or_system ON %I
                    USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))', name);
  END LOOP;
END $$;
