//! The tracking service: folds milestones into timelines, whatever order and however often they come.
//!
//! - `domain` is pure: which facts are the same, what stands now, what a correction is. No clock, no database.
//! - `store` and `consumer` apply a batch of `caravan.milestone.recorded` events in one transaction with the group's offsets, and
//!   append `caravan.timeline.corrected` there when what was already told has changed.
//! - `exceptions` opens what a rule finds wrong and resolves what is over; `watch` asks when only the clock has moved; `promise`
//!   keeps what orders promise; `expect` what carriers announce and lanes' histories make of it.
//! - `http` shows timelines, counts and exceptions, and takes what people say of exceptions; `http/outside` shows one shipment to
//!   whoever has a link to it, without a login.
//!
//! **Invariant:** a timeline is a function of the *set* of its facts: neither their order nor their repetition shows
//! (`invariants`). Nothing is ever deleted: a corrected fact stays, marked as superseded.
#![forbid(unsafe_code)]

mod arrival;
mod domain;
mod invariants;
mod token;

mod consumer;
mod exceptions;
mod expect;
mod promise;
mod service;
mod store;
mod watch;

mod http;
mod telemetry;
mod wire;

pub use http::{openapi, router};
pub use service::Service;

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `tracking`: shipments, their references and facts. Migrate it after `log`.
pub const SCHEMA: Schema =
    Schema { name: "tracking", migrator: &MIGRATOR, login_role: "caravan_tracking" };
