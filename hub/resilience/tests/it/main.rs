//! Egress against a real server on loopback: what is sent, how often, and what comes back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

mod auth;
mod party;
mod reach;
mod retry;
