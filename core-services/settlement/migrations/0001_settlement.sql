-- Settlement: what was agreed, what was carried, what is billed, and the ledger.
-- Amounts are bigint in the currency's smallest unit; decimals are kept as texts; moments are milliseconds since 1970.

SELECT log.create_consumer_tables();
SELECT web.create_idempotency_table();

-- Rate contracts -----------------------------------------------------------------------------------------------------------

CREATE TABLE rate_contracts (
  tenant_id    uuid   NOT NULL,
  id           uuid   NOT NULL,
  carrier      text   NOT NULL,
  name         text   NOT NULL,
  created_ms   bigint NOT NULL,
  created_by   text   NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, carrier, name)
);

-- A draft may be edited; a published version never changes again.
CREATE TABLE rate_contract_versions (
  tenant_id    uuid    NOT NULL,
  contract_id  uuid    NOT NULL,
  version      integer NOT NULL,
  -- Counts the edits of a draft: its entity tag.
  revision     bigint  NOT NULL,
  currency     text    NOT NULL,
  valid_from   date    NOT NULL,
  valid_to     date,
  terms        text    NOT NULL,
  published_ms bigint,
  updated_ms   bigint  NOT NULL,
  updated_by   text    NOT NULL,
  PRIMARY KEY (tenant_id, contract_id, version),
  FOREIGN KEY (tenant_id, contract_id) REFERENCES rate_contracts (tenant_id, id)
);

-- Values are added, never changed: a correction is a later record of the same day.
CREATE TABLE fuel_indexes (
  tenant_id   uuid   NOT NULL,
  name        text   NOT NULL,
  from_date   date   NOT NULL,
  recorded_ms bigint NOT NULL,
  value       text   NOT NULL,
  recorded_by text   NOT NULL,
  PRIMARY KEY (tenant_id, name, from_date, recorded_ms)
);

-- Shipments ----------------------------------------------------------------------------------------------------------------

-- One row an order, as far as money depends on it; facts is what the order's last event said.
CREATE TABLE shipments (
  tenant_id       uuid    NOT NULL,
  id              uuid    NOT NULL,
  number          text    NOT NULL,
  carrier         text,
  order_version   bigint  NOT NULL,
  cancelled       boolean NOT NULL,
  ship_date       date,
  facts           text    NOT NULL,
  -- As the order says; a reported delivery counts as well.
  delivered_ms    bigint,
  -- The price that was agreed for this shipment alone.
  agreed_minor    bigint,
  agreed_currency text,
  rated_contract  uuid,
  rated_version   integer,
  rated_minor     bigint,
  rated_currency  text,
  -- Why it could not be rated.
  unrated         text,
  updated_ms      bigint  NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX shipments_by_date ON shipments (tenant_id, ship_date, id);

CREATE TABLE shipment_references (
  tenant_id   uuid NOT NULL,
  value       text NOT NULL,
  kind        text NOT NULL,
  shipment_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, value, kind, shipment_id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES shipments (tenant_id, id)
);
CREATE INDEX shipment_references_by_shipment ON shipment_references (tenant_id, shipment_id);

-- Reported happenings by each of their references: they may come before the order does.
CREATE TABLE happenings (
  tenant_id   uuid   NOT NULL,
  value       text   NOT NULL,
  kind        text   NOT NULL,
  id          uuid   NOT NULL,
  status      text   NOT NULL,
  at_ms       bigint NOT NULL,
  recorded_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, value, kind, id)
);

-- Freight bills ------------------------------------------------------------------------------------------------------------

CREATE TABLE invoices (
  tenant_id      uuid     NOT NULL,
  id             uuid     NOT NULL,
  -- Nil for a bill that was typed or imported here.
  connection_id  uuid     NOT NULL,
  carrier        text     NOT NULL,
  number         text     NOT NULL,
  -- The version that counts: corrections add one.
  version        integer  NOT NULL,
  -- open, disputed, approved, settled, cancelled
  status         text     NOT NULL,
  -- Counts every change: the entity tag.
  revision       bigint   NOT NULL,
  currency       text     NOT NULL,
  total          bigint   NOT NULL,
  billed_date    date,
  shipment_id    uuid,
  outcome        text     NOT NULL,
  ways           smallint NOT NULL,
  expected_total bigint,
  variance       bigint,
  -- Lines and exceptions of the match, and why the expected amounts are what they are.
  match          text     NOT NULL,
  explanation    text,
  hand_over_id   uuid,
  received_ms    bigint   NOT NULL,
  updated_ms     bigint   NOT NULL,
  PRIMARY KEY (tenant_id, id),
  -- A bill is taken once from a connection.
  UNIQUE (tenant_id, connection_id, carrier, number)
);
CREATE INDEX invoices_by_number ON invoices (tenant_id, carrier, number);
CREATE INDEX invoices_by_shipment ON invoices (tenant_id, shipment_id);
CREATE INDEX invoices_by_received ON invoices (tenant_id, received_ms DESC, id);
CREATE INDEX invoices_by_status ON invoices (tenant_id, status, received_ms DESC, id);

CREATE TABLE invoice_versions (
  tenant_id   uuid    NOT NULL,
  invoice_id  uuid    NOT NULL,
  version     integer NOT NULL,
  event_id    uuid    NOT NULL,
  -- False for a bill of a known number that does not say that it corrects: kept, shown, and not counted.
  taken       boolean NOT NULL,
  correction  text,
  document    bytea   NOT NULL,
  data        text    NOT NULL,
  received_ms bigint  NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, version),
  UNIQUE (tenant_id, event_id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);

CREATE TABLE invoice_references (
  tenant_id  uuid NOT NULL,
  value      text NOT NULL,
  kind       text NOT NULL,
  invoice_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, value, kind, invoice_id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);

-- What was decided, and what the tax deducted in a financial year is reckoned from.
CREATE TABLE approvals (
  tenant_id      uuid    NOT NULL,
  invoice_id     uuid    NOT NULL,
  version        integer NOT NULL,
  -- A bill may be approved, reopened and approved again.
  number         integer NOT NULL,
  carrier        text    NOT NULL,
  -- The calendar year in which the Indian financial year (from 1 April) begins.
  financial_year integer NOT NULL,
  currency       text    NOT NULL,
  freight        bigint  NOT NULL,
  tax_forward    bigint  NOT NULL,
  tax_reverse    bigint  NOT NULL,
  deducted_on    bigint  NOT NULL,
  deducted       bigint  NOT NULL,
  explanation    text    NOT NULL,
  reason         text,
  entry_id       uuid    NOT NULL,
  by             text    NOT NULL,
  at_ms          bigint  NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, version, number),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);
CREATE INDEX approvals_by_year ON approvals (tenant_id, carrier, currency, financial_year);

CREATE TABLE disputes (
  tenant_id   uuid   NOT NULL,
  id          uuid   NOT NULL,
  invoice_id  uuid   NOT NULL,
  -- open or resolved
  status      text   NOT NULL,
  revision    bigint NOT NULL,
  reason      text   NOT NULL,
  amount      bigint NOT NULL,
  currency    text   NOT NULL,
  entry_id    uuid   NOT NULL,
  opened_by   text   NOT NULL,
  opened_ms   bigint NOT NULL,
  resolution  text,
  resolved_by text,
  resolved_ms bigint,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);
CREATE INDEX disputes_by_invoice ON disputes (tenant_id, invoice_id);
-- One at a time.
CREATE UNIQUE INDEX disputes_open ON disputes (tenant_id, invoice_id) WHERE status = 'open';

CREATE TABLE dispute_messages (
  tenant_id  uuid    NOT NULL,
  dispute_id uuid    NOT NULL,
  number     integer NOT NULL,
  -- ours or carrier
  side       text    NOT NULL,
  by         text    NOT NULL,
  text       text    NOT NULL,
  evidence   text[]  NOT NULL,
  at_ms      bigint  NOT NULL,
  PRIMARY KEY (tenant_id, dispute_id, number),
  FOREIGN KEY (tenant_id, dispute_id) REFERENCES disputes (tenant_id, id)
);

CREATE TABLE notes (
  tenant_id  uuid   NOT NULL,
  id         uuid   NOT NULL,
  invoice_id uuid   NOT NULL,
  -- credit lessens what the carrier gets, debit raises it
  kind       text   NOT NULL,
  number     text   NOT NULL,
  amount     bigint NOT NULL CHECK (amount > 0),
  currency   text   NOT NULL,
  reason     text   NOT NULL,
  entry_id   uuid   NOT NULL,
  by         text   NOT NULL,
  at_ms      bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, invoice_id, kind, number),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);

CREATE TABLE hand_overs (
  tenant_id  uuid    NOT NULL,
  id         uuid    NOT NULL,
  invoices   integer NOT NULL,
  -- The file as it was handed over.
  content    text    NOT NULL,
  by         text    NOT NULL,
  at_ms      bigint  NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX hand_overs_by_time ON hand_overs (tenant_id, at_ms DESC, id);

-- The ledger ---------------------------------------------------------------------------------------------------------------

CREATE TABLE entries (
  tenant_id   uuid   NOT NULL,
  id          uuid   NOT NULL,
  -- accrual, approval, dispute, note, reversal
  kind        text   NOT NULL,
  party       text   NOT NULL,
  shipment_id uuid,
  invoice_id  uuid,
  memo        text   NOT NULL,
  -- The entry that this one undoes; each is undone once.
  reverses    uuid,
  by          text   NOT NULL,
  at_ms       bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, reverses),
  FOREIGN KEY (tenant_id, reverses) REFERENCES entries (tenant_id, id)
);
CREATE INDEX entries_by_time ON entries (tenant_id, at_ms DESC, id);
CREATE INDEX entries_by_invoice ON entries (tenant_id, invoice_id);
CREATE INDEX entries_by_shipment ON entries (tenant_id, shipment_id);

-- Debits are positive, credits negative.
CREATE TABLE postings (
  tenant_id uuid     NOT NULL,
  entry_id  uuid     NOT NULL,
  line      smallint NOT NULL,
  account   text     NOT NULL,
  party     text     NOT NULL,
  currency  text     NOT NULL,
  amount    bigint   NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (tenant_id, entry_id, line),
  FOREIGN KEY (tenant_id, entry_id) REFERENCES entries (tenant_id, id)
);
CREATE INDEX postings_by_account ON postings (tenant_id, account, party, currency);

-- Every statement that posts must balance by entry and currency, so that an entry is written whole and can never be unbalanced
-- by a later one. It looks at the statement's own rows: unlike a trigger deferred to the commit it does not depend on which
-- tenant the transaction is scoped to by then.
CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  off record;
BEGIN
  SELECT entry_id, currency, sum(amount) AS amount INTO off
    FROM inserted GROUP BY tenant_id, entry_id, currency HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the postings of entry % are off by % in %', off.entry_id, off.amount, off.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_balance';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER postings_balance AFTER INSERT ON postings
  REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced();

-- What is posted stays: the service may add and read, nothing else.
GRANT SELECT, INSERT ON entries, postings, fuel_indexes, invoice_versions, approvals, dispute_messages, notes, hand_overs
  TO caravan_settlement;

-- Jobs ---------------------------------------------------------------------------------------------------------------------

CREATE TABLE jobs (
  tenant_id   uuid    NOT NULL,
  id          uuid    NOT NULL,
  as_of_ms    bigint  NOT NULL,
  carrier     text,
  from_date   date    NOT NULL,
  to_date     date    NOT NULL,
  -- queued, running, done
  status      text    NOT NULL,
  total       bigint  NOT NULL,
  done        bigint  NOT NULL,
  changed     bigint  NOT NULL,
  unrated     bigint  NOT NULL,
  -- The last shipment that was rated: where to go on.
  at_date     date,
  at_id       uuid,
  by          text    NOT NULL,
  created_ms  bigint  NOT NULL,
  updated_ms  bigint  NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX jobs_by_time ON jobs (tenant_id, created_ms DESC, id);
CREATE INDEX jobs_waiting ON jobs (created_ms) WHERE status <> 'done';

CREATE TABLE job_results (
  tenant_id       uuid NOT NULL,
  job_id          uuid NOT NULL,
  shipment_id     uuid NOT NULL,
  before_minor    bigint,
  before_currency text,
  after_minor     bigint,
  after_currency  text,
  contract_id     uuid,
  version         integer,
  unrated         text,
  PRIMARY KEY (tenant_id, job_id, shipment_id),
  FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['rate_contracts', 'rate_contract_versions', 'fuel_indexes', 'shipments', 'shipment_references',
    'happenings', 'invoices', 'invoice_versions', 'invoice_references', 'approvals', 'disputes', 'dispute_messages', 'notes',
    'hand_overs', 'entries', 'postings', 'job_results', 'jobs']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = (SELECT app_tenant()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
  END LOOP;
END $$;
-- The worker looks for waiting jobs across tenants; it takes one within its tenant.
CREATE POLICY system_reads ON jobs FOR SELECT USING ((SELECT app_system()));
