-- Tenants see their own rows and no other's. The doors, the due documents and the due polls are also looked up before a
-- tenant is known, or over all tenants, by the hub's own machinery (SystemTx).
DO $$
DECLARE
    name text;
    rule text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'connections', 'connection_secrets', 'connection_state', 'doors', 'documents', 'receipts', 'document_records',
        'document_rejects', 'document_verdicts', 'document_steps', 'outbox_files', 'polls'
    ] LOOP
        rule := 'tenant_id = (SELECT app_tenant())';
        IF name IN ('connections', 'doors', 'documents', 'polls') THEN
            rule := rule || ' OR (SELECT app_system())';
        END IF;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_rows ON %I USING (%s) WITH CHECK (%s)', name, rule, rule);
    END LOOP;
END $$;
