//! What stands beside the code and must be true to it; and spans on their way to a collector.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end at the first surprise; helpers outside #[test] functions are tests too"
)]

mod deploy;
mod traces;
