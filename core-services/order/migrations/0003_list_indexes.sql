-- Indexes that serve lists have a condition that only lists state. Without it they could also answer a look-up by id, by reading
-- the whole tenant, and on a small table the planner finds that as cheap as the primary key; the plans of foreign keys, made while
-- a table is empty, then stay with it until the next ANALYZE (docs/adr/0007).
DROP INDEX orders_by_state;
DROP INDEX orders_by_carrier;
DROP INDEX orders_by_pickup;
CREATE INDEX orders_by_state ON orders (tenant_id, state, id) WHERE created_ms >= 0;
CREATE INDEX orders_by_carrier ON orders (tenant_id, carrier, id) WHERE carrier IS NOT NULL;
CREATE INDEX orders_by_pickup ON orders (tenant_id, pickup_ms, id) WHERE pickup_ms IS NOT NULL;
