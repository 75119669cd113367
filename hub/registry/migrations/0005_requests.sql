-- How a webhook request came, without its body; the connection's secrets in it are replaced by their names.
ALTER TABLE documents ADD COLUMN request jsonb;
