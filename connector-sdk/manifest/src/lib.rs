//! caravan-manifest: to be written.
