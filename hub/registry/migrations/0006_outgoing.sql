-- What we write to parties of our own accord: tenders (X12 204) and their withdrawals. Answers to what came are in outbox_files only.

SELECT log.create_consumer_tables();
SELECT web.create_idempotency_table();

CREATE TABLE outgoing (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    order_id      uuid        NOT NULL,
    -- The order's tender, from 1.
    tender        integer     NOT NULL,
    -- 'original' or 'cancel': the 204's purpose.
    purpose       text        NOT NULL CHECK (purpose IN ('original', 'cancel')),
    -- The order's number, by which the party answers.
    number        text        NOT NULL,
    carrier       text        NOT NULL,
    -- The event that asks for it, as JSON: the same content makes the same bytes at every attempt.
    content       text        NOT NULL,
    -- Chosen, with its control number, before the first attempt; both stay.
    connection_id uuid,
    control       bigint,
    -- 'waiting', 'sent', 'failed', or 'withdrawn' before it was sent.
    status        text        NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed', 'withdrawn')),
    attempts      integer     NOT NULL DEFAULT 0,
    next_at       timestamptz NOT NULL DEFAULT now(),
    lease_until   timestamptz,
    failure_class text,
    failure_code  text,
    failure_text  text,
    -- The message: its name in the outbox and its bytes in the object store.
    file_name     text,
    hash          bytea,
    size_bytes    bigint,
    trace_id      bytea       NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    sent_at       timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, order_id, tender, purpose),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE INDEX outgoing_due ON outgoing (next_at) WHERE status = 'waiting';

DO $$
BEGIN
    ALTER TABLE outgoing ENABLE ROW LEVEL SECURITY;
    ALTER TABLE outgoing FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant_rows ON outgoing
        USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
        WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()));
END $$;
