//! caravan-hub-scheduler: to be written.
