//! The tables, one file a noun. Every statement names the tenant although row-level security does too: the planner starts with it.

pub(crate) mod approvals;
pub(crate) mod contracts;
pub(crate) mod disputes;
pub(crate) mod hand_overs;
pub(crate) mod invoices;
pub(crate) mod jobs;
pub(crate) mod ledger;
pub(crate) mod recovered;
pub(crate) mod rules;
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

/// Begins what may be taken back alone.
pub(crate) async fn savepoint(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SAVEPOINT one").execute(connection).await.map(drop)
}

/// Keeps what was done since.
pub(crate) async fn release(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("RELEASE SAVEPOINT one").execute(connection).await.map(drop)
}

/// Takes back what was done since.
pub(crate) async fn roll_back(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("ROLLBACK TO SAVEPOINT one").execute(&mut *connection).await?;
    release(connection).await
}

/// A stored text that no longer reads: a defect of ours.
pub(crate) fn unreadable(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
