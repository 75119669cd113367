//! caravan-connector-delhivery: to be written.
