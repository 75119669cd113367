//! What is expected, each word of it, and what earlier deliveries came to.

use std::collections::BTreeMap;

use caravan_model::{RecordId, TenantId};
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::domain::ShipmentId;
use crate::domain::eta::{Eta, Interval, SAMPLE_MAX, SAMPLE_MIN, Source, Spread};

/// Most words about one shipment that are read; of more, the last ones.
const TOLD_MAX: i64 = 1_000;

fn eta(row: &PgRow) -> Result<Eta, sqlx::Error> {
    let source: &str = row.try_get("source")?;
    let unknown = || sqlx::Error::Decode(format!("{source:?} is no source of an ETA").into());
    let earliest_ms: Option<i64> = row.try_get("earliest_ms")?;
    let latest_ms: Option<i64> = row.try_get("latest_ms")?;
    let sample: Option<i32> = row.try_get("sample")?;
    let interval = earliest_ms.zip(latest_ms).zip(sample);
    let why: &str = row.try_get("why")?;
    let milestone: Option<Uuid> = row.try_get("milestone_id")?;
    Ok(Eta {
        source: Source::parse(source).ok_or_else(unknown)?,
        at_ms: row.try_get("at_ms")?,
        interval: interval.map(|((earliest_ms, latest_ms), sample)| Interval {
            earliest_ms,
            latest_ms,
            sample: sample.into(),
        }),
        why: ["announced", "computed", "withdrawn"]
            .into_iter()
            .find(|word| *word == why)
            .unwrap_or("over"),
        basis: row.try_get("basis")?,
        milestone: milestone.map(RecordId),
        told_ms: row.try_get("told_ms")?,
    })
}

/// Every word about these shipments, the first first.
pub(crate) async fn told(
    tx: &mut SystemTx,
    tenant: TenantId,
    shipments: &[ShipmentId],
) -> Result<BTreeMap<ShipmentId, Vec<Eta>>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT e.* FROM unnest($2::uuid[]) AS w (shipment_id)
          CROSS JOIN LATERAL (
            SELECT * FROM etas WHERE tenant_id = $1 AND shipment_id = w.shipment_id ORDER BY id DESC LIMIT $3) AS e
          ORDER BY e.shipment_id, e.id",
    )
    .bind(tenant.0)
    .bind(shipments.iter().map(|id| id.0).collect::<Vec<_>>())
    .bind(TOLD_MAX)
    .fetch_all(tx.conn())
    .await?;
    let mut told: BTreeMap<ShipmentId, Vec<Eta>> = BTreeMap::new();
    for row in &rows {
        told.entry(ShipmentId(row.try_get("shipment_id")?)).or_default().push(eta(row)?);
    }
    Ok(told)
}

/// Every word about one shipment, the first first, for whoever asks.
pub(crate) async fn history(tx: &mut TenantTx, id: ShipmentId) -> Result<Vec<Eta>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    let mut rows = sqlx::query(
        "SELECT * FROM etas WHERE tenant_id = $1 AND shipment_id = $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(tenant)
    .bind(id.0)
    .bind(TOLD_MAX)
    .fetch_all(tx.conn())
    .await?;
    rows.reverse();
    rows.iter().map(eta).collect()
}

/// Adds words, in their order.
pub(crate) async fn tell(
    tx: &mut SystemTx,
    tenant: TenantId,
    told: &[(ShipmentId, Eta)],
) -> Result<(), sqlx::Error> {
    if told.is_empty() {
        return Ok(());
    }
    let all = || told.iter().map(|(_, eta)| eta);
    let interval = |of: fn(Interval) -> i64| -> Vec<Option<i64>> {
        all().map(|eta| eta.interval.map(of)).collect()
    };
    sqlx::query(
        "INSERT INTO etas (tenant_id, id, shipment_id, source, at_ms, earliest_ms, latest_ms, sample, why, basis, milestone_id, told_ms)
         SELECT $1, id, shipment_id, source, at_ms, earliest_ms, latest_ms, sample::integer, why, basis, milestone_id, told_ms
           FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[],
                       $10::text[], $11::uuid[], $12::bigint[])
             AS w (id, shipment_id, source, at_ms, earliest_ms, latest_ms, sample, why, basis, milestone_id, told_ms)",
    )
    .bind(tenant.0)
    .bind(told.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(told.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
    .bind(all().map(|eta| eta.source.as_str()).collect::<Vec<_>>())
    .bind(all().map(|eta| eta.at_ms).collect::<Vec<_>>())
    .bind(interval(|interval| interval.earliest_ms))
    .bind(interval(|interval| interval.latest_ms))
    .bind(interval(|interval| interval.sample))
    .bind(all().map(|eta| eta.why).collect::<Vec<_>>())
    .bind(all().map(|eta| eta.basis.as_deref()).collect::<Vec<_>>())
    .bind(all().map(|eta| eta.milestone.map(|id| id.0)).collect::<Vec<_>>())
    .bind(all().map(|eta| eta.told_ms).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What is learnt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome<'a> {
    pub(crate) shipment: ShipmentId,
    /// `transit` or `error`.
    pub(crate) kind: &'static str,
    /// The lane, or the lead.
    pub(crate) class: &'a str,
    pub(crate) carrier: &'a str,
    pub(crate) value_ms: i64,
    pub(crate) delivered_ms: i64,
}

/// Learns from deliveries what they came to, and nothing any more from those that are not.
pub(crate) async fn learn(
    tx: &mut SystemTx,
    tenant: TenantId,
    changed: &[ShipmentId],
    outcomes: &[Outcome<'_>],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM eta_outcomes AS o USING unnest($2::uuid[]) AS w (id) WHERE o.tenant_id = $1 AND o.shipment_id = w.id",
    )
    .bind(tenant.0)
    .bind(changed.iter().map(|id| id.0).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    let all = outcomes.iter();
    sqlx::query(
        "INSERT INTO eta_outcomes (tenant_id, shipment_id, kind, class, carrier, value_ms, delivered_ms)
         SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])",
    )
    .bind(tenant.0)
    .bind(all.clone().map(|one| one.shipment.0).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.kind).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.class).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.carrier).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.value_ms).collect::<Vec<_>>())
    .bind(all.map(|one| one.delivered_ms).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// How a carrier's last deliveries of a class are spread; none while they are too few.
pub(crate) async fn spread(
    connection: &mut PgConnection,
    tenant: TenantId,
    (kind, class, carrier): (&str, &str, &str),
) -> Result<Option<Spread>, sqlx::Error> {
    let (sample, points): (i64, Option<Vec<i64>>) = sqlx::query_as(
        "SELECT count(*), percentile_disc(ARRAY[0.1, 0.5, 0.9]::float8[]) WITHIN GROUP (ORDER BY value_ms) FROM (
           SELECT value_ms FROM eta_outcomes
            WHERE tenant_id = $1 AND kind = $2 AND class = $3 AND carrier = $4 AND value_ms IS NOT NULL
            ORDER BY delivered_ms DESC LIMIT $5) AS last",
    )
    .bind(tenant.0)
    .bind(kind)
    .bind(class)
    .bind(carrier)
    .bind(SAMPLE_MAX)
    .fetch_one(connection)
    .await?;
    let points = points.filter(|_| sample >= SAMPLE_MIN).unwrap_or_default();
    Ok(match points.as_slice() {
        [tenth_ms, half_ms, nine_tenths_ms] => Some(Spread {
            sample,
            tenth_ms: *tenth_ms,
            half_ms: *half_ms,
            nine_tenths_ms: *nine_tenths_ms,
        }),
        _ => None,
    })
}
