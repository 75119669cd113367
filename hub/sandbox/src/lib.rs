//! Runs connectors: untrusted components, each call in a fresh instance with hard limits, off the I/O threads.
//!
//! `Sandbox::load` refuses what imports anything but the contract, compiles once, and discovers the operations.
//! `Connector::track`, `open`, `receive` and `acknowledge` make one fresh instance each; a `Reader` keeps its own for one document.
//! **Invariant:** nothing here decides what a connector may reach; every such question goes to the caller's `Services`.

mod bindings;
mod cache;
mod call;
mod connector;
mod cpu;
mod engine;
mod error;
mod gate;
mod guests;
mod host;
mod invoke;
mod limits;
mod observed;
mod reader;
mod sandbox;
mod services;
mod telemetry;
pub mod testing;
mod wire;

pub use call::{
    Call, Context, Descriptor, Operations, WebhookDelivery, WebhookReply, WebhookRequest,
};
pub use connector::Connector;
pub use engine::Config;
pub use error::{
    Budget, CallError, Error, Failure, LoadError, Unreadable, UpstreamError, Violation,
};
pub use limits::{Class, Limits};
pub use observed::Observed;
pub use reader::Reader;
pub use sandbox::{Pool, Sandbox};
pub use services::{
    Algorithm, Blob, CryptoError, HttpError, HttpRequest, HttpResponse, LogLevel, LogLine, Method,
    Services, StateError, StateItem,
};
