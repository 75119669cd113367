//! The tables, one file a noun. Every statement names the tenant although row-level security does too: the planner starts with it.

pub(crate) mod approvals;
pub(crate) mod contracts;
pub(crate) mod disputes;
pub(crate) mod hand_overs;
pub(crate) mod invoices;
pub(crate) mod jobs;
pub(crate) mod ledger;
pub(crate) mod shipments;

use caravan_model::TenantId;
use sqlx::PgConnection;

/// Keeps other writers out of the tenant's settlement until the transaction ends: bills, deliveries and approvals that meet
/// would each act on what the other is about to change.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('caravan.settlement.' || $1, 0))")
        .bind(tenant.to_string())
        .execute(connection)
        .await
        .map(drop)
}

/// A stored text that no longer reads: a defect of ours.
pub(crate) fn unreadable(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
