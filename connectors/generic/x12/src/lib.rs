//! caravan-connector-x12: to be written.
