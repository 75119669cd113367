//! The table format from outside: real workbooks made here, read, guessed, repaired, and written back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected should stop there"
)]

mod bad_input;
mod golden;
mod guessing;
mod identity;
mod reading;
mod rejects;
mod repairs;
mod world;
