//! What every HTTP interface of ours has in common: problems, bodies, pages, preconditions, idempotency keys.
//!
//! - [`Problem`] is the one answer to what cannot be done (RFC 9457); `?` on a database error gives one and logs the cause.
//! - [`Json`], [`Query`] and [`Path`] are axum's extractors with our answers: the place of the mistake is named, a key that
//!   comes twice is refused.
//! - [`PageQuery`] and [`Page`] are lists with opaque cursors.
//! - [`IfMatch`], [`IfNoneMatch`] and [`Tagged`] carry a row's version as a strong entity tag.
//! - [`Idempotent`] and [`Attempt`] keep the answer to a repeatable change in the transaction of its effect.
//! - [`context`] tells a service in another process who calls.
//! - [`openapi`] completes what the routes' annotations say.
#![forbid(unsafe_code)]

mod problem;
mod wire;

mod json;
mod params;

mod page;
mod precondition;

mod idempotency;

pub mod context;
pub mod openapi;

pub use idempotency::{Answer, Attempt, Idempotent};
pub use json::{Json, parse};
pub use page::{Limit, Page, PageQuery};
pub use params::{Path, Query};
pub use precondition::{Expected, IfMatch, IfNoneMatch, Tagged, etag};
pub use problem::{Problem, Violation};
pub use wire::ProblemBody;

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `web`: the function that makes a service's table of idempotency keys. Migrate it after `log` and before any service
/// whose migration says `SELECT web.create_idempotency_table();`. Nobody logs in as its role.
pub const SCHEMA: Schema = Schema { name: "web", migrator: &MIGRATOR, login_role: "caravan_web" };
