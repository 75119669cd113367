//! caravan-hub-capabilities: to be written.
