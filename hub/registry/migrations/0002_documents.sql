-- Documents: the raw thing received, what became of it, and every step in between.

CREATE TABLE documents (
    tenant_id     uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    -- SHA-256 of the bytes: the document's id and its key in the object store.
    hash          bytea       NOT NULL CHECK (octet_length(hash) = 32),
    size_bytes    bigint      NOT NULL,
    door          text        NOT NULL CHECK (door IN ('sftp', 'erp', 'webhook', 'poll')),
    name          text        NOT NULL,
    media_type    text,
    -- The kind that was asked for (`x12/214`), when the door knows it.
    message       text,
    status        text        NOT NULL CHECK (status IN ('received', 'processing', 'done', 'rejected', 'quarantined')),
    attempts      integer     NOT NULL DEFAULT 0,
    -- Who works on it until when. An owner that starts again gives back what it held.
    lease_owner   text,
    lease_until   timestamptz,
    next_at       timestamptz NOT NULL DEFAULT now(),
    failure_class text,
    failure_code  text,
    -- What may be shown; the chain is for the operator.
    failure_text  text,
    failure_chain text,
    component     text,
    -- SHA-256 of the verdicts that were answered: a replay that comes to the same verdicts does not answer twice.
    answered      bytea,
    records       bigint      NOT NULL DEFAULT 0,
    duplicates    bigint      NOT NULL DEFAULT 0,
    rejects       bigint      NOT NULL DEFAULT 0,
    warnings      bigint      NOT NULL DEFAULT 0,
    trace_id      bytea       NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    PRIMARY KEY (tenant_id, connection_id, hash)
);
CREATE INDEX documents_due ON documents (next_at) WHERE status IN ('received', 'processing');
CREATE INDEX documents_recent ON documents (tenant_id, received_at DESC, hash);
CREATE INDEX documents_by_hash ON documents (tenant_id, hash);

-- Every arrival, also of bytes that were there before.
CREATE TABLE receipts (
    tenant_id     uuid        NOT NULL,
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    connection_id uuid        NOT NULL,
    hash          bytea       NOT NULL,
    door          text        NOT NULL,
    name          text        NOT NULL,
    duplicate     boolean     NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id, hash) REFERENCES documents (tenant_id, connection_id, hash) ON DELETE CASCADE
);
CREATE INDEX receipts_by_connection ON receipts (tenant_id, connection_id, name, id);

CREATE TABLE document_records (
    tenant_id     uuid    NOT NULL,
    connection_id uuid    NOT NULL,
    hash          bytea   NOT NULL,
    position      bigint  NOT NULL,
    record_id     uuid    NOT NULL,
    kind          text    NOT NULL,
    span_start    bigint  NOT NULL,
    span_end      bigint  NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, hash, position),
    FOREIGN KEY (tenant_id, connection_id, hash) REFERENCES documents (tenant_id, connection_id, hash) ON DELETE CASCADE
);

CREATE TABLE document_rejects (
    tenant_id     uuid   NOT NULL,
    connection_id uuid   NOT NULL,
    hash          bytea  NOT NULL,
    position      bigint NOT NULL,
    severity      text   NOT NULL,
    code          text   NOT NULL,
    path          text   NOT NULL,
    message       text   NOT NULL,
    hint          text,
    span_start    bigint NOT NULL,
    span_end      bigint NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, hash, position),
    FOREIGN KEY (tenant_id, connection_id, hash) REFERENCES documents (tenant_id, connection_id, hash) ON DELETE CASCADE
);

CREATE TABLE document_verdicts (
    tenant_id     uuid   NOT NULL,
    connection_id uuid   NOT NULL,
    hash          bytea  NOT NULL,
    position      bigint NOT NULL,
    level         text   NOT NULL,
    kind          text   NOT NULL,
    control       text   NOT NULL,
    outcome       text   NOT NULL,
    note          text,
    detail        text   NOT NULL,
    span_start    bigint NOT NULL,
    span_end      bigint NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, hash, position),
    FOREIGN KEY (tenant_id, connection_id, hash) REFERENCES documents (tenant_id, connection_id, hash) ON DELETE CASCADE
);

CREATE TABLE document_steps (
    tenant_id     uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    hash          bytea       NOT NULL,
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    attempt       integer     NOT NULL,
    step          text        NOT NULL,
    started_at    timestamptz NOT NULL,
    duration_us   bigint      NOT NULL,
    detail        text        NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, hash, id),
    FOREIGN KEY (tenant_id, connection_id, hash) REFERENCES documents (tenant_id, connection_id, hash) ON DELETE CASCADE
);

-- What waits in a connection's outbox/: acknowledgements and whatever else we send by file.
CREATE TABLE outbox_files (
    tenant_id     uuid        NOT NULL,
    connection_id uuid        NOT NULL,
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    name          text        NOT NULL,
    kind          text        NOT NULL,
    media_type    text        NOT NULL,
    hash          bytea       NOT NULL,
    size_bytes    bigint      NOT NULL,
    -- The document that it answers.
    answers       bytea,
    created_at    timestamptz NOT NULL DEFAULT now(),
    collected_at  timestamptz,
    PRIMARY KEY (tenant_id, connection_id, id),
    UNIQUE (tenant_id, connection_id, name)
);
CREATE INDEX outbox_by_answer ON outbox_files (tenant_id, connection_id, answers);
