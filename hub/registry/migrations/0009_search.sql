-- Documents are found by what they are about, and listed by indexes that nothing but a list can use (docs/adr/0007).

-- What a document is found by, in small letters: `number:…` for every number in it, and its file name with the words of it;
-- `kind:…` for the kinds of its events. Terms are only added: a replay that reads other numbers finds the document by both.
-- No foreign key, as its check would cost more than the row; what deletes documents one day goes by received_at.
CREATE TABLE document_terms (
    tenant_id     uuid        NOT NULL,
    -- Compared byte by byte: what begins with a text is a range of the index.
    term          text        COLLATE "C" NOT NULL,
    -- The document's own, so that a term's documents come in the order of the list.
    received_at   timestamptz NOT NULL,
    hash          bytea       NOT NULL,
    connection_id uuid        NOT NULL,
    PRIMARY KEY (tenant_id, term, received_at, hash, connection_id)
);
ALTER TABLE document_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON document_terms
    USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));

DROP INDEX documents_recent;
CREATE INDEX documents_recent ON documents (tenant_id, received_at, hash, connection_id) WHERE size_bytes >= 0;
CREATE INDEX documents_by_connection ON documents (tenant_id, connection_id, received_at, hash) WHERE attempts >= 0;
-- Most documents are done; those that are not are what people look for.
CREATE INDEX documents_by_status ON documents (tenant_id, status, received_at, hash, connection_id) WHERE status <> 'done';
