//! How the whole installation stands, in one answer: every role's health, rates and lags, the stores, and what waits for the caller's
//! own tenant.
//!
//! - `process` is what a process knows of itself; it tells that to the gateway at [`PATH`], and to Prometheus by gauges.
//! - `installation` asks every process there is, and the stores; `http` shows it at `/v1/operations`.
//!
//! **Whose figures these are.** Health, rates, lags and stores are of the installation, and whoever has the scope sees the same. What
//! is counted of tenants' things (parked events, quarantined documents, breakers by connection) is the caller's tenant's alone: each
//! process counts it in a transaction of that tenant, whom the signed context names. Addresses of processes are shown to nobody.
#![forbid(unsafe_code)]

mod wire;

mod hub;
mod pools;
mod process;

mod installation;
mod peer;

mod http;
mod telemetry;

pub use http::{openapi, router};
pub use hub::{Breaker, Hub, HubFigures, HubUnavailable, Space};
pub use installation::{Brokers, Config, Installation};
pub use peer::{Found, Peer, Peers};
pub use pools::Pools;
pub use process::{Check, PATH, Parts, Process};
