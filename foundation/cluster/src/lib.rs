//! A private PostgreSQL from the system's own server binaries: made, started, taken over after a crash, stopped.
//!
//! It listens on a Unix socket in a folder that only its own user may enter, and on nothing else: no port to clash, no password
//! to keep. PostgreSQL refuses to run as root, so for root it runs as the system user `postgres`.
//!
//! # Recovery
//! The server is its own process group and outlives a killed Caravan. The next start finds it by the data folder and uses it
//! again (restarting it only if its settings differ); a pid file left by a crashed machine is recognized and removed. Two
//! Caravans on one data folder exclude each other by a file lock, which the system drops with the process.
#![forbid(unsafe_code)]

mod account;
mod binaries;
mod error;
mod layout;
mod server;

mod cluster;
pub mod testing;

pub use binaries::{Missing, find_binaries};
pub use cluster::{Cluster, Config, OWNER_ROLE};
pub use error::Error;
