//! The service over a real log, a real PostgreSQL and its own router: every effect once, every amount explained and balanced.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod approval;
mod automatic;
mod bills;
mod contracts;
mod interleaving;
mod recovered;
mod routes;
mod tags;
mod trail;
mod walls;
mod world;
