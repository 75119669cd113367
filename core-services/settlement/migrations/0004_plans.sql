-- Plans that do not depend on statistics (docs/adr/0007): on empty tables the planner takes the newest index of those that begin
-- with the tenant, and keeps it while the tables grow. Each index but a primary key is therefore partial, with a condition that
-- holds for every row and that only the statements state which want it.

ALTER TABLE invoices DROP CONSTRAINT invoices_tenant_id_connection_id_carrier_number_key;
DROP INDEX invoices_by_number, invoices_by_shipment, invoices_by_received, invoices_by_status;
-- A bill is taken once from a connection.
CREATE UNIQUE INDEX invoices_once ON invoices (tenant_id, connection_id, carrier, number) WHERE version >= 1;
CREATE INDEX invoices_by_number ON invoices (tenant_id, carrier, number) WHERE revision >= 1;
CREATE INDEX invoices_by_shipment ON invoices (tenant_id, shipment_id) WHERE shipment_id IS NOT NULL;
CREATE INDEX invoices_by_received ON invoices (tenant_id, received_ms DESC, id) WHERE received_ms >= 0;
CREATE INDEX invoices_by_status ON invoices (tenant_id, status, received_ms DESC, id) WHERE received_ms >= 0;

DROP INDEX shipments_by_date;
CREATE INDEX shipments_by_date ON shipments (tenant_id, ship_date, id) WHERE ship_date IS NOT NULL;

DROP INDEX approvals_by_year;
CREATE INDEX approvals_by_year ON approvals (tenant_id, carrier, currency, financial_year) WHERE financial_year >= 0;

ALTER TABLE entries DROP CONSTRAINT entries_tenant_id_reverses_key;
DROP INDEX entries_by_time, entries_by_invoice, entries_by_shipment;
-- Each is undone once.
CREATE UNIQUE INDEX entries_undone_once ON entries (tenant_id, reverses) WHERE reverses IS NOT NULL;
CREATE INDEX entries_by_time ON entries (tenant_id, at_ms DESC, id) WHERE at_ms >= 0;
CREATE INDEX entries_by_invoice ON entries (tenant_id, invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX entries_by_shipment ON entries (tenant_id, shipment_id) WHERE shipment_id IS NOT NULL;

DROP INDEX postings_by_account;
CREATE INDEX postings_by_account ON postings (tenant_id, account, party, currency) WHERE amount <> 0;
