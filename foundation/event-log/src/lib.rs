//! The event log: append in the caller's transaction, read in consumer groups, each effect once.
//!
//! - [`append`] writes events in the transaction that made them, and ignores those that are there already.
//! - [`EventLog`] is what a reader needs of a log; [`PostgresLog`] is the embedded one, and with the feature `kafka` there is
//!   [`kafka::KafkaLog`]. Nobody but the one who makes it needs to know which.
//! - [`Consumer`] runs a [`Handler`] over batches. The offsets live in the consumer's own schema (its first migration says
//!   `SELECT log.create_consumer_tables();`) and change in the same transaction as the effects: that, and not the assignment of
//!   partitions, is what makes an effect happen once.
//! - [`conformance`] is the suite that every log passes.
//!
//! **Order.** Two events of one tenant and key are delivered in the order of appending if the first one's transaction committed
//! before the second one's transaction first wrote anything. Concurrent transactions have no order between them.
//!
//! **Delivery.** At least once into the handler, exactly one committed effect.
#![forbid(unsafe_code)]

mod position;
mod telemetry;
mod wake;

mod append;
mod event_log;
mod find;
mod postgres;

mod consumer;
mod handler;
pub mod parked;
mod tail;

#[cfg(feature = "kafka")]
pub mod kafka;

pub mod conformance;

pub use append::{AppendError, Appended, EVENT_BYTES_MAX, append, append_system};
pub use consumer::{Consumer, ConsumerError};
pub use event_log::{Error, EventLog, Fetched, Membership, Stored};
pub use find::find;
pub use handler::{Handler, HandlerError};
pub use position::{Cursor, PARTITIONS, Partition, Position, partition_of};
pub use postgres::PostgresLog;
pub use postgres::groups::{GroupState, groups};
pub use postgres::retention::{Forgotten, Retained, forget_group, retain};
pub use tail::{Start, tail};
pub use wake::Wake;

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The log's schema: migrate it before any other. Its login role `caravan_relay` reads across tenants; [`PostgresLog`] uses it.
pub const SCHEMA: Schema = Schema { name: "log", migrator: &MIGRATOR, login_role: "caravan_relay" };
