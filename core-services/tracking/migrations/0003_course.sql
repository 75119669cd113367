-- Exceptions follow from the facts alone: why and where are columns of a fact, and several orders may promise one shipment.

ALTER TABLE facts ADD COLUMN reason text;
-- The place by its best name ('unlocode inbom', 'facility …', 'name …'): enough to tell one from another.
ALTER TABLE facts ADD COLUMN place text;
-- What is stored already says it too. The owner is held to a tenant's rows only while that is forced.
ALTER TABLE facts NO FORCE ROW LEVEL SECURITY;
UPDATE facts SET reason = data::json ->> 'reason',
  place = coalesce('unlocode ' || lower(nullif(trim(data::json #>> '{place,unlocode}'), '')),
                   'facility ' || lower(nullif(trim(data::json #>> '{place,facility}'), '')),
                   'name ' || lower(nullif(trim(data::json #>> '{place,name}'), '')));
ALTER TABLE facts FORCE ROW LEVEL SECURITY;
ALTER TABLE shipments DROP COLUMN reason;

-- Each order keeps its own word; the earliest of those that stand counts.
ALTER TABLE promises DROP CONSTRAINT promises_pkey;
ALTER TABLE promises ADD PRIMARY KEY (tenant_id, kind, value, order_number);
