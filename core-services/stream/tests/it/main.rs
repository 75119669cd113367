//! Streams over a real log: what callers see, in which order, and how they go on after a break.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod limits;
mod openapi;
mod resume;
mod socket;
mod world;
