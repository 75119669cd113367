//! The order service: indents become orders, orders are approved, assigned, tendered, dispatched, delivered and closed.
//!
//! - `domain` is pure: the state machine is one table (`domain/state.rs`) and one function over it (`domain/apply.rs`).
//! - `create` makes orders, for HTTP, imports and copies; `effects` does a command and all that follows from it in one transaction:
//!   history, events, audit.
//! - `consumer` takes in ERPs' documents, carriers' answers, milestones and rates, each effect once; `silence` moves back the
//!   orders of carriers that do not answer.
//! - `import` makes orders of files: read, repaired, checked, committed in the background.
//! - `http` is what callers see.
//!
//! **Invariant:** an order is what its history says: every change is one line of it and one version (`invariants`), and nothing
//! that could not be done is lost: it is a conflict that somebody resolves.
#![forbid(unsafe_code)]

mod domain;
mod invariants;

mod create;
mod effects;
mod store;

mod import;

mod consumer;
mod service;
mod silence;

mod http;
mod telemetry;
mod wire;

pub use http::{openapi, router};
pub use service::Service;

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `orders`: orders, their history, tenders, and what is known of rates. Migrate it after `log`, `audit` and `web`.
pub const SCHEMA: Schema =
    Schema { name: "orders", migrator: &MIGRATOR, login_role: "caravan_order" };
