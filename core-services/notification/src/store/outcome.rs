//! What became of a try: one transaction. The endpoint's row is locked before the delivery's, here and wherever both are.

use caravan_tenancy::SystemTx;
use serde_json::json;
use sqlx::Row as _;

use super::claim::Claimed;
use crate::domain::{FAILING_MS_MAX, streak};

/// Who acts when nobody does.
const SYSTEM: &str = "service/notification";

/// What is kept of a try.
pub(crate) struct Try<'a> {
    pub(crate) outcome: &'static str,
    pub(crate) status: Option<u16>,
    pub(crate) told: &'a str,
    pub(crate) duration_ms: i64,
    pub(crate) now_ms: i64,
}

/// What a failed try leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The receiver wants no more.
    Gone,
    /// Tried again then.
    At(i64),
    /// That was the last.
    Never,
}

/// The message was taken.
pub(crate) async fn delivered(
    tx: &mut SystemTx,
    claimed: &Claimed,
    made: &Try<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE webhooks SET failing_since_ms = NULL, failed_ms = NULL, version = version + 1
          WHERE tenant_id = $1 AND id = $2 AND failing_since_ms IS NOT NULL",
    )
    .bind(claimed.tenant.0)
    .bind(claimed.webhook)
    .execute(tx.conn())
    .await?;
    let ended = "UPDATE deliveries SET status = 'delivered', leased = false, ended_ms = $4
                  WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND leased";
    let done = sqlx::query(ended)
        .bind(claimed.tenant.0)
        .bind(claimed.id)
        .bind(claimed.attempt)
        .bind(made.now_ms)
        .execute(tx.conn())
        .await?;
    note(tx, claimed, made, done.rows_affected()).await
}

/// The message was not taken. Answers why the endpoint is disabled by that, if it is.
pub(crate) async fn failed(
    tx: &mut SystemTx,
    claimed: &Claimed,
    made: &Try<'_>,
    next: Next,
) -> Result<Option<&'static str>, caravan_tenancy::Error> {
    let (tenant, webhook) = (claimed.tenant.0, claimed.webhook);
    let row = sqlx::query(
        "SELECT status, failing_since_ms, failed_ms FROM webhooks WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE",
    )
    .bind(tenant)
    .bind(webhook)
    .fetch_one(tx.conn())
    .await?;
    let since: Option<i64> = row.try_get("failing_since_ms")?;
    let now_since = streak(since, row.try_get("failed_ms")?, made.now_ms);
    let was_enabled = row.try_get::<&str, _>("status")? == "enabled";
    let reason = match next {
        Next::Gone => Some(("gone", "it answered 410 Gone")),
        _ if made.now_ms.saturating_sub(now_since) >= FAILING_MS_MAX => {
            Some(("failing", "nothing but failures for five days"))
        }
        _ => None,
    };
    let reason = reason.filter(|_| was_enabled);
    sqlx::query(
        "UPDATE webhooks SET failing_since_ms = $3, failed_ms = $4,
                version = version + CASE WHEN failing_since_ms IS DISTINCT FROM $3 OR $5::text IS NOT NULL THEN 1 ELSE 0 END,
                status = CASE WHEN $5 IS NULL THEN status ELSE 'disabled' END,
                disabled_reason = COALESCE($5, disabled_reason), disabled_detail = COALESCE($6, disabled_detail),
                disabled_ms = CASE WHEN $5 IS NULL THEN disabled_ms ELSE $4 END
          WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant)
    .bind(webhook)
    .bind(now_since)
    .bind(made.now_ms)
    .bind(reason.map(|(word, _)| word))
    .bind(reason.map(|(_, detail)| detail))
    .execute(tx.conn())
    .await?;
    let (status, due_ms) = match next {
        Next::Gone | Next::Never => ("failed", None),
        Next::At(_) if !was_enabled || reason.is_some() => ("held", None),
        Next::At(due_ms) => ("pending", Some(due_ms)),
    };
    let done = sqlx::query(
        "UPDATE deliveries SET status = $4, leased = false, due_ms = COALESCE($5, due_ms),
                ended_ms = CASE WHEN $4 = 'failed' THEN $6 END
          WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND leased",
    )
    .bind(tenant)
    .bind(claimed.id)
    .bind(claimed.attempt)
    .bind(status)
    .bind(due_ms)
    .bind(made.now_ms)
    .execute(tx.conn())
    .await?;
    note(tx, claimed, made, done.rows_affected()).await?;
    if let Some((word, detail)) = reason {
        let entry = caravan_audit::Entry {
            actor: SYSTEM,
            action: "webhook.disabled",
            subject: &format!("webhook/{webhook}"),
            detail: json!({ "reason": word, "detail": detail }),
        };
        caravan_audit::record_system(tx, claimed.tenant, &entry).await?;
    }
    Ok(reason.map(|(word, _)| word))
}

/// Nothing was sent: the try is taken back and made later.
pub(crate) async fn not_tried(
    tx: &mut SystemTx,
    claimed: &Claimed,
    due_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH back AS (
           UPDATE deliveries SET attempts = attempts - 1, step = step - 1, leased = false, due_ms = $4
            WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND leased RETURNING tenant_id, id)
         DELETE FROM attempts a USING back WHERE a.tenant_id = back.tenant_id AND a.delivery_id = back.id AND a.number = $3",
    )
    .bind(claimed.tenant.0)
    .bind(claimed.id)
    .bind(claimed.attempt)
    .bind(due_ms)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Writes the try down, unless its lease was lost: then somebody else tells how it goes on.
async fn note(
    tx: &mut SystemTx,
    claimed: &Claimed,
    made: &Try<'_>,
    ours: u64,
) -> Result<(), sqlx::Error> {
    if ours == 0 {
        tracing::info!(delivery = %claimed.id, "A delivery took longer than its lease.");
    }
    sqlx::query(
        "UPDATE attempts SET outcome = $4, status = $5, response = $6, duration_ms = $7
          WHERE tenant_id = $1 AND delivery_id = $2 AND number = $3",
    )
    .bind(claimed.tenant.0)
    .bind(claimed.id)
    .bind(claimed.attempt)
    .bind(made.outcome)
    .bind(made.status.map(i32::from))
    .bind(made.told)
    .bind(made.duration_ms)
    .execute(tx.conn())
    .await
    .map(drop)
}
