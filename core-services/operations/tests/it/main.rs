//! The installation over a real database: who is asked, what is shown of whom, and what an absent part does to the answer.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod absent;
mod stand;
mod world;
