//! date: being written.
