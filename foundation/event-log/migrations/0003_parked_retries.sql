-- Called once by every service that consumes, in a migration behind the one that made its consumer tables.
CREATE FUNCTION let_parked_events_be_retried() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- When the operator asked for it (`caravan parked retry`).
  ALTER TABLE consumer_parked ADD COLUMN retry_asked_at timestamptz;
  CREATE INDEX consumer_parked_asked ON consumer_parked (group_name) WHERE retry_asked_at IS NOT NULL;
END $$;

SELECT let_parked_events_be_retried();
