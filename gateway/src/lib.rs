//! caravan-gateway: to be written.
