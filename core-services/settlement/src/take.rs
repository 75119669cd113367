//! A bill is taken in, from the log or typed: kept once, and what hangs on one that its carrier cancels is taken back.

use caravan_model::TenantId;
use sqlx::PgConnection;

use crate::bill::Bill;
use crate::decide::{self, Decider};
use crate::store;
use crate::store::invoices::Taken;

/// Keeps a bill; one that cancels takes back the approvals in force and the claim of an open dispute.
pub(crate) async fn take(
    connection: &mut PgConnection,
    tenant: TenantId,
    bill: &Bill,
    decider: &Decider,
) -> Result<Taken, sqlx::Error> {
    let taken = store::invoices::take(connection, tenant, bill).await?;
    if taken != Taken::Corrected || !bill.is_cancelled() {
        return Ok(taken);
    }
    let why = "the carrier cancelled the bill";
    decide::undo(connection, tenant, bill.invoice(), decider, why).await?;
    let disputes = store::disputes::of(connection, tenant, bill.invoice()).await?;
    for dispute in disputes.iter().filter(|dispute| dispute.status == "open") {
        decide::end(connection, tenant, dispute, why, decider).await?;
    }
    Ok(taken)
}
