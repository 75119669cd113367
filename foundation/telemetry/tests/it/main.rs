//! What stands beside the code and must be true to it.
#![allow(
    clippy::unwrap_used,
    reason = "tests end at the first surprise; helpers outside #[test] functions are tests too"
)]

mod deploy;
