-- A tenant whose people come in by its identity providers only.
ALTER TABLE tenants ADD COLUMN passwords boolean NOT NULL DEFAULT true;
-- Counts the changes by its owners: what an ETag is made of.
ALTER TABLE tenants ADD COLUMN version bigint NOT NULL DEFAULT 1;
