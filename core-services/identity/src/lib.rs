//! The identity service: tenants, users and their roles, passwords and sessions, API keys, and the audit trail as it is shown.
//!
//! - [`Identity`] answers whose an API key or a session is; the gateway asks it for every request.
//! - [`router`] is how users come in and go out, and how a tenant keeps its users and keys.
//! - A tenant's own identity provider lets its people in by OpenID Connect; what it says counts in that tenant alone.
//! - The operator makes tenants, and passwords anew, by the methods of [`Identity`] that no request reaches.
//! - [`scopes`] is the table of what can be granted, and to which role.
//!
//! **Invariants.** A token is stored as a keyed hash only and shown once. What fails says and takes the same whether there is such a
//! user or not. Nobody grants more than it has. A change and its entry in the audit trail are one transaction. A revocation holds
//! at once in this process and within five seconds in others.
#![forbid(unsafe_code)]

pub mod scopes;

mod cookie;
mod domain;
mod error;

mod believed;
mod hasher;
mod identity;
mod oidc;
mod store;

mod arrival;
mod entry;
mod invitations;
mod keys;
mod providers;
mod resets;
mod sessions;
mod settings;
mod tenants;
mod users;

mod http;
mod problem;
mod service;
mod telemetry;
mod wire;

pub use cookie::Cookie;
pub use error::Error;
pub use hasher::Cost;
pub use http::{OPEN_PATHS, PATHS, openapi, router};
pub use identity::{Config, Identified, Identity, Outside};
pub use oidc::{Flaw, Refusal};
pub use resets::Handed;
pub use service::Service;
pub use tenants::{MadeTenant, Tenant};

/// What seals the client secrets of identity providers.
pub use caravan_vault::{Resealed, Vault};

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `identity`: migrate it after `audit`.
pub const SCHEMA: Schema =
    Schema { name: "identity", migrator: &MIGRATOR, login_role: "caravan_identity" };
