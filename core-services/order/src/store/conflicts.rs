//! What could not be done to an order.

use caravan_model::TenantId;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::decode;
use crate::domain::OrderId;
use crate::wire::{ConflictOut, utc};

/// Most conflicts of one order that are shown.
const CONFLICTS_MAX: i64 = 200;

/// A new conflict.
#[derive(Debug, Clone)]
pub(crate) struct Conflict {
    pub(crate) order: OrderId,
    /// Made from what brought it, so that a redelivery is the same conflict.
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) detail: String,
    /// JSON.
    pub(crate) wanted: Option<String>,
    pub(crate) at_ms: i64,
}

/// Adds conflicts and returns the ids of those that are new.
pub(crate) async fn insert_conflicts(
    connection: &mut PgConnection,
    tenant: TenantId,
    conflicts: &[Conflict],
) -> Result<Vec<Uuid>, sqlx::Error> {
    if conflicts.is_empty() {
        return Ok(Vec::new());
    }
    let all = || conflicts.iter();
    sqlx::query_scalar(
        "WITH new AS (
           INSERT INTO order_conflicts (tenant_id, order_id, id, kind, detail, wanted, at_ms)
           SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[])
           ON CONFLICT DO NOTHING RETURNING order_id, id),
         counted AS (
           UPDATE orders o SET conflicts = o.conflicts + n.count
             FROM (SELECT order_id, count(*)::integer AS count FROM new GROUP BY order_id) AS n
            WHERE o.tenant_id = $1 AND o.id = n.order_id)
         SELECT id FROM new",
    )
    .bind(tenant.0)
    .bind(all().map(|conflict| conflict.order.0).collect::<Vec<_>>())
    .bind(all().map(|conflict| conflict.id).collect::<Vec<_>>())
    .bind(all().map(|conflict| conflict.kind).collect::<Vec<_>>())
    .bind(all().map(|conflict| conflict.detail.as_str()).collect::<Vec<_>>())
    .bind(all().map(|conflict| conflict.wanted.as_deref()).collect::<Vec<_>>())
    .bind(all().map(|conflict| conflict.at_ms).collect::<Vec<_>>())
    .fetch_all(connection)
    .await
}

/// An order's conflicts, the newest first.
pub(crate) async fn conflicts(
    connection: &mut PgConnection,
    tenant: TenantId,
    order: OrderId,
) -> Result<Vec<ConflictOut>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, kind, detail, wanted, at_ms, resolved_ms, resolved_by, resolution FROM order_conflicts
          WHERE tenant_id = $1 AND order_id = $2 ORDER BY at_ms DESC, id LIMIT $3",
    )
    .bind(tenant.0)
    .bind(order.0)
    .bind(CONFLICTS_MAX)
    .fetch_all(connection)
    .await?;
    let conflict = |row: &sqlx::postgres::PgRow| {
        let wanted: Option<&str> = row.try_get("wanted")?;
        let resolved_ms: Option<i64> = row.try_get("resolved_ms")?;
        Ok(ConflictOut {
            id: row.try_get("id")?,
            kind: row.try_get("kind")?,
            detail: row.try_get("detail")?,
            wanted: wanted.map(serde_json::from_str).transpose().map_err(decode)?,
            at: utc(row.try_get("at_ms")?),
            resolved_at: resolved_ms.map(utc),
            resolved_by: row.try_get("resolved_by")?,
            resolution: row.try_get("resolution")?,
        })
    };
    rows.iter().map(conflict).collect()
}

/// Marks an open conflict of a locked order as resolved; false when there is no such open one.
pub(crate) async fn resolve(
    connection: &mut PgConnection,
    tenant: TenantId,
    order: OrderId,
    id: Uuid,
    (by, how, now_ms): (&str, &str, i64),
) -> Result<bool, sqlx::Error> {
    let resolved = sqlx::query(
        "UPDATE order_conflicts SET resolved_ms = $4, resolved_by = $5, resolution = $6
          WHERE tenant_id = $1 AND order_id = $2 AND id = $3 AND resolved_ms IS NULL",
    )
    .bind(tenant.0)
    .bind(order.0)
    .bind(id)
    .bind(now_ms)
    .bind(by)
    .bind(how)
    .execute(&mut *connection)
    .await?;
    if resolved.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE orders SET conflicts = conflicts - 1 WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.0)
        .bind(order.0)
        .execute(connection)
        .await?;
    Ok(true)
}
