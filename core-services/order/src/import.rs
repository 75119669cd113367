//! Orders from a table: a workbook, a CSV file or pasted cells become orders, and what could not is given back with the reasons.
//!
//! In the order of a file's way: [`choices`] is what a person decided about it, [`plan`] reads it and judges every row (pure),
//! [`rows`] makes an order of rows, [`store`] keeps the import, and [`job`] does the check and the commit, whichever nobody else has
//! ([`hold`]): the same steps on the same plan, of which the check writes no order. [`wire`] is what callers see.
//!
//! **Exactly once**: a job goes through the orders of the file in batches; what a batch made, what it rejected and how far the job
//! has come are one transaction. A crash repeats no order and forgets none.

pub(crate) mod choices;
pub(crate) mod plan;
mod rows;

pub(crate) mod store;
pub(crate) mod wire;

mod hold;
pub(crate) mod job;

pub(crate) use choices::Choices;

use caravan_event_log::append;
use caravan_events::{Envelope, Kind};
use caravan_tenancy::TenantTx;
use serde_json::json;

use crate::effects;
use store::Import;

/// Largest file, in bytes.
pub(crate) const BYTES_MAX: usize = 20 << 20;

/// Tells of an import that came further, in the transaction that brought it there.
///
/// # Errors
/// When the database fails; the transaction is then of no more use.
pub(crate) async fn tell(tx: &mut TenantTx, import: &Import) -> Result<(), effects::Error> {
    let id = import.id.to_string();
    let data = json!({
        "import_id": id, "file_name": import.file_name, "status": import.status.as_str(), "version": import.version,
        "orders": import.created, "rejected_rows": import.rejected_rows, "actor": import.actor,
    });
    let (kind, cause) = (Kind::ORDER_IMPORT_CHANGED, format!("{id}/{}", import.version));
    let event = Envelope::of_service(
        tx.tenant(),
        kind,
        id,
        &cause,
        import.updated_ms,
        None,
        data.to_string(),
    );
    append(tx, &[event]).await?;
    Ok(())
}
