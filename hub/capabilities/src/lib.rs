//! What a guest may do: declared in its manifest, granted by the operator for one connection, decided in `grant.rs`.
//!
//! [`Broker`] answers a guest's imports for one connection. It cannot reach a URL, a secret, a key or a stored value except by
//! what [`grant`] hands it, and each refusal names the line that would allow what was asked.
//!
//! **Invariant:** fail closed. What is not in the manifest is refused, whatever the operator granted, and the other way round.
#![forbid(unsafe_code)]

mod grant;
mod grants;
mod path;

mod broker;
mod credentials;
mod crypto;
mod replies;
mod state;
mod store;
mod telemetry;

pub use broker::{Broker, Parts, deadline_within};
pub use grant::{Denied, Operation, UseEndpoint, UseKey, UseState, UsedEndpoint, base, grant};
pub use grants::ConnectionGrants;
pub use replies::{MemoryReplies, ReplySink};
pub use state::{MemoryState, StateStore, VALUE_BYTES_MAX};
pub use store::PostgresState;
