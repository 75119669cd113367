//! Everything about outgoing webhooks, on a real PostgreSQL and against a real HTTP receiver.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod delivery;
mod endpoints;
mod guard;
mod receiver;
mod schedule;
mod trouble;
mod walls;
mod world;
