//! The service over a real log, a real PostgreSQL and its own router: every effect once, and nothing lost.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod assign;
mod doubts;
mod erp;
mod import;
mod life;
mod list;
mod milestones;
mod openapi;
mod silence;
mod tenancy;
mod trail;
mod world;
