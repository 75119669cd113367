//! Tenancy: the only ways to the database, and the check that they are the only ones.
//!
//! **Invariant:** no statement on a tenant's table runs outside [`TenantTx`] or [`SystemTx`]; PostgreSQL's forced row-level
//! security stands behind both, and [`catalog::violations`] proves from `pg_catalog` that it does.
//!
//! What a service does: one [`Schema`] constant with its migrations, [`migrate`] at start with the owner's URL, then one
//! [`Database`] per login role. Every table that has a `tenant_id` column follows this shape:
//!
//! ```sql
//! CREATE TABLE shipment (
//!   tenant_id uuid NOT NULL,
//!   id        uuid NOT NULL,
//!   PRIMARY KEY (tenant_id, id)          -- every key starts with the tenant: no existence oracle
//! );
//! ALTER TABLE shipment ENABLE ROW LEVEL SECURITY;
//! ALTER TABLE shipment FORCE ROW LEVEL SECURITY;
//! CREATE POLICY tenant ON shipment
//!   USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()));
//! ```
//!
//! A table that the service's own machinery must read across tenants (due polls, API keys by hash) adds
//! `OR (SELECT app_system())` to both clauses; that is true only inside a [`SystemTx`].
#![forbid(unsafe_code)]

mod database;
mod error;
mod system_tx;
mod tenant_tx;

mod caller;
pub mod catalog;
mod figures;
mod finish;
mod roles;
mod schema;

pub use caller::{Caller, CurrentSession};
pub use database::Database;
pub use error::Error;
pub use figures::{PoolUse, ServerUse};
pub use schema::{Schema, migrate};
pub use system_tx::SystemTx;
pub use tenant_tx::TenantTx;
