//! Intake over a real log, a real PostgreSQL, the real connectors and a party on a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test's helpers fail by panicking"
)]

mod connections;
mod documents;
mod openapi;
mod outbound;
mod poll;
mod stop;
mod trail;
mod webhook;
mod world;
