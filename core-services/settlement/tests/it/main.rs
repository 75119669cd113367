//! The service over a real log, a real PostgreSQL and its own router: every effect once, every amount explained and balanced.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod approval;
mod bills;
mod contracts;
mod routes;
mod walls;
mod world;
