//! The connector through its operations: golden documents in folders, and what must hold for any bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected should stop there"
)]

mod golden;
mod hand_over;
mod operations;
mod properties;
mod render;
