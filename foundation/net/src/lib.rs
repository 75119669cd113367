//! The tower layers between us and a network, for calls in and calls out: each layer is one file that says why it is there,
//! when it trips and how it recovers.
//!
//! A request implements [`Call`], its result [`Outcome`]; the layers know nothing else of what travels through them. A layer
//! that refuses by itself answers with [`Refused`], which the service's own error type takes over (`From<Refused>`).
//! All time is `tokio::time`, all chance is [`Jitter`]: tests pause the one and fix the other.
//!
//! **Invariant:** nothing here retries except [`retry`], and no layer holds an unbounded queue or map.
#![forbid(unsafe_code)]

mod call;
mod jitter;
mod keyed;
mod refused;
mod telemetry;

pub mod body;
pub mod breaker;
pub mod bulkhead;
pub mod client;
pub mod deadline;
pub mod guard;
pub mod rate;
pub mod retry;
pub mod retry_after;

#[cfg(test)]
mod testing;

pub use call::{Call, Key, Outcome, Progress};
pub use jitter::Jitter;
pub use keyed::Keyed;
pub use refused::Refused;
