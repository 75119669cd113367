//! Calls out: every request that leaves for a party passes the one stack in `stack.rs`, and what comes back is classified,
//! capped and free of our secrets.
//!
//! [`Egress::call`] takes an [`EgressRequest`] whose endpoint, credentials and limits were granted in `hub/capabilities`; it
//! answers with the party's response, whatever its status, or with an [`EgressError`]. Both carry a
//! [`caravan_fault::Class`] that is set here from transport facts, and by nobody else.
//!
//! **Invariant:** a secret enters a request below the last layer that could log it, and leaves the reply before anybody reads it.
#![forbid(unsafe_code)]

mod egress;
mod error;
mod recipe;
mod request;
mod response;
mod stack;

mod auth;
mod exchange;
mod headers;
mod oauth;
mod placeholder;
mod probe;
mod redact;
mod telemetry;
mod transport;

pub use egress::{BuildError, Config, Egress};
pub use error::EgressError;
pub use placeholder::{Mention, mentions};
pub use probe::Obstacle;
pub use recipe::{AuthRecipe, ClientAuth, ClientCredentials, Placeholder};
pub use request::{EgressRequest, Endpoint};
pub use response::EgressResponse;
