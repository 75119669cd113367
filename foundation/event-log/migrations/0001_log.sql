-- The log: every event of every tenant, appended in the transaction that made it.
--
-- (xid, pos) is the order of reading: xid is the writing transaction, pos the order within it. A reader takes only rows whose
-- transaction is older than every running one, so a transaction that commits late can never appear behind a reader's back.
CREATE TABLE events (
  pos           bigint      GENERATED ALWAYS AS IDENTITY,
  xid           xid8        NOT NULL DEFAULT pg_current_xact_id(),
  partition     smallint    NOT NULL,
  tenant_id     uuid        NOT NULL,
  id            uuid        NOT NULL,
  topic         text        NOT NULL,
  key           text        NOT NULL,
  connection_id uuid        NOT NULL,
  document      bytea       NOT NULL,
  trace         bytea,
  time_ms       bigint      NOT NULL,
  data          text        NOT NULL,
  appended_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX events_by_position ON events (partition, xid, pos);
-- Rows lie in order of age, so a block-range index finds the old ones for a few pages.
CREATE INDEX events_by_age ON events USING brin (appended_at);

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
-- A service appends and looks up its tenant's events. Nobody updates one.
CREATE POLICY tenant_reads ON events FOR SELECT TO caravan_service USING (tenant_id = (SELECT app_tenant()));
CREATE POLICY tenant_appends ON events FOR INSERT TO caravan_service WITH CHECK (tenant_id = (SELECT app_tenant()));
-- The reader delivers to consumers across tenants, and retention deletes.
CREATE POLICY relay_reads ON events FOR SELECT TO caravan_relay USING (true);
CREATE POLICY relay_deletes ON events FOR DELETE TO caravan_relay USING (true);
GRANT USAGE ON SCHEMA log TO caravan_service;
GRANT SELECT, INSERT ON events TO caravan_service;
GRANT SELECT, DELETE ON events TO caravan_relay;

-- How far each registered group has come, as it reports from time to time: never ahead of its own committed offsets.
-- Only retention reads it.
CREATE TABLE groups (
  group_name text        NOT NULL,
  partition  smallint    NOT NULL,
  position   text        NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_name, partition)
);

-- Called by the first migration of every service that consumes: makes the two tables of a consumer in the service's schema.
CREATE FUNCTION create_consumer_tables() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CREATE TABLE consumer_offsets (
    group_name text        NOT NULL,
    partition  smallint    NOT NULL,
    position   text        NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_name, partition)
  );
  CREATE TABLE consumer_parked (
    tenant_id     uuid        NOT NULL,
    group_name    text        NOT NULL,
    id            uuid        NOT NULL,
    partition     smallint    NOT NULL,
    position      text        NOT NULL,
    topic         text        NOT NULL,
    key           text        NOT NULL,
    connection_id uuid        NOT NULL,
    document      bytea       NOT NULL,
    trace         bytea,
    time_ms       bigint      NOT NULL,
    data          text        NOT NULL,
    error         text        NOT NULL,
    parked_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, group_name, id)
  );
  ALTER TABLE consumer_parked ENABLE ROW LEVEL SECURITY;
  ALTER TABLE consumer_parked FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant_or_system ON consumer_parked
    USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
    WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()));
END $$;
