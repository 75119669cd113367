//! Links to shipments: kept by their tenant, opened by whoever has the token, and what is read for who opened one.

use caravan_events::wire;
use caravan_model::TenantId;
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{FACT_COLUMNS, fact};
use crate::domain::{Fact, ShipmentId};

/// A link as it is listed.
pub(crate) struct Link {
    pub(crate) id: Uuid,
    pub(crate) note: Option<String>,
    pub(crate) created_by: String,
    pub(crate) created_ms: i64,
    pub(crate) expires_ms: i64,
}

/// Stores a link.
pub(crate) async fn add(
    tx: &mut TenantTx,
    (shipment, digest): (ShipmentId, &[u8; 32]),
    link: &Link,
) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO links (tenant_id, id, shipment_id, digest, note, created_by, created_ms, expires_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant.0)
    .bind(link.id)
    .bind(shipment.0)
    .bind(digest.as_slice())
    .bind(&link.note)
    .bind(&link.created_by)
    .bind(link.created_ms)
    .bind(link.expires_ms)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Forgets those of a shipment's links that have expired.
pub(crate) async fn forget_expired(
    tx: &mut TenantTx,
    shipment: ShipmentId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM links WHERE tenant_id = $1 AND shipment_id = $2 AND expires_ms <= $3")
        .bind(tenant.0)
        .bind(shipment.0)
        .bind(now_ms)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Those of a shipment's links that open, the newest first.
pub(crate) async fn live(
    tx: &mut TenantTx,
    shipment: ShipmentId,
    now_ms: i64,
) -> Result<Vec<Link>, sqlx::Error> {
    let tenant = tx.tenant();
    let rows = sqlx::query(
        "SELECT id, note, created_by, created_ms, expires_ms FROM links
          WHERE tenant_id = $1 AND shipment_id = $2 AND expires_ms > $3 ORDER BY id DESC",
    )
    .bind(tenant.0)
    .bind(shipment.0)
    .bind(now_ms)
    .fetch_all(tx.conn())
    .await?;
    let link = |row: &PgRow| {
        Ok(Link {
            id: row.try_get("id")?,
            note: row.try_get("note")?,
            created_by: row.try_get("created_by")?,
            created_ms: row.try_get("created_ms")?,
            expires_ms: row.try_get("expires_ms")?,
        })
    };
    rows.iter().map(link).collect()
}

/// Ends one of a shipment's links; says whether it was there.
pub(crate) async fn revoke(
    tx: &mut TenantTx,
    shipment: ShipmentId,
    id: Uuid,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "DELETE FROM links WHERE tenant_id = $1 AND shipment_id = $2 AND id = $3 AND expires_ms > $4",
    )
    .bind(tenant.0)
    .bind(shipment.0)
    .bind(id)
    .bind(now_ms)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whose shipment a token opens, by its hash: before the tenant is known.
pub(crate) async fn open(
    tx: &mut SystemTx,
    digest: &[u8; 32],
    now_ms: i64,
) -> Result<Option<(TenantId, ShipmentId)>, sqlx::Error> {
    let row: Option<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT tenant_id, shipment_id FROM links WHERE digest = $1 AND expires_ms > $2",
    )
    .bind(digest.as_slice())
    .bind(now_ms)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(tenant, shipment)| (TenantId(tenant), ShipmentId(shipment))))
}

/// What a shipment's row says to who has a link. Times are milliseconds with their offset in minutes.
pub(crate) struct Outside {
    pub(crate) reference: String,
    pub(crate) carrier: Option<String>,
    pub(crate) status: String,
    pub(crate) direction: String,
    pub(crate) since: Option<(i64, i16)>,
    pub(crate) delivered: Option<(i64, i16)>,
    pub(crate) promised_ms: Option<i64>,
    pub(crate) updated_ms: i64,
}

/// A shipment's row, if it is there still.
pub(crate) async fn outside(
    tx: &mut TenantTx,
    id: ShipmentId,
) -> Result<Option<Outside>, sqlx::Error> {
    let tenant = tx.tenant();
    let row = sqlx::query(
        "SELECT reference, coalesce(order_carrier, reporter) AS carrier, status, direction, since_ms, since_offset_min,
                delivered_ms, delivered_offset_min, promised_ms, updated_ms
           FROM shipments WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(id.0)
    .fetch_optional(tx.conn())
    .await?;
    let moment = |row: &PgRow, ms: &str, offset_min: &str| {
        let ms: Option<i64> = row.try_get(ms)?;
        Ok::<_, sqlx::Error>(ms.zip(row.try_get(offset_min)?))
    };
    let outside = |row: PgRow| {
        Ok(Outside {
            reference: row.try_get("reference")?,
            carrier: row.try_get("carrier")?,
            status: row.try_get("status")?,
            direction: row.try_get("direction")?,
            since: moment(&row, "since_ms", "since_offset_min")?,
            delivered: moment(&row, "delivered_ms", "delivered_offset_min")?,
            promised_ms: row.try_get("promised_ms")?,
            updated_ms: row.try_get("updated_ms")?,
        })
    };
    row.map(outside).transpose()
}

/// A shipment's facts with their places, of more than `max` the latest.
pub(crate) async fn seen(
    tx: &mut TenantTx,
    id: ShipmentId,
    max: i64,
) -> Result<Vec<(Fact, Option<wire::Place>)>, sqlx::Error> {
    let tenant = tx.tenant();
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {FACT_COLUMNS}, data FROM facts
          WHERE tenant_id = $1 AND shipment_id = $2 ORDER BY instant_ms DESC, id LIMIT $3"
    )))
    .bind(tenant.0)
    .bind(id.0)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    let seen = |row: &PgRow| {
        let milestone: wire::Milestone = serde_json::from_str(row.try_get("data")?)
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        Ok((fact(row)?, milestone.place))
    };
    rows.iter().map(seen).collect()
}
