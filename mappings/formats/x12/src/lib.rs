//! caravan-mappings-x12: to be written.
