//! Deliveries as people see them, and what people have done to them; for the tenant of the transaction.

use caravan_tenancy::TenantTx;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// Deliveries that one request recovers.
const RECOVERED_MAX: i64 = 10_000;

/// What is to be brought to an endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: Uuid,
    pub(crate) event: Uuid,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) status: String,
    pub(crate) attempts: i32,
    pub(crate) due_ms: i64,
    pub(crate) leased: bool,
    pub(crate) made_ms: i64,
    pub(crate) ended_ms: Option<i64>,
}

/// A try.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: i32,
    pub(crate) at_ms: i64,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) outcome: Option<String>,
    pub(crate) status: Option<i32>,
    pub(crate) response: Option<String>,
}

fn delivery(row: &PgRow) -> Result<Delivery, sqlx::Error> {
    Ok(Delivery {
        id: row.try_get("id")?,
        event: row.try_get("event_id")?,
        kind: row.try_get("kind")?,
        subject: row.try_get("subject")?,
        status: row.try_get("status")?,
        attempts: row.try_get("attempts")?,
        due_ms: row.try_get("due_ms")?,
        leased: row.try_get("leased")?,
        made_ms: row.try_get("made_ms")?,
        ended_ms: row.try_get("ended_ms")?,
    })
}

/// An endpoint's deliveries, newest first.
pub(crate) async fn list(
    tx: &mut TenantTx,
    webhook: Uuid,
    status: Option<&str>,
    after: Option<Uuid>,
    rows: i64,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let tenant = tx.tenant();
    let found = sqlx::query(
        "SELECT id, event_id, kind, subject, status, attempts, due_ms, leased, made_ms, ended_ms FROM deliveries
          WHERE tenant_id = $1 AND webhook_id = $2 AND made_ms >= 0 AND ($3::text IS NULL OR status = $3)
            AND ($4::uuid IS NULL OR id < $4)
          ORDER BY id DESC LIMIT $5",
    )
    .bind(tenant.0)
    .bind(webhook)
    .bind(status)
    .bind(after)
    .bind(rows)
    .fetch_all(tx.conn())
    .await?;
    found.iter().map(delivery).collect()
}

/// One delivery with its body.
pub(crate) async fn one(
    tx: &mut TenantTx,
    webhook: Uuid,
    id: Uuid,
) -> Result<Option<(Delivery, String)>, sqlx::Error> {
    let tenant = tx.tenant();
    let row = sqlx::query(
        "SELECT d.* FROM deliveries d JOIN webhooks w ON w.tenant_id = d.tenant_id AND w.id = d.webhook_id
          WHERE d.tenant_id = $1 AND d.webhook_id = $2 AND d.id = $3 AND w.status <> 'removed'",
    )
    .bind(tenant.0)
    .bind(webhook)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?;
    row.as_ref().map(|row| Ok((delivery(row)?, row.try_get("body")?))).transpose()
}

/// The tries of a delivery, in order.
pub(crate) async fn attempts(tx: &mut TenantTx, id: Uuid) -> Result<Vec<Attempt>, sqlx::Error> {
    let tenant = tx.tenant();
    let rows = sqlx::query(
        "SELECT * FROM attempts WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY number",
    )
    .bind(tenant.0)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Attempt {
                number: row.try_get("number")?,
                at_ms: row.try_get("at_ms")?,
                duration_ms: row.try_get("duration_ms")?,
                outcome: row.try_get("outcome")?,
                status: row.try_get("status")?,
                response: row.try_get("response")?,
            })
        })
        .collect()
}

/// Has a delivery sent now, with the whole schedule before it; none when it is being sent at this moment.
pub(crate) async fn resend(
    tx: &mut TenantTx,
    id: Uuid,
    now_ms: i64,
) -> Result<Option<Delivery>, sqlx::Error> {
    let tenant = tx.tenant();
    let row = sqlx::query(
        "UPDATE deliveries SET status = 'pending', step = 0, due_ms = $3, leased = false, ended_ms = NULL
          WHERE tenant_id = $1 AND id = $2 AND NOT (leased AND due_ms > $3) RETURNING *",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(now_ms)
    .fetch_optional(tx.conn())
    .await?;
    row.as_ref().map(delivery).transpose()
}

/// Has everything sent that was not taken since then, the oldest first; answers how many, and whether there are more.
pub(crate) async fn recover(
    tx: &mut TenantTx,
    webhook: Uuid,
    since_ms: i64,
    now_ms: i64,
) -> Result<(u64, bool), sqlx::Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "WITH missed AS (
           SELECT id FROM deliveries
            WHERE tenant_id = $1 AND webhook_id = $2 AND made_ms >= greatest(0, $3) AND status IN ('failed', 'held')
            ORDER BY id LIMIT $5)
         UPDATE deliveries d SET status = 'pending', step = 0, due_ms = $4, leased = false, ended_ms = NULL
           FROM missed WHERE d.tenant_id = $1 AND d.id = missed.id",
    )
    .bind(tenant.0)
    .bind(webhook)
    .bind(since_ms)
    .bind(now_ms)
    .bind(RECOVERED_MAX)
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok((done, i64::try_from(done).unwrap_or(i64::MAX) >= RECOVERED_MAX))
}
