//! caravan-net: to be written.
