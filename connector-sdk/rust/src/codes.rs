//! codes: being written.
