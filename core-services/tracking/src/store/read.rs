//! What the HTTP side reads.

use caravan_events::wire;
use caravan_model::{ConnectionId, DocumentHash, Reference, TenantId};
use caravan_tenancy::TenantTx;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{FACT_COLUMNS, fact};
use crate::domain::{Fact, ShipmentId};

/// A shipment that a reference may mean, and the reference by which it does.
pub(crate) struct Candidate {
    pub(crate) id: ShipmentId,
    pub(crate) kind: String,
    pub(crate) main: Reference,
}

/// A fact with everything that is shown of it.
pub(crate) struct FactRow {
    pub(crate) fact: Fact,
    pub(crate) connection: ConnectionId,
    pub(crate) document: DocumentHash,
    pub(crate) milestone: wire::Milestone,
}

/// A shipment's row, as listed. Times are milliseconds with their offset in minutes.
pub(crate) struct Listed {
    pub(crate) id: ShipmentId,
    pub(crate) reference: Reference,
    pub(crate) status: String,
    pub(crate) direction: String,
    pub(crate) since: Option<(i64, i16)>,
    pub(crate) delivered: Option<(i64, i16)>,
    pub(crate) facts: i32,
    pub(crate) updated_ms: i64,
}

/// The shipments that are known by `value`, at most `max`; one row for each kind under which they are.
pub(crate) async fn candidates(
    tx: &mut TenantTx,
    value: &str,
    kind: Option<&str>,
    max: i64,
) -> Result<Vec<Candidate>, sqlx::Error> {
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, String, String, String)> = sqlx::query_as(
        "SELECT r.shipment_id, r.kind, s.reference_kind, s.reference
           FROM shipment_references r JOIN shipments s ON s.tenant_id = r.tenant_id AND s.id = r.shipment_id
          WHERE r.tenant_id = $1 AND r.value = $2 AND ($3::text IS NULL OR r.kind = $3)
          ORDER BY s.reference_kind, s.reference, r.kind LIMIT $4",
    )
    .bind(tenant.0)
    .bind(value)
    .bind(kind)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    let candidate = |(id, kind, main_kind, main)| Candidate {
        id: ShipmentId(id),
        kind,
        main: Reference { kind: main_kind, value: main },
    };
    Ok(rows.into_iter().map(candidate).collect())
}

/// Every reference of a shipment, at most `max`.
pub(crate) async fn references(
    tx: &mut TenantTx,
    id: ShipmentId,
    max: i64,
) -> Result<Vec<Reference>, sqlx::Error> {
    let tenant = tx.tenant();
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT kind, value FROM shipment_references WHERE tenant_id = $1 AND shipment_id = $2
          ORDER BY kind, value LIMIT $3",
    )
    .bind(tenant.0)
    .bind(id.0)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(kind, value)| Reference { kind, value }).collect())
}

/// A shipment's facts, of more than `max` the latest.
pub(crate) async fn milestones(
    tx: &mut TenantTx,
    id: ShipmentId,
    max: i64,
) -> Result<Vec<FactRow>, sqlx::Error> {
    let tenant = tx.tenant();
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {FACT_COLUMNS}, connection_id, document, data FROM facts
          WHERE tenant_id = $1 AND shipment_id = $2 ORDER BY instant_ms DESC, id LIMIT $3"
    )))
    .bind(tenant.0)
    .bind(id.0)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(fact_row).collect()
}

fn fact_row(row: &PgRow) -> Result<FactRow, sqlx::Error> {
    let decode = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
    let document = <[u8; 32]>::try_from(row.try_get::<&[u8], _>("document")?);
    Ok(FactRow {
        fact: fact(row)?,
        connection: ConnectionId(row.try_get("connection_id")?),
        document: DocumentHash(document.map_err(|error| decode(Box::new(error)))?),
        milestone: serde_json::from_str(row.try_get("data")?)
            .map_err(|error| decode(Box::new(error)))?,
    })
}

/// A tenant's shipments, the last updated first, behind `after` (an update time and an id), at most `max`.
pub(crate) async fn list(
    tx: &mut TenantTx,
    status: Option<&str>,
    after: Option<(i64, Uuid)>,
    max: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    let (after_ms, after_id) = after.unzip();
    let rows = sqlx::query(
        "SELECT id, reference_kind, reference, status, direction, since_ms, since_offset_min, delivered_ms,
                delivered_offset_min, facts, updated_ms
           FROM shipments
          WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2)
            AND ($3::bigint IS NULL OR updated_ms < $3 OR (updated_ms = $3 AND id > $4))
          ORDER BY updated_ms DESC, id LIMIT $5",
    )
    .bind(tenant)
    .bind(status)
    .bind(after_ms)
    .bind(after_id)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &PgRow) -> Result<Listed, sqlx::Error> {
    let time = |ms: &str, offset: &str| {
        let ms: Option<i64> = row.try_get(ms)?;
        Ok::<_, sqlx::Error>(ms.zip(row.try_get(offset)?))
    };
    Ok(Listed {
        id: ShipmentId(row.try_get("id")?),
        reference: Reference {
            kind: row.try_get("reference_kind")?,
            value: row.try_get("reference")?,
        },
        status: row.try_get("status")?,
        direction: row.try_get("direction")?,
        since: time("since_ms", "since_offset_min")?,
        delivered: time("delivered_ms", "delivered_offset_min")?,
        facts: row.try_get("facts")?,
        updated_ms: row.try_get("updated_ms")?,
    })
}
