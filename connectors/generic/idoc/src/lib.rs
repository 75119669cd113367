//! caravan-connector-idoc: to be written.
