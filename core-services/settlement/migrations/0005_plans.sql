-- As 0004 (docs/adr/0007), for what it did not look at: contracts, disputes, jobs and hand-overs. A look-up by id does not state
-- these conditions, so only the primary key can answer it.

ALTER TABLE rate_contracts DROP CONSTRAINT rate_contracts_tenant_id_carrier_name_key;
CREATE UNIQUE INDEX rate_contracts_once ON rate_contracts (tenant_id, carrier, name) WHERE created_ms >= 0;

DROP INDEX disputes_by_invoice;
CREATE INDEX disputes_by_invoice ON disputes (tenant_id, invoice_id) WHERE opened_ms >= 0;

DROP INDEX jobs_by_time;
CREATE INDEX jobs_by_time ON jobs (tenant_id, created_ms DESC, id) WHERE created_ms >= 0;

DROP INDEX hand_overs_by_time;
CREATE INDEX hand_overs_by_time ON hand_overs (tenant_id, at_ms DESC, id) WHERE at_ms >= 0;
