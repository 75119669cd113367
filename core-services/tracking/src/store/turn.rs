//! How members share a tenant's timelines.
//!
//! Members work side by side, each holding the rows of the stored shipments that it touches, in the order of their ids. What they
//! cannot see of each other is who a number that is new belongs to, and what joins two shipments: whoever meets that undoes its
//! turn and takes it again with the tenant to itself. So does everything else that writes timelines, from the start.

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::PgConnection;

/// Who else may write the tenant's timelines meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    Others,
    Nobody,
}

/// Begins a turn, which [`keep`] or [`undo`] ends. Its lock is held until it is undone or the transaction ends.
pub(crate) async fn begin(
    tx: &mut SystemTx,
    tenant: TenantId,
    company: Company,
) -> Result<(), sqlx::Error> {
    sqlx::query("SAVEPOINT turn").execute(tx.conn()).await?;
    match company {
        Company::Others => {
            let statement = "SELECT pg_advisory_xact_lock_shared(hashtextextended('caravan.tracking.' || $1, 0))";
            sqlx::query(statement).bind(tenant.to_string()).execute(tx.conn()).await.map(drop)
        }
        Company::Nobody => lock(tx.conn(), tenant).await,
    }
}

/// Ends a turn: what it wrote stays.
pub(crate) async fn keep(tx: &mut SystemTx) -> Result<(), sqlx::Error> {
    sqlx::query("RELEASE SAVEPOINT turn").execute(tx.conn()).await.map(drop)
}

/// Ends a turn as if it had not been, its locks included.
pub(crate) async fn undo(tx: &mut SystemTx) -> Result<(), sqlx::Error> {
    sqlx::query("ROLLBACK TO SAVEPOINT turn").execute(tx.conn()).await?;
    keep(tx).await
}

/// Keeps everybody else out of the tenant's timelines until the transaction ends.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('caravan.tracking.' || $1, 0))")
        .bind(tenant.to_string())
        .execute(connection)
        .await
        .map(drop)
}
