//! The gateway: the one way in for API clients. It lets nobody in where they don't belong, and holds no business rule.
//!
//! `stack` is the tower stack, each layer with the reason for its place; the other files are its layers.
//! `keys` keeps the API keys.
#![forbid(unsafe_code)]

mod gateway;
mod stack;

mod access_log;
mod auth;
mod health;
mod identity;
mod problem;
mod rate;
mod shed;
mod upstream;

pub mod keys;

pub use gateway::{Config, Error, Gateway};
pub use health::{Check, Health};
pub use keys::SCHEMA;
pub use problem::Problem;
pub use upstream::{Access, Upstream};
