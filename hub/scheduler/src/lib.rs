//! The scheduler: polls as durable rows, each with a lease and a counted attempt that is written before the try.
//!
//! One of the two retry loops there are. A poll that failed waits with full jitter, never before the party's own Retry-After;
//! a refused credential or a missing setting pauses the connection instead of hammering it.
#![forbid(unsafe_code)]

mod due;
mod schedule;
mod telemetry;

pub use schedule::Scheduler;
