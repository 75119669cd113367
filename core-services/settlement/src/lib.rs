//! The settlement service: rates shipments, audits freight bills against order and delivery, posts and hands over what is due.
//!
//! - `domain` is pure: contracts and rating with its explanation, the three-way match, tax by dated rules, double entry. No
//!   clock, no database, and no floating point (`clippy::float_arithmetic` is denied here): amounts are integers of the
//!   currency's smallest unit, what lies between is exact fractions, rounded once (`domain::ratio`).
//! - `arrival`, `bill` and `consumer` take orders, milestones and bills from the log, each once; `take` keeps a bill, `examine`
//!   looks again at whatever was affected, `automatic` approves by the tenant's rule. `worker` re-rates in the background.
//! - `http` is where people act: contracts, quotes, approval, dispute, notes, hand-over, the ledger.
//!
//! **Invariants:** what was published or posted never changes; every entry balances in each currency (type, property and
//! database trigger); a rating as of a moment is the same for ever; a bill is taken once.
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic)]

mod domain;
mod invariants;

mod arrival;
mod automatic;
mod bill;
mod consumer;
mod decide;
mod examine;
mod service;
mod store;
mod take;
mod trail;
mod worker;

mod http;
mod telemetry;
mod wire;

pub use http::{openapi, router};
pub use service::Service;

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `settlement`. Migrate it after `log`, `audit` and `web`.
pub const SCHEMA: Schema =
    Schema { name: "settlement", migrator: &MIGRATOR, login_role: "caravan_settlement" };
