//! caravan-connector-aramex: to be written.
