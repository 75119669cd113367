//! Live streams: a tenant's events as they are appended, over Server-Sent Events and WebSocket, resumable by the last id seen.
//!
//! - `feed` reads the log once for the whole process and hands each event to its tenant's subscribers.
//! - `subscription` is one caller's view: first what it missed, read from the log, then what comes.
//! - `http` shows it in both forms; a frame is written down once, however many callers it goes to.
//!
//! **Promise.** A caller that resumes with the last id it saw gets every later event of its tenant that it may see, at least once:
//! around a reconnect an event may come twice, and its CloudEvents `id` tells. A caller that does not read is dropped, with a
//! reason, and loses nothing by it. What lies too far back is not replayed: the caller is told to read its lists anew (`reset`).
#![forbid(unsafe_code)]

mod cursors;
mod frame;

mod feed;
mod subscription;

mod asyncapi;
mod http;
mod socket;
mod telemetry;

pub use asyncapi::asyncapi;
pub use feed::{Config, Feed};
pub use http::{openapi, router};
