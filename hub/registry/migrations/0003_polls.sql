-- Polls: what a schedule asks a party about, with a lease and a counted attempt.

CREATE TABLE polls (
    tenant_id      uuid        NOT NULL,
    connection_id  uuid        NOT NULL,
    reference_kind text        NOT NULL,
    reference      text        NOT NULL,
    interval_s     integer     NOT NULL CHECK (interval_s > 0),
    next_at        timestamptz NOT NULL DEFAULT now(),
    -- Set while a worker has it; a lease that ran out counts as an attempt of class `unknown`.
    lease_owner    text,
    lease_until    timestamptz,
    -- Tries since the last success; written before a try starts.
    attempts       integer     NOT NULL DEFAULT 0,
    failure_class  text,
    failure_text   text,
    failure_chain  text,
    last_ok_at     timestamptz,
    PRIMARY KEY (tenant_id, connection_id, reference_kind, reference),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX polls_due ON polls (next_at);
