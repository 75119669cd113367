//! caravan-connector-sdk: to be written.
