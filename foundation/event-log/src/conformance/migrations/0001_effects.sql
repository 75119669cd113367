-- The conformance suite's effects. Deliberately without a unique key: a second effect must be seen, not refused.
SELECT log.create_consumer_tables();
SELECT log.let_parked_events_be_retried();
CREATE TABLE effects (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_name text   NOT NULL,
  member     text   NOT NULL,
  event_id   uuid   NOT NULL,
  key        text   NOT NULL,
  number     bigint NOT NULL,
  partition  int    NOT NULL
);
