//! The gateway: the one way in for API clients. It lets nobody in where they don't belong, and holds no business rule.
//!
//! `stack` is the tower stack, each layer with the reason for its place; the other files are its layers.
//! `identify` is what it asks of whoever keeps keys and sessions; it has no database of its own.
#![forbid(unsafe_code)]

mod gateway;

mod door;
mod stack;

mod access_log;
mod around;
mod auth;
mod deprecation;
mod health;
mod identify;
mod identity;
mod openapi;
mod origin;
mod portal;
mod rate;
mod remote;
mod secure;
mod shed;
mod spans;
mod step;
mod strict;
mod tls;
mod track;
mod upstream;
mod validate;
mod validity;

pub use gateway::{Config, DocumentError, Error, Gateway};
pub use health::{Check, Health, router as probes};
pub use identify::{Holder, Identify, Presented, Unavailable};
pub use openapi::Clash;
pub use rate::PerKey;
pub use remote::Remote;
pub use spans::traced;
pub use tls::{Tls, TlsError};
pub use upstream::{Access, Class, Upstream};
