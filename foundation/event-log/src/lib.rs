//! caravan-event-log: to be written.
