//! The parser and the printer against published samples, and the properties that hold for any IDoc and any bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test that meets the unexpected should stop there"
)]

mod identity;
mod invoice;
mod reading;
mod status;
mod twin;
mod world;
