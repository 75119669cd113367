-- Orders: what is to be moved, how far it has come, everything that was ever done to it, and what is known of rates.

SELECT log.create_consumer_tables();
SELECT web.create_idempotency_table();

-- One row an order. The columns are what lists filter by and commands compare; the texts are the JSON of this service's own form.
CREATE TABLE orders (
  tenant_id     uuid    NOT NULL,
  -- Version 7: ids are in the order of creation, so that the primary key is the list's order too.
  id            uuid    NOT NULL,
  number        text    COLLATE "C" NOT NULL,
  kind          text    NOT NULL,
  state         text    NOT NULL,
  -- Where it goes back to when it is released.
  held_from     text,
  -- Goes up by one with each line of the history.
  version       integer NOT NULL,
  -- The ERP's connection that speaks for it.
  connection_id uuid,
  -- SHA-256 of what the ERP last said, so that its saying it again undoes nothing that people corrected.
  source_digest bytea,
  -- Lower case, to filter by.
  carrier       text    COLLATE "C",
  -- Begin of the first pickup's window.
  pickup_ms     bigint,
  -- Conflicts that nobody has resolved.
  conflicts     integer NOT NULL DEFAULT 0,
  content       text    NOT NULL,
  progress      text    NOT NULL,
  created_ms    bigint  NOT NULL,
  updated_ms    bigint  NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX orders_by_number ON orders (tenant_id, number);
CREATE INDEX orders_by_state ON orders (tenant_id, state, id);
CREATE INDEX orders_by_carrier ON orders (tenant_id, carrier, id);
CREATE INDEX orders_by_pickup ON orders (tenant_id, pickup_ms, id);
CREATE INDEX orders_in_conflict ON orders (tenant_id, id) WHERE conflicts > 0;

-- Who did what, when and why. Never changed.
CREATE TABLE order_history (
  tenant_id  uuid    NOT NULL,
  order_id   uuid    NOT NULL,
  version    integer NOT NULL,
  action     text    NOT NULL,
  from_state text,
  to_state   text    NOT NULL,
  actor      text    NOT NULL,
  reason     text,
  -- The party's document that brought it.
  document   bytea,
  at_ms      bigint  NOT NULL,
  PRIMARY KEY (tenant_id, order_id, version),
  FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);

-- Numbers by which a milestone means an order; one number may mean several, as when one vehicle carries them all.
CREATE TABLE order_references (
  tenant_id uuid NOT NULL,
  kind      text NOT NULL,
  value     text NOT NULL,
  order_id  uuid NOT NULL,
  PRIMARY KEY (tenant_id, kind, value, order_id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);

-- Words to search by, in the order of the list within a word. Byte order, so that a prefix is a range.
CREATE TABLE order_terms (
  tenant_id uuid NOT NULL,
  term      text COLLATE "C" NOT NULL,
  order_id  uuid NOT NULL,
  PRIMARY KEY (tenant_id, term, order_id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);

-- How many orders stand in each state, as a sum of changes: a count that is kept in one row would make all commands wait for
-- each other. The service adds rows up from time to time.
CREATE TABLE order_counts (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id uuid   NOT NULL,
  state     text   NOT NULL,
  delta     bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE FUNCTION count_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO order_counts (tenant_id, state, delta)
    SELECT tenant_id, state, count(*) FROM after GROUP BY tenant_id, state;
  ELSE
    INSERT INTO order_counts (tenant_id, state, delta)
    SELECT tenant_id, state, sum(delta)
      FROM (SELECT tenant_id, state, 1 AS delta FROM after
            UNION ALL SELECT tenant_id, state, -1 FROM before) AS moved
     GROUP BY tenant_id, state HAVING sum(delta) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_new AFTER INSERT ON orders
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER count_moved AFTER UPDATE ON orders
  REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_orders();

-- ERP documents that were taken in, by their event: a redelivery is known by its row.
CREATE TABLE received (
  tenant_id uuid   NOT NULL,
  event_id  uuid   NOT NULL,
  number    text   NOT NULL,
  purpose   text   NOT NULL,
  -- 'created', 'changed', 'cancelled', 'same', 'conflict' or 'unknown' (a cancellation of what we do not have).
  outcome   text   NOT NULL,
  order_id  uuid,
  at_ms     bigint NOT NULL,
  PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX received_by_number ON received (tenant_id, number);

-- What could not be done to an order and must not be lost: somebody looks and says how it was resolved.
CREATE TABLE order_conflicts (
  tenant_id   uuid   NOT NULL,
  order_id    uuid   NOT NULL,
  -- The event that brought it.
  id          uuid   NOT NULL,
  kind        text   NOT NULL,
  detail      text   NOT NULL,
  -- What was asked for, as JSON.
  wanted      text,
  at_ms       bigint NOT NULL,
  resolved_ms bigint,
  resolved_by text,
  resolution  text,
  PRIMARY KEY (tenant_id, order_id, id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);

-- Every tender with its answer. The open ones are the durable timers of silence.
CREATE TABLE tenders (
  tenant_id         uuid    NOT NULL,
  order_id          uuid    NOT NULL,
  number            integer NOT NULL,
  carrier           text    NOT NULL,
  tendered_ms       bigint  NOT NULL,
  respond_by_ms     bigint  NOT NULL,
  answer            text    NOT NULL,
  answered_ms       bigint,
  reason            text,
  carrier_reference text,
  -- Whoever works on its silence has it until then; the attempt is counted before it is made.
  lease_until_ms    bigint  NOT NULL DEFAULT 0,
  attempts          integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, order_id, number),
  FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);
CREATE INDEX tenders_due ON tenders (respond_by_ms) WHERE answer = 'open';

-- What milestones say about numbers that no order is known by yet, or not far enough: applied once one is.
CREATE TABLE movements (
  tenant_id uuid NOT NULL,
  kind      text NOT NULL,
  value     text NOT NULL,
  movement  text NOT NULL,
  PRIMARY KEY (tenant_id, kind, value)
);

-- Carriers' rates, as the settlement service publishes them; for choosing a carrier, not for paying one.
CREATE TABLE rate_contracts (
  tenant_id   uuid    NOT NULL,
  contract_id uuid    NOT NULL,
  version     integer NOT NULL,
  carrier     text    NOT NULL,
  currency    text    NOT NULL,
  -- Dates as YYYY-MM-DD, whose byte order is their order.
  valid_from  text    COLLATE "C" NOT NULL,
  valid_to    text    COLLATE "C",
  PRIMARY KEY (tenant_id, contract_id, version)
);
-- Areas in upper case; an empty text matches everything.
CREATE TABLE rate_lanes (
  tenant_id   uuid    NOT NULL,
  contract_id uuid    NOT NULL,
  version     integer NOT NULL,
  line        integer NOT NULL,
  service     text,
  o_country   text    NOT NULL,
  o_region    text    NOT NULL,
  o_postal    text    COLLATE "C" NOT NULL,
  o_city      text    NOT NULL,
  d_country   text    NOT NULL,
  d_region    text    NOT NULL,
  d_postal    text    COLLATE "C" NOT NULL,
  d_city      text    NOT NULL,
  slabs       text    NOT NULL,
  minimum     text,
  PRIMARY KEY (tenant_id, contract_id, version, line),
  FOREIGN KEY (tenant_id, contract_id, version) REFERENCES rate_contracts (tenant_id, contract_id, version)
);
CREATE INDEX rate_lanes_by_area ON rate_lanes (tenant_id, d_postal, o_postal, d_city, o_city);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['orders', 'order_history', 'order_references', 'order_terms', 'received', 'order_conflicts',
                              'movements', 'rate_contracts', 'rate_lanes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = (SELECT app_tenant()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
  END LOOP;
  -- The service's own machinery looks for due tenders and adds up counts across tenants.
  FOREACH name IN ARRAY ARRAY['tenders', 'order_counts'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_or_system ON %I
                    USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))', name);
  END LOOP;
END $$;
