//! The service over a real log, a real PostgreSQL and its own router: what is told, once, to whom.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod consumer;
mod course;
mod etas;
mod exceptions;
mod http;
mod links;
mod list;
mod migrations;
mod openapi;
mod thresholds;
mod world;
