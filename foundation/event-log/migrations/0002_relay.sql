-- The relay to Kafka is a consumer of this log: what it has sent, and what it could not, is noted beside the events themselves.
-- Empty where the Postgres log is read directly.
SELECT create_consumer_tables();
