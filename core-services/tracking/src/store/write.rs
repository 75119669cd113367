//! What the consumer loads and writes, in batches.
//!
//! Loads go through `LATERAL … OFFSET 0`: one look-up by index for each of the batch, whatever the planner believes of a table's
//! size. A plan that was made when the table was small reads the whole tenant for every batch (docs/adr/0007).

use std::collections::{BTreeMap, BTreeSet};

use caravan_model::{Reference, TenantId};
use caravan_tenancy::SystemTx;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::promises::Ordered;
use super::{FACT_COLUMNS, fact};
use crate::arrival::Arrival;
use crate::domain::{Fact, Merge, ShipmentId, Sight, Standing};

/// A shipment's row.
pub(crate) struct Shipment<'a> {
    pub(crate) id: ShipmentId,
    pub(crate) main: &'a Reference,
    pub(crate) standing: Standing,
    pub(crate) facts: usize,
    pub(crate) updated_ms: i64,
    pub(crate) created_ms: i64,
    pub(crate) ordered: &'a Ordered,
    pub(crate) reporter: Option<&'a str>,
    pub(crate) sight: &'a Sight,
    /// When the clock has to be asked.
    pub(crate) watch_ms: Option<i64>,
}

/// What is stored of a shipment, besides its facts.
pub(crate) struct Main {
    pub(crate) id: ShipmentId,
    pub(crate) main: Reference,
    /// Without the orders' numbers.
    pub(crate) ordered: Ordered,
    pub(crate) reporter: Option<String>,
}

/// Which shipments the identifying references belong to, as far as they are stored.
pub(crate) async fn known(
    tx: &mut SystemTx,
    tenant: TenantId,
    wanted: &BTreeSet<&Reference>,
) -> Result<BTreeMap<Reference, ShipmentId>, sqlx::Error> {
    let kinds: Vec<&str> = wanted.iter().map(|reference| reference.kind.as_str()).collect();
    let values: Vec<&str> = wanted.iter().map(|reference| reference.value.as_str()).collect();
    let rows: Vec<(String, String, Uuid)> = sqlx::query_as(
        "SELECT r.kind, r.value, r.shipment_id
           FROM unnest($2::text[], $3::text[]) AS w (kind, value)
          CROSS JOIN LATERAL (
            SELECT kind, value, shipment_id FROM shipment_references
             WHERE tenant_id = $1 AND kind = w.kind AND value = w.value AND identifies OFFSET 0) AS r",
    )
    .bind(tenant.0)
    .bind(kinds)
    .bind(values)
    .fetch_all(tx.conn())
    .await?;
    let entry = |(kind, value, id)| (Reference { kind, value }, ShipmentId(id));
    Ok(rows.into_iter().map(entry).collect())
}

/// What the stored ones of `ids` are called. Their rows are held until the turn is undone or the transaction ends, taken in the order of
/// their ids.
pub(crate) async fn mains(
    tx: &mut SystemTx,
    tenant: TenantId,
    ids: &BTreeSet<ShipmentId>,
) -> Result<Vec<Main>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT s.* FROM unnest($2::uuid[]) AS w (id)
          CROSS JOIN LATERAL (
            SELECT id, reference_kind, reference, promised_ms, order_carrier, mode, lane, reporter FROM shipments
             WHERE tenant_id = $1 AND id = w.id OFFSET 0 FOR NO KEY UPDATE) AS s",
    )
    .bind(tenant.0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Main {
                id: ShipmentId(row.try_get("id")?),
                main: Reference {
                    kind: row.try_get("reference_kind")?,
                    value: row.try_get("reference")?,
                },
                ordered: Ordered {
                    promised_ms: row.try_get("promised_ms")?,
                    carrier: row.try_get("order_carrier")?,
                    mode: row.try_get("mode")?,
                    lane: row.try_get("lane")?,
                    orders: BTreeSet::new(),
                },
                reporter: row.try_get("reporter")?,
            })
        })
        .collect()
}

/// Every fact of these shipments.
pub(crate) async fn facts(
    tx: &mut SystemTx,
    tenant: TenantId,
    ids: &[ShipmentId],
) -> Result<Vec<(ShipmentId, Fact)>, sqlx::Error> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT f.* FROM unnest($2::uuid[]) AS w (shipment_id)
          CROSS JOIN LATERAL (
            SELECT shipment_id, {FACT_COLUMNS} FROM facts WHERE tenant_id = $1 AND shipment_id = w.shipment_id OFFSET 0) AS f"
    )))
    .bind(tenant.0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(|row| Ok((ShipmentId(row.try_get("shipment_id")?), fact(row)?))).collect()
}

/// Inserts shipments or brings them up to date.
pub(crate) async fn write_shipments(
    tx: &mut SystemTx,
    tenant: TenantId,
    shipments: &[Shipment<'_>],
) -> Result<(), sqlx::Error> {
    let since = |s: &Shipment<'_>| s.standing.since;
    let delivered = |s: &Shipment<'_>| s.standing.delivered_at;
    let all = shipments.iter();
    sqlx::query(
        "INSERT INTO shipments
           (tenant_id, id, reference_kind, reference, status, direction, since_ms, since_offset_min,
            delivered_ms, delivered_offset_min, facts, updated_ms, promised_ms, eta_ms, watch_ms,
            created_ms, order_carrier, mode, reporter, lane)
         SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::smallint[],
                                  $9::bigint[], $10::smallint[], $11::int[], $12::bigint[], $13::bigint[], $14::bigint[],
                                  $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[],
                                  $20::text[])
         ON CONFLICT (tenant_id, id) DO UPDATE SET
           reference_kind = excluded.reference_kind, reference = excluded.reference, status = excluded.status,
           direction = excluded.direction, since_ms = excluded.since_ms, since_offset_min = excluded.since_offset_min,
           delivered_ms = excluded.delivered_ms, delivered_offset_min = excluded.delivered_offset_min,
           facts = excluded.facts, updated_ms = excluded.updated_ms, promised_ms = excluded.promised_ms,
           eta_ms = excluded.eta_ms, watch_ms = excluded.watch_ms, created_ms = excluded.created_ms,
           order_carrier = excluded.order_carrier, mode = excluded.mode, reporter = excluded.reporter, lane = excluded.lane",
    )
    .bind(tenant.0)
    .bind(all.clone().map(|s| s.id.0).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.main.kind.as_str()).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.main.value.as_str()).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.standing.status.as_str()).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.standing.direction.as_str()).collect::<Vec<_>>())
    .bind(all.clone().map(|s| since(s).map(|at| at.instant_ms)).collect::<Vec<_>>())
    .bind(all.clone().map(|s| since(s).map(|at| at.offset_min)).collect::<Vec<_>>())
    .bind(all.clone().map(|s| delivered(s).map(|at| at.instant_ms)).collect::<Vec<_>>())
    .bind(all.clone().map(|s| delivered(s).map(|at| at.offset_min)).collect::<Vec<_>>())
    .bind(all.clone().map(|s| i32::try_from(s.facts).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.updated_ms).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.sight.promised_ms).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.sight.eta_ms).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.watch_ms).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.created_ms).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.ordered.carrier.as_deref()).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.ordered.mode.as_deref()).collect::<Vec<_>>())
    .bind(all.clone().map(|s| s.reporter).collect::<Vec<_>>())
    .bind(all.map(|s| s.ordered.lane.as_deref()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Gives the losers' facts and references to their survivors, which are stored, and deletes the losers.
pub(crate) async fn merge(
    tx: &mut SystemTx,
    tenant: TenantId,
    merges: &[Merge],
) -> Result<(), sqlx::Error> {
    if merges.is_empty() {
        return Ok(());
    }
    let losers: Vec<Uuid> = merges.iter().map(|merge| merge.loser.0).collect();
    let survivors: Vec<Uuid> = merges.iter().map(|merge| merge.survivor.0).collect();
    let statements = [
        "UPDATE facts AS f SET shipment_id = m.survivor FROM unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor)
          WHERE f.tenant_id = $1 AND f.shipment_id = m.loser",
        // What identifies belongs to one shipment only, so it can be handed over as it is.
        "UPDATE shipment_references AS r SET shipment_id = m.survivor
           FROM unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor)
          WHERE r.tenant_id = $1 AND r.shipment_id = m.loser AND r.identifies",
        // The others may be the survivor's already.
        "INSERT INTO shipment_references (tenant_id, kind, value, shipment_id, identifies)
         SELECT DISTINCT $1, r.kind, r.value, m.survivor, false
           FROM shipment_references r JOIN unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor) ON r.shipment_id = m.loser
          WHERE r.tenant_id = $1
         ON CONFLICT DO NOTHING",
        "DELETE FROM shipment_references AS r USING unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor)
          WHERE r.tenant_id = $1 AND r.shipment_id = m.loser",
        "UPDATE etas AS e SET shipment_id = m.survivor FROM unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor)
          WHERE e.tenant_id = $1 AND e.shipment_id = m.loser",
        "UPDATE links AS l SET shipment_id = m.survivor FROM unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor)
          WHERE l.tenant_id = $1 AND l.shipment_id = m.loser",
        // Learnt anew from what the survivor comes to.
        "DELETE FROM eta_outcomes AS o USING unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor)
          WHERE o.tenant_id = $1 AND o.shipment_id = m.loser",
        "DELETE FROM shipments AS s USING unnest($2::uuid[], $3::uuid[]) AS m (loser, survivor)
          WHERE s.tenant_id = $1 AND s.id = m.loser",
    ];
    for statement in statements {
        sqlx::query(statement)
            .bind(tenant.0)
            .bind(&losers)
            .bind(&survivors)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// Adds references, each with its shipment and whether it identifies it. Returns how many that identify were not there.
pub(crate) async fn write_references(
    tx: &mut SystemTx,
    tenant: TenantId,
    references: &BTreeSet<(&Reference, ShipmentId, bool)>,
) -> Result<i64, sqlx::Error> {
    let all = references.iter();
    sqlx::query_scalar(
        "WITH new AS (
           INSERT INTO shipment_references (tenant_id, kind, value, shipment_id, identifies)
           SELECT $1, * FROM unnest($2::text[], $3::text[], $4::uuid[], $5::boolean[])
           ON CONFLICT DO NOTHING
           RETURNING identifies)
         SELECT count(*) FILTER (WHERE identifies) FROM new",
    )
    .bind(tenant.0)
    .bind(all.clone().map(|(reference, ..)| reference.kind.as_str()).collect::<Vec<_>>())
    .bind(all.clone().map(|(reference, ..)| reference.value.as_str()).collect::<Vec<_>>())
    .bind(all.clone().map(|(_, id, _)| id.0).collect::<Vec<_>>())
    .bind(all.map(|(.., identifies)| *identifies).collect::<Vec<_>>())
    .fetch_one(tx.conn())
    .await
}

/// The numbers of a shipment, at most a thousand.
pub(crate) async fn references_of(
    tx: &mut SystemTx,
    tenant: TenantId,
    id: ShipmentId,
) -> Result<Vec<Reference>, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT kind, value FROM shipment_references WHERE tenant_id = $1 AND shipment_id = $2
          ORDER BY kind, value LIMIT 1000",
    )
    .bind(tenant.0)
    .bind(id.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(kind, value)| Reference { kind, value }).collect())
}

/// Adds facts; one that is there already stays as it is.
pub(crate) async fn write_facts(
    tx: &mut SystemTx,
    tenant: TenantId,
    facts: &[(ShipmentId, &Arrival<'_>)],
) -> Result<(), sqlx::Error> {
    let all = facts.iter();
    let of = || facts.iter().map(|(_, arrival)| &arrival.fact);
    sqlx::query(
        "INSERT INTO facts
           (tenant_id, shipment_id, id, fact_key, status, classifier, direction, scope_kind, scope_id,
            instant_ms, offset_min, zone, recorded_ms, connection_id, document, data, reason, place)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                                  $10::bigint[], $11::smallint[], $12::text[], $13::bigint[], $14::uuid[], $15::bytea[], $16::text[],
                                  $17::text[], $18::text[])
         ON CONFLICT (tenant_id, shipment_id, id) DO NOTHING",
    )
    .bind(tenant.0)
    .bind(all.clone().map(|(shipment, _)| shipment.0).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.id.0).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.key.0).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.status.as_str()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.classifier.as_str()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.direction.as_str()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.scope.kind.as_str()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.scope.id.as_deref()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.at.instant_ms).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.at.offset_min).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.at.zone.as_str()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.recorded_ms).collect::<Vec<_>>())
    .bind(all.clone().map(|(_, arrival)| arrival.envelope.connection.0).collect::<Vec<_>>())
    .bind(all.clone().map(|(_, arrival)| arrival.envelope.document.0.as_slice()).collect::<Vec<_>>())
    .bind(all.map(|(_, arrival)| arrival.envelope.data.as_str()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.reason.as_deref()).collect::<Vec<_>>())
    .bind(of().map(|fact| fact.place.as_deref()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}
