//! Writing: one entry, in the transaction of the change that it is about.

use caravan_model::TenantId;
use caravan_tenancy::{Error, SystemTx, TenantTx};
use serde_json::Value;
use sqlx::PgConnection;

/// What was done. No secret belongs in here: the trail is shown and never deleted.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Who: a caller's principal (`user/<id>`, `key/<id>`) or a service (`service/order`). 1 to 500 bytes.
    pub actor: &'a str,
    /// What: noun and past participle, `order.approved`. 1 to 100 bytes.
    pub action: &'a str,
    /// To what: noun and id, `order/<id>`. 1 to 500 bytes.
    pub subject: &'a str,
    /// The rest, as far as somebody may want to know it later: before and after, the reason given. At most 64 KiB as text.
    pub detail: Value,
}

/// Writes `entry` into the chain of the transaction's tenant; call it last, as the chain is locked until the commit.
///
/// # Errors
/// [`Error::Statement`] when the database refuses, for example a text over its cap; the transaction is then of no more use.
pub async fn record(tx: &mut TenantTx, entry: &Entry<'_>) -> Result<(), Error> {
    insert(tx.conn(), entry).await
}

/// The same in a service's own transaction (a consumer's, a login's), into the chain of `tenant`, to which it is scoped from then
/// on. With several tenants in one transaction, record in the tenants' order.
///
/// # Errors
/// As [`record`].
pub async fn record_system(
    tx: &mut SystemTx,
    tenant: TenantId,
    entry: &Entry<'_>,
) -> Result<(), Error> {
    tx.scope(tenant).await?;
    insert(tx.conn(), entry).await
}

async fn insert(connection: &mut PgConnection, entry: &Entry<'_>) -> Result<(), Error> {
    sqlx::query("SELECT audit.record($1, $2, $3, $4)")
        .bind(entry.actor)
        .bind(entry.action)
        .bind(entry.subject)
        .bind(entry.detail.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
