-- A fact is looked for at its shipment only, so one index finds it: that of the primary key, in which a shipment's facts lie together.
ALTER TABLE facts DROP CONSTRAINT facts_pkey;
ALTER TABLE facts ADD PRIMARY KEY (tenant_id, shipment_id, id);
DROP INDEX facts_by_shipment;
