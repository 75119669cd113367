//! What is put in order from time to time: deliveries of disabled endpoints wait, old ones go.

use caravan_tenancy::SystemTx;

/// A delivery and its tries are kept so long, whatever became of it.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Rows changed in one statement.
const BATCH: i64 = 2_000;

/// Has the pending deliveries of disabled endpoints wait to be recovered. Those that are being tried end by themselves.
pub(crate) async fn hold(tx: &mut SystemTx) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "WITH due AS (
           SELECT d.tenant_id, d.id FROM webhooks w CROSS JOIN LATERAL (
                  SELECT p.tenant_id, p.id FROM deliveries p
                   WHERE p.tenant_id = w.tenant_id AND p.webhook_id = w.id AND p.status = 'pending' AND NOT p.leased
                   LIMIT $1 FOR UPDATE SKIP LOCKED) AS d
            WHERE w.status <> 'enabled' LIMIT $1)
         UPDATE deliveries d SET status = 'held' FROM due WHERE d.tenant_id = due.tenant_id AND d.id = due.id",
    )
    .bind(BATCH)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Deletes deliveries that are older than 30 days, those of removed endpoints at once, and removed endpoints without any.
pub(crate) async fn forget(tx: &mut SystemTx, now_ms: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "WITH old AS (
           (SELECT tenant_id, id FROM deliveries WHERE made_ms < $1 AND NOT leased ORDER BY made_ms LIMIT $2)
           UNION
           (SELECT d.tenant_id, d.id FROM webhooks w JOIN deliveries d ON d.tenant_id = w.tenant_id AND d.webhook_id = w.id
             WHERE w.status = 'removed' AND NOT d.leased LIMIT $2))
         DELETE FROM deliveries d USING old WHERE d.tenant_id = old.tenant_id AND d.id = old.id",
    )
    .bind(now_ms.saturating_sub(KEPT_MS))
    .bind(BATCH)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "DELETE FROM webhooks w WHERE w.status = 'removed'
            AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id)",
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
