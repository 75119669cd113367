//! Who a provider's subjects are.

use caravan_model::TenantId;
use caravan_tenancy::{SystemTx, TenantTx};
use uuid::Uuid;

use crate::error::Error;

/// A subject's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Linked {
    pub(crate) user: Uuid,
    /// Whether the first login made the member.
    pub(crate) made: bool,
}

/// The user that a subject is.
pub(crate) async fn find(
    tx: &mut SystemTx,
    tenant: TenantId,
    provider: Uuid,
    subject: &str,
) -> Result<Option<Linked>, Error> {
    let row: Option<(Uuid, bool)> = sqlx::query_as(
        "SELECT user_id, made FROM subjects WHERE tenant_id = $1 AND provider_id = $2 AND subject = $3",
    )
    .bind(tenant.0)
    .bind(provider)
    .bind(subject)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(user, made)| Linked { user, made }))
}

/// Links a subject to a user; false when the user is another subject already.
pub(crate) async fn link(
    tx: &mut SystemTx,
    tenant: TenantId,
    provider: Uuid,
    subject: &str,
    linked: Linked,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO subjects (tenant_id, provider_id, subject, user_id, made) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(provider)
    .bind(subject)
    .bind(linked.user)
    .bind(linked.made)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a user is known in a tenant by any of its providers.
pub(crate) async fn knows(tx: &mut SystemTx, tenant: TenantId, user: Uuid) -> Result<bool, Error> {
    let known = "SELECT EXISTS (SELECT 1 FROM subjects WHERE tenant_id = $1 AND user_id = $2)";
    Ok(sqlx::query_scalar(known).bind(tenant.0).bind(user).fetch_one(tx.conn()).await?)
}

/// Forgets who a provider's subjects are: all, or that of one user.
pub(crate) async fn forget(
    tx: &mut TenantTx,
    provider: Uuid,
    user: Option<Uuid>,
) -> Result<u64, Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "DELETE FROM subjects WHERE tenant_id = $1 AND provider_id = $2 AND ($3::uuid IS NULL OR user_id = $3)",
    )
    .bind(tenant.0)
    .bind(provider)
    .bind(user)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
