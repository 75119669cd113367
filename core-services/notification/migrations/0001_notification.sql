-- Outgoing webhooks: endpoints, what is to be brought to them, and every try.

SELECT log.create_consumer_tables();
SELECT web.create_idempotency_table();

-- One row an endpoint. A removed one stays, without its secrets, until its deliveries are gone.
CREATE TABLE webhooks (
  tenant_id         uuid    NOT NULL,
  id                uuid    NOT NULL,
  name              text    NOT NULL,
  url               text    NOT NULL,
  description       text,
  -- The event kinds that are brought there, each of which whoever chose it was allowed to read.
  kinds             text[]  NOT NULL,
  status            text    NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled', 'removed')),
  -- 'by-hand', 'gone' (it answered 410) or 'failing' (nothing but failures for days); with words.
  disabled_reason   text,
  disabled_detail   text,
  disabled_ms       bigint,
  -- Sealed (foundation/vault). The one before is good until a time, so that a receiver can change over.
  secret            bytea,
  previous_secret   bytea,
  previous_until_ms bigint,
  -- The first failure since the last success, and the last one.
  failing_since_ms  bigint,
  failed_ms         bigint,
  made_by           text    NOT NULL,
  made_ms           bigint  NOT NULL,
  changed_ms        bigint  NOT NULL,
  version           bigint  NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

-- One row for each endpoint and event; the body is what is signed and sent, the same at every try.
CREATE TABLE deliveries (
  tenant_id  uuid     NOT NULL,
  id         uuid     NOT NULL,
  webhook_id uuid     NOT NULL,
  event_id   uuid     NOT NULL,
  kind       text     NOT NULL,
  subject    text     NOT NULL,
  body       text     NOT NULL,
  -- 'held': its endpoint is disabled; it waits to be recovered.
  status     text     NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'held')),
  -- Tries in all, and tries since it was last asked for: by that goes the schedule.
  attempts   integer  NOT NULL DEFAULT 0,
  step       integer  NOT NULL DEFAULT 0,
  -- While pending: when it is tried next; while leased: when whoever tries it has lost it.
  due_ms     bigint   NOT NULL,
  leased     boolean  NOT NULL DEFAULT false,
  made_ms    bigint   NOT NULL,
  ended_ms   bigint,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, webhook_id, event_id),
  FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhooks (tenant_id, id)
);
CREATE INDEX deliveries_due ON deliveries (tenant_id, webhook_id, due_ms) WHERE status = 'pending';
CREATE INDEX deliveries_leased ON deliveries (tenant_id, webhook_id) WHERE leased;
-- For lists only (docs/adr/0007).
CREATE INDEX deliveries_by_webhook ON deliveries (tenant_id, webhook_id, id) WHERE made_ms >= 0;
CREATE INDEX deliveries_by_status ON deliveries (tenant_id, webhook_id, status, id) WHERE made_ms >= 0;
-- For retention only.
CREATE INDEX deliveries_by_age ON deliveries (made_ms) WHERE NOT leased;

-- One row a try, written before it. Without an outcome it is under way, or whoever made it was stopped before it could tell.
CREATE TABLE attempts (
  tenant_id   uuid     NOT NULL,
  delivery_id uuid     NOT NULL,
  number      integer  NOT NULL,
  at_ms       bigint   NOT NULL,
  duration_ms bigint,
  outcome     text,
  status      integer,
  -- The beginning of what was answered, or why nothing was.
  response    text,
  PRIMARY KEY (tenant_id, delivery_id, number),
  FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries (tenant_id, id) ON DELETE CASCADE
);

-- The service's own machinery looks for what is due, and for what is old, across tenants.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['webhooks', 'deliveries', 'attempts'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_or_system ON %I
                    USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))', name);
  END LOOP;
END $$;
