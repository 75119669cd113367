//! The event contract: the envelope, the JSON form of each canonical record, and the ids and keys made from them.
//!
//! WHEN CHANGING THIS: an event once written is read for years. A field may be added (readers ignore what they don't know) and
//! never renamed or retyped; the files in `schemas/` are the snapshot that a test holds against the code.
#![forbid(unsafe_code)]

pub mod wire;

mod envelope;
mod identity;
mod kind;
mod schema;

pub mod cloud_event;

pub use envelope::{BadRecord, Envelope};
pub(crate) use identity::service_id;
pub use identity::{partition_key, record_id};
pub use kind::Kind;
pub use schema::schema_of;
