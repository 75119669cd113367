-- The audit trail: one chain of entries per tenant, each holding the hash of the one before it.
--
-- A service reaches it by audit.record(…) alone. The function runs as the schema's owner, so that no service needs the right to
-- insert, and it takes the tenant from the transaction, so that no service can write into another tenant's chain.

CREATE TABLE entries (
  tenant_id uuid   NOT NULL,
  -- 1, 2, 3, … without a gap.
  seq       bigint NOT NULL CHECK (seq > 0),
  -- When it was written, in milliseconds since 1970 UTC, by the database's clock.
  at_ms     bigint NOT NULL,
  actor     text   NOT NULL CHECK (octet_length(actor) BETWEEN 1 AND 500),
  action    text   NOT NULL CHECK (octet_length(action) BETWEEN 1 AND 100),
  subject   text   NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 500),
  -- JSON as text: what is hashed is what is stored, byte by byte.
  detail    text   NOT NULL CHECK (octet_length(detail) <= 65536),
  -- The hash of the entry before; 32 zero bytes for the first.
  previous  bytea  NOT NULL CHECK (octet_length(previous) = 32),
  hash      bytea  NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX entries_by_subject ON entries (tenant_id, subject, seq DESC);

-- Where each chain ends. Its row lock puts a tenant's entries in a row, and it shows when the last entries are taken away.
CREATE TABLE heads (
  tenant_id uuid   NOT NULL,
  seq       bigint NOT NULL,
  hash      bytea  NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (tenant_id)
) WITH (fillfactor = 50);

ALTER TABLE entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE entries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON entries
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
ALTER TABLE heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE heads FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON heads
  USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));

-- Nobody changes history by accident, the owner included. Whoever may drop the trigger may change it on purpose; the chain then
-- shows it.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- hash = SHA-256(previous || seq || canonical), canonical = tenant (16 bytes) || at_ms || actor || action || subject || detail.
-- Numbers are 8 bytes, big endian; each text is its length in bytes (4 bytes, big endian) and its UTF-8, so that no two entries
-- have the same bytes. foundation/audit/src/chain.rs says the same in Rust, and the tests hold the two against each other.
CREATE FUNCTION record(entry_actor text, entry_action text, entry_subject text, entry_detail text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  tenant        uuid   := public.app_tenant();
  head_seq      bigint;
  head_hash     bytea;
  entry_at_ms   bigint;
  entry_hash    bytea;
  canonical     bytea;
  part          text;
BEGIN
  IF tenant IS NULL THEN
    RAISE EXCEPTION 'an audit entry needs the transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO audit.heads (tenant_id, seq, hash) VALUES (tenant, 0, decode(repeat('00', 32), 'hex'))
    ON CONFLICT (tenant_id) DO NOTHING;
  SELECT h.seq, h.hash INTO STRICT head_seq, head_hash FROM audit.heads h WHERE h.tenant_id = tenant FOR UPDATE;
  -- Asked for behind the lock, so that times do not run backwards along the chain.
  entry_at_ms := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  canonical := uuid_send(tenant) || int8send(entry_at_ms);
  FOREACH part IN ARRAY ARRAY[entry_actor, entry_action, entry_subject, entry_detail] LOOP
    canonical := canonical || int4send(octet_length(convert_to(part, 'UTF8'))) || convert_to(part, 'UTF8');
  END LOOP;
  entry_hash := sha256(head_hash || int8send(head_seq + 1) || canonical);
  INSERT INTO audit.entries (tenant_id, seq, at_ms, actor, action, subject, detail, previous, hash)
    VALUES (tenant, head_seq + 1, entry_at_ms, entry_actor, entry_action, entry_subject, entry_detail, head_hash, entry_hash);
  UPDATE audit.heads SET seq = head_seq + 1, hash = entry_hash WHERE tenant_id = tenant;
  RETURN head_seq + 1;
END $$;

-- Every service records; who shows the trail (identity, the verifying command) reads it, each within its tenant.
GRANT USAGE ON SCHEMA audit TO caravan_service;
REVOKE ALL ON FUNCTION record(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record(text, text, text, text) TO caravan_service;
GRANT SELECT ON entries TO caravan_audit;
GRANT SELECT ON heads TO caravan_audit;
