-- Connections: a tenant's account with one party, its settings, its sealed secrets and its doors.

CREATE TABLE connections (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    party         text        NOT NULL,
    name          text        NOT NULL,
    environment   text        NOT NULL CHECK (environment IN ('production', 'sandbox')),
    -- Base URLs by endpoint name, where the operator grants another than the manifest's.
    endpoints     jsonb       NOT NULL DEFAULT '{}',
    settings      jsonb       NOT NULL DEFAULT '{}',
    -- Set when the connection is paused: the failure class that did it, and one sentence.
    paused_class  text,
    paused_reason text,
    next_control  bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

CREATE TABLE connection_secrets (
    tenant_id     uuid  NOT NULL,
    connection_id uuid  NOT NULL,
    slot          text  NOT NULL,
    field         text  NOT NULL,
    -- nonce || AES-256-GCM ciphertext || tag; additional data names tenant, connection, slot and field.
    sealed        bytea NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, slot, field),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
);

-- What a guest keeps between calls.
CREATE TABLE connection_state (
    tenant_id     uuid   NOT NULL,
    connection_id uuid   NOT NULL,
    key           text   NOT NULL,
    value         bytea  NOT NULL,
    version       bigint NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, key),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
);

-- How a party reaches a connection: an SFTP user name, or the unguessable token in its webhook address.
CREATE TABLE doors (
    tenant_id     uuid   NOT NULL,
    connection_id uuid   NOT NULL,
    kind          text   NOT NULL CHECK (kind IN ('sftp', 'hook')),
    -- User name, or SHA-256 of the token in hex.
    name          text   NOT NULL,
    public_keys   text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, connection_id, kind, name),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX doors_by_name ON doors (kind, name);

-- Names are unique over all tenants: a party gives its name before anybody knows whose it is. Nothing but names is in here.
CREATE TABLE door_names (
    kind text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (kind, name)
);
