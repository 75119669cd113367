//! caravan-events: to be written.
