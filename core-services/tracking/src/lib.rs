//! caravan-tracking: to be written.
