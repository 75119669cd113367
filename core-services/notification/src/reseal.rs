//! Stored signing secrets, sealed anew once the vault's key was changed.

use std::sync::Arc;

use caravan_model::TenantId;
use caravan_tenancy::{Database, TenantTx};
use caravan_vault::{Resealed, Vault};
use sqlx::Row as _;
use uuid::Uuid;

use crate::secrets::Secrets;

/// The secrets could not be read or written; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// The transaction failed.
    #[error("the webhooks cannot be reached")]
    Tenancy(#[from] caravan_tenancy::Error),
    /// A statement failed.
    #[error("the secrets of webhooks cannot be read or written")]
    Sql(#[from] sqlx::Error),
}

/// Seals the secrets of a tenant's webhooks under the vault's own key, where they are under the other one.
///
/// # Errors
/// When the database fails; nothing is changed then.
pub async fn reseal(
    database: &Database,
    vault: Arc<Vault>,
    tenant: TenantId,
) -> Result<Resealed, ResealError> {
    let secrets = Secrets::new(vault);
    let mut tx = TenantTx::begin(database, tenant).await?;
    // Locked, so that a secret that is changed meanwhile is not set back.
    let rows = sqlx::query(
        "SELECT id, secret, previous_secret FROM webhooks WHERE tenant_id = $1 FOR UPDATE",
    )
    .bind(tenant.0)
    .fetch_all(tx.conn())
    .await?;
    let mut resealed = Resealed::default();
    for row in rows {
        let id: Uuid = row.try_get("id")?;
        let [secret, previous]: [Option<Vec<u8>>; 2] =
            [row.try_get("secret")?, row.try_get("previous_secret")?];
        let mut anew = |sealed: Option<Vec<u8>>| {
            sealed.and_then(|sealed| resealed.count(secrets.reseal(tenant, id, &sealed)))
        };
        let (secret, previous) = (anew(secret), anew(previous));
        sqlx::query(
            "UPDATE webhooks SET secret = coalesce($3, secret), previous_secret = coalesce($4, previous_secret)
              WHERE tenant_id = $1 AND id = $2 AND ($3 IS NOT NULL OR $4 IS NOT NULL)",
        )
        .bind(tenant.0)
        .bind(id)
        .bind(secret)
        .bind(previous)
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await?;
    Ok(resealed)
}
