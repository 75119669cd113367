//! xml: being written.
