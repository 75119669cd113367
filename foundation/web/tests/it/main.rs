//! Idempotency keys over a real PostgreSQL: a small service, and everything that is sent to it twice.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod idempotency;
mod world;
