//! caravan-hub-resilience: to be written.
