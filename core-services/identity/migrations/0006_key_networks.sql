-- From where an API key may be used: networks in CIDR notation; none is from everywhere.
ALTER TABLE api_keys ADD COLUMN networks text[] NOT NULL DEFAULT '{}' CHECK (cardinality(networks) <= 50);
