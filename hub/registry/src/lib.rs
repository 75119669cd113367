//! caravan-hub-registry: to be written.
