//! What a connector declares (`connector.toml`) and how a party's profile (`profile.json`) is put together.
//!
//! Both are checked against the JSON Schemas in `schema/` and then against the rules that a schema cannot say (a slot that
//! is used must exist). Every violation is reported at once, with its path, so that a file is mended in one go.
//!
//! **Invariant:** this crate only reads text. What a connection is granted is decided in `hub/capabilities`.
#![forbid(unsafe_code)]

mod connection;
mod endpoint;
mod manifest;
mod profile;
mod rules;
mod schema;
mod violation;
mod words;

pub use manifest::{
    Auth, AuthKind, ClientAuth, Connector, Crypto, CryptoUse, Digest, Direction, Endpoint,
    LimitsClass, Manifest, Message, Operations, Polling, Reading, Sample, StateKeys, StatusMeaning,
};
pub use profile::{Profile, Verification, merge};
pub use violation::{Violation, Violations};
pub use words::Words;
