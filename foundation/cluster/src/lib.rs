//! caravan-cluster: to be written.
