-- Events that were set aside are tried again when the operator asks for it.
SELECT log.let_parked_events_be_retried();
