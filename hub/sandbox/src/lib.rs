//! caravan-hub-sandbox: to be written.
