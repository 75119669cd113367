//! caravan-hub-intake: to be written.
