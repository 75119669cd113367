//! The audit trail: who changed what, as a hash chain per tenant, written in the transaction of the change.
//!
//! ```no_run
//! # async fn approve(database: &caravan_tenancy::Database, caller: &caravan_tenancy::Caller) -> Result<(), caravan_tenancy::Error> {
//! use caravan_tenancy::TenantTx;
//!
//! let mut tx = TenantTx::begin(database, caller.tenant).await?;
//! // … the change itself, and then, as the transaction's last statement:
//! let entry = caravan_audit::Entry {
//!     actor: &caller.principal,
//!     action: "order.approved",
//!     subject: "order/0198c7d2-5a10-7c3e-9f6b-2a1d0e4c8b77",
//!     detail: serde_json::json!({ "version": 4, "amount": "1200.00 INR" }),
//! };
//! caravan_audit::record(&mut tx, &entry).await?;
//! tx.commit().await
//! # }
//! ```
//!
//! **Record last.** A tenant's chain is one row lock that is held until the commit; taken last, it is held for a moment and no
//! two changes can wait for each other.
//!
//! **Invariant:** `hash = SHA-256(previous || seq || canonical bytes)`; the database computes it in `audit.record`, the only way
//! in, and [`verify`] computes it again here.
//!
//! **What it does not do.** The owner of the database can rewrite a chain from any entry to its end, head included, and then every
//! hash is right again. Only a copy of a [`Head`] that is kept elsewhere shows that: [`Checkpoint`] is the text that has them all, to be
//! signed and put aside from time to time, and handed to [`verify`].
#![forbid(unsafe_code)]

mod chain;

mod checkpoint;
mod read;
mod record;
mod verify;

pub use chain::{BadHead, Head};
pub use checkpoint::{BadCheckpoint, Checkpoint};
pub use read::{Recorded, head, page};
pub use record::{Entry, record, record_system};
pub use verify::{Broken, Verification, verify};

use caravan_tenancy::Schema;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Schema `audit`: migrate it after `log` and before the services, whose roles may all call `audit.record`.
///
/// Its login role `caravan_audit` reads the trail of the tenant that a transaction names, and writes nothing but entries.
pub const SCHEMA: Schema =
    Schema { name: "audit", migrator: &MIGRATOR, login_role: "caravan_audit" };
