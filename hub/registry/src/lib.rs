//! Which component and which profile serve a connection: the catalogue, the loaded components, the connections.
//!
//! `Registry::resolve` is step 3 of a document's life: from a connection's id to everything that a sandboxed call needs.
#![forbid(unsafe_code)]

mod catalog;
mod components;
mod connection;
mod doors;
mod manage;
mod profiles;
mod resolve;
mod schema;
mod shown;
mod store;

pub use caravan_vault::{Vault, VaultError};
pub use catalog::{Catalog, CatalogError, Party};
pub use components::{Bundled, Component, ComponentError, Components};
pub use connection::{Connection, Door, DoorKind, Environment, NewConnection, Paused};
pub use doors::account_is_free;
pub use manage::{Change, HookChange};
pub use profiles::{ProfileError, Profiles};
pub use resolve::{Registry, ResolveError, Resolved};
pub use schema::SCHEMA;
pub use shown::{Managed, SecretName, Tested};
pub use store::{ConnectionStore, StoreError};
