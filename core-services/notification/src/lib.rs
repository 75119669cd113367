//! The notification service: brings a tenant's events to the addresses that it named, signed by Standard Webhooks.
//!
//! - `domain` is pure: when a try is made again, what an answer means, how a message is signed, how long failing is borne.
//! - `consumer` writes one delivery for each endpoint and event in the transaction of the group's offsets: exactly one row.
//! - `worker` claims due deliveries by lease, the attempt counted before the try, and `sender` carries each through the layers of
//!   `foundation/net`. What became of it is one more transaction (`store::outcome`).
//! - `http` is what people do: endpoints, a test, deliveries with their tries, sending again.
//!
//! **Promise.** Every event of a kind that an enabled endpoint asked for is sent until it is taken, or until the schedule is at its
//! end, and then it waits for somebody to send it again. At least once: a crash between a try and its note repeats the try, and
//! `webhook-id`, which is the event's id, tells the receiver. No order is promised.
//!
//! **Invariant:** nobody is brought an event that whoever chose its kind could not read: `http::webhooks` asks `foundation/visibility`.
#![forbid(unsafe_code)]

mod clock;
mod domain;

mod consumer;
mod notification;
mod reseal;
mod secrets;
mod sender;
mod store;
mod worker;

mod http;
mod telemetry;
mod wire;

pub use clock::Clock;
pub use http::openapi;
pub use notification::{BuildError, Config, Notification};
pub use reseal::{ResealError, reseal};

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `notification`: endpoints, deliveries and tries. Migrate it after `log`, `audit` and `web`.
pub const SCHEMA: Schema =
    Schema { name: "notification", migrator: &MIGRATOR, login_role: "caravan_notification" };
