//! What the HTTP side reads.

use caravan_events::wire;
use caravan_model::{ConnectionId, DocumentHash, Reference};
use caravan_tenancy::TenantTx;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{FACT_COLUMNS, fact, thresholds};
use crate::domain::thresholds::{Limits, Thresholds};
use crate::domain::{Fact, ShipmentId, words};

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
           FROM (SELECT shipment_id FROM shipment_terms WHERE tenant_id = $1 AND term = $5 OFFSET 0) AS t
          CROSS JOIN LATERAL (
            SELECT shipment_id, kind FROM shipment_references
             WHERE tenant_id = $1 AND shipment_id = t.shipment_id AND value = $2 AND ($3::text IS NULL OR kind = $3) OFFSET 0) AS r
          CROSS JOIN LATERAL (
            SELECT reference_kind, reference FROM shipments WHERE tenant_id = $1 AND id = r.shipment_id OFFSET 0) AS s
          ORDER BY s.reference_kind, s.reference, r.kind LIMIT $4",
    )
    .bind(tenant.0)
    .bind(value)
    .bind(kind)
    .bind(max)
    .bind(words::number(value))
    .fetch_all(tx.conn())
    .await?;
    let candidate = |(id, kind, main_kind, main)| Candidate {
        id: ShipmentId(id),
        kind,
        main: Reference { kind: main_kind, value: main },
    };
    Ok(rows.into_iter().map(candidate).collect())
}

/// What is known of a shipment besides its facts.
pub(crate) struct Outline {
    /// Its numbers.
    pub(crate) references: Vec<Reference>,
    pub(crate) promised_ms: Option<i64>,
    /// The tenant's thresholds for how it travels.
    pub(crate) limits: Limits,
    /// Whether an exception of it is open.
    pub(crate) is_wrong: bool,
    /// Whether anybody ever expected its delivery.
    pub(crate) is_expected: bool,
}

/// A shipment's outline in one question, with at most `max` references.
pub(crate) async fn outline(
    tx: &mut TenantTx,
    id: ShipmentId,
    max: i64,
) -> Result<Outline, sqlx::Error> {
    let tenant = tx.tenant();
    let row = sqlx::query(
        "SELECT promised_ms, mode, (SELECT data FROM thresholds WHERE tenant_id = $1) AS thresholds,
                ARRAY(SELECT kind FROM shipment_references WHERE tenant_id = $1 AND shipment_id = $2
                       ORDER BY kind, value LIMIT $3) AS kinds,
                ARRAY(SELECT value FROM shipment_references WHERE tenant_id = $1 AND shipment_id = $2
                       ORDER BY kind, value LIMIT $3) AS reference_values,
                EXISTS (SELECT 1 FROM exceptions WHERE tenant_id = $1 AND shipment_id = $2 AND status = 'open') AS is_wrong,
                EXISTS (SELECT 1 FROM etas WHERE tenant_id = $1 AND shipment_id = $2) AS is_expected
           FROM shipments WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(id.0)
    .bind(max)
    .fetch_one(tx.conn())
    .await?;
    let kinds: Vec<String> = row.try_get("kinds")?;
    let values: Vec<String> = row.try_get("reference_values")?;
    let said: Option<&str> = row.try_get("thresholds")?;
    let said = said.map(thresholds::read).transpose()?.unwrap_or_default();
    let mode: Option<&str> = row.try_get("mode")?;
    let reference = |(kind, value)| Reference { kind, value };
    Ok(Outline {
        references: kinds.into_iter().zip(values).map(reference).collect(),
        promised_ms: row.try_get("promised_ms")?,
        limits: Thresholds::from(&said).of(mode),
        is_wrong: row.try_get("is_wrong")?,
        is_expected: row.try_get("is_expected")?,
    })
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
