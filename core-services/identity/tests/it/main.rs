//! Identity over a real PostgreSQL and its own router: who comes in, who does not, and what each may do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod authorization;
mod keys;
mod login;
mod sessions;
mod users;
mod world;
