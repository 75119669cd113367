//! The SFTP door against real clients: OpenSSH, paramiko, and hand-made packets for what those would never send.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "tests end at the first surprise; helpers outside #[test] functions are tests too"
)]

mod openssh;
mod paramiko;
mod raw;
mod world;
