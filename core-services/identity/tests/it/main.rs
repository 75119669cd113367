//! Identity over a real PostgreSQL and its own router: who comes in, who does not, and what each may do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod arrival;
mod authorization;
mod issuer;
mod keycloak;
mod keys;
mod login;
mod providers;
mod resets;
mod sessions;
mod settings;
mod tenants;
mod trail;
mod trip;
mod users;
mod world;
