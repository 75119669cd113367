//! caravan-mappings-idoc: to be written.
