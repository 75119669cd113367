//! Shipments, their references and what was reported about them.

use core::str::FromStr as _;
use std::collections::BTreeMap;

use caravan_model::{Status, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::unreadable;
use crate::arrival::{OrderArrival, Report};
use crate::domain::currency::Currency;
use crate::domain::facts::Facts;
use crate::domain::rate::{Rated, Unrated};
use crate::domain::stay::{Happening, stays, time_of};
use crate::wire::shipment::ShipmentFacts;

/// A shipment with everything that money depends on.
#[derive(Debug, Clone)]
pub(crate) struct Shipment {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) carrier: Option<String>,
    pub(crate) cancelled: bool,
    pub(crate) facts: Option<Facts>,
    pub(crate) delivered_ms: Option<i64>,
    /// The price agreed for it alone.
    pub(crate) agreed: Option<(Currency, i64)>,
    pub(crate) rated: Option<(Currency, i64)>,
}

/// Inserts or updates from orders; an older version than the one that is there changes nothing.
pub(crate) async fn put(
    connection: &mut PgConnection,
    tenant: TenantId,
    orders: &[&OrderArrival],
) -> Result<(), sqlx::Error> {
    // The highest version of a batch counts: a statement cannot update a row twice.
    let mut last: BTreeMap<Uuid, &OrderArrival> = BTreeMap::new();
    for order in orders {
        let best = last.entry(order.id).or_insert(order);
        if best.version < order.version {
            *best = order;
        }
    }
    let all = || last.values();
    sqlx::query(
        "INSERT INTO shipments
           (tenant_id, id, number, carrier, order_version, cancelled, ship_date, facts, delivered_ms, agreed_minor,
            agreed_currency, updated_ms)
         SELECT $1, o.id, o.number, o.carrier, o.version, o.cancelled, o.ship_date::date, o.facts, o.delivered_ms, o.minor,
                o.currency, o.at_ms
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::text[], $8::text[], $9::bigint[],
                       $10::bigint[], $11::text[], $12::bigint[])
             AS o (id, number, carrier, version, cancelled, ship_date, facts, delivered_ms, minor, currency, at_ms)
         ON CONFLICT (tenant_id, id) DO UPDATE SET
           number = excluded.number, carrier = excluded.carrier, order_version = excluded.order_version,
           cancelled = excluded.cancelled, ship_date = excluded.ship_date, facts = excluded.facts,
           delivered_ms = excluded.delivered_ms, agreed_minor = excluded.agreed_minor,
           agreed_currency = excluded.agreed_currency, updated_ms = excluded.updated_ms
         WHERE shipments.order_version < excluded.order_version",
    )
    .bind(tenant.0)
    .bind(all().map(|o| o.id).collect::<Vec<_>>())
    .bind(all().map(|o| o.number.as_str()).collect::<Vec<_>>())
    .bind(all().map(|o| o.carrier.as_deref()).collect::<Vec<_>>())
    .bind(all().map(|o| o.version).collect::<Vec<_>>())
    .bind(all().map(|o| o.cancelled).collect::<Vec<_>>())
    .bind(all().map(|o| o.ship_date.map(|date| date.to_string())).collect::<Vec<_>>())
    .bind(all().map(|o| o.facts.as_str()).collect::<Vec<_>>())
    .bind(all().map(|o| o.delivered_ms).collect::<Vec<_>>())
    .bind(all().map(|o| o.agreed.map(|agreed| agreed.1)).collect::<Vec<_>>())
    .bind(all().map(|o| o.agreed.map(|agreed| agreed.0.as_str().to_owned())).collect::<Vec<_>>())
    .bind(all().map(|o| o.at_ms).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    let pairs =
        || orders.iter().flat_map(|o| o.references.iter().map(|reference| (o.id, reference)));
    sqlx::query(
        "INSERT INTO shipment_references (tenant_id, value, kind, shipment_id)
         SELECT DISTINCT $1, r.value, r.kind, r.id FROM unnest($2::text[], $3::text[], $4::uuid[]) AS r (value, kind, id)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(pairs().map(|(_, r)| r.value.as_str()).collect::<Vec<_>>())
    .bind(pairs().map(|(_, r)| r.kind.as_str()).collect::<Vec<_>>())
    .bind(pairs().map(|(id, _)| id).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// Keeps reports, each under all of its references.
pub(crate) async fn report(
    connection: &mut PgConnection,
    tenant: TenantId,
    reports: &[&Report],
) -> Result<(), sqlx::Error> {
    let pairs = || reports.iter().flat_map(|one| one.references.iter().map(move |r| (*one, r)));
    sqlx::query(
        "INSERT INTO happenings (tenant_id, value, kind, id, status, at_ms, recorded_ms)
         SELECT DISTINCT $1, h.* FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[])
             AS h (value, kind, id, status, at_ms, recorded_ms)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(pairs().map(|(_, r)| r.value.as_str()).collect::<Vec<_>>())
    .bind(pairs().map(|(_, r)| r.kind.as_str()).collect::<Vec<_>>())
    .bind(pairs().map(|(one, _)| one.happening.id).collect::<Vec<_>>())
    .bind(pairs().map(|(one, _)| one.happening.status.as_str()).collect::<Vec<_>>())
    .bind(pairs().map(|(one, _)| one.happening.at_ms).collect::<Vec<_>>())
    .bind(pairs().map(|(one, _)| one.happening.recorded_ms).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// The shipments that go by one of these numbers, for each number and kind.
pub(crate) async fn by_references(
    connection: &mut PgConnection,
    tenant: TenantId,
    references: &[(String, String)],
) -> Result<Vec<(String, String, Uuid)>, sqlx::Error> {
    let kinds: Vec<&str> = references.iter().map(|r| r.0.as_str()).collect();
    let values: Vec<&str> = references.iter().map(|r| r.1.as_str()).collect();
    sqlx::query_as(
        "SELECT DISTINCT r.kind, r.value, r.shipment_id
           FROM unnest($2::text[], $3::text[]) AS w (kind, value) CROSS JOIN LATERAL (
             SELECT kind, value, shipment_id FROM shipment_references
              WHERE tenant_id = $1 AND value = w.value AND kind = w.kind OFFSET 0) r",
    )
    .bind(tenant.0)
    .bind(kinds)
    .bind(values)
    .fetch_all(connection)
    .await
}

/// The numbers of shipments, by shipment.
pub(crate) async fn numbers(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<(String, String)>>, sqlx::Error> {
    let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
        "SELECT w.id, r.kind, r.value FROM unnest($2::uuid[]) AS w (id) CROSS JOIN LATERAL (
           SELECT kind, value FROM shipment_references WHERE tenant_id = $1 AND shipment_id = w.id
            ORDER BY kind, value OFFSET 0) r",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<Uuid, Vec<(String, String)>> = BTreeMap::new();
    for (id, kind, value) in rows {
        found.entry(id).or_default().push((kind, value));
    }
    Ok(found)
}

type Row = (
    Uuid,
    String,
    Option<String>,
    bool,
    Option<String>,
    String,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<String>,
);

/// Shipments by id, with their reports folded in.
pub(crate) async fn load(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<Vec<Shipment>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.* FROM (SELECT DISTINCT id FROM unnest($2::uuid[]) AS u (id)) AS w CROSS JOIN LATERAL (
           SELECT id, number, carrier, cancelled, ship_date::text, facts, delivered_ms, agreed_minor, agreed_currency,
                  rated_minor, rated_currency
             FROM shipments WHERE tenant_id = $1 AND id = w.id OFFSET 0) s ORDER BY s.id",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    let reports = happenings(connection, tenant, ids).await?;
    let none = Vec::new();
    let of = |id: Uuid| reports.get(&id).unwrap_or(&none);
    rows.into_iter().map(|row| shipment(&row, of(row.0))).collect()
}

/// What was reported of each shipment under any of its numbers.
async fn happenings(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<Happening>>, sqlx::Error> {
    let rows: Vec<(Uuid, Uuid, String, i64, i64)> = sqlx::query_as(
        "SELECT DISTINCT w.id, h.* FROM unnest($2::uuid[]) AS w (id)
          CROSS JOIN LATERAL (
            SELECT kind, value FROM shipment_references WHERE tenant_id = $1 AND shipment_id = w.id OFFSET 0) r
          CROSS JOIN LATERAL (
            SELECT id, status, at_ms, recorded_ms FROM happenings
             WHERE tenant_id = $1 AND value = r.value AND kind = r.kind OFFSET 0) h",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<Uuid, Vec<Happening>> = BTreeMap::new();
    for (shipment, id, status, at_ms, recorded_ms) in rows {
        let status = Status::from_str(&status).map_err(unreadable)?;
        found.entry(shipment).or_default().push(Happening { recorded_ms, id, status, at_ms });
    }
    Ok(found)
}

fn shipment(row: &Row, reports: &[Happening]) -> Result<Shipment, sqlx::Error> {
    let (
        id,
        number,
        carrier,
        cancelled,
        ship_date,
        facts,
        delivered_ms,
        agreed,
        agreed_in,
        rated,
        rated_in,
    ) = row;
    let facts: ShipmentFacts = serde_json::from_str(facts).map_err(unreadable)?;
    let ship_date = ship_date.as_deref().map(str::parse).transpose().map_err(unreadable)?;
    let mut facts = match (carrier, ship_date) {
        (Some(carrier), Some(date)) => Some(facts.read(carrier, date).map_err(unreadable)?),
        _ => None,
    };
    if let Some(facts) = &mut facts {
        facts.stays = stays(reports);
    }
    let money = |currency: &Option<String>, minor: Option<i64>| {
        currency.as_deref().and_then(Currency::new).zip(minor)
    };
    Ok(Shipment {
        id: *id,
        number: number.clone(),
        carrier: carrier.clone(),
        cancelled: *cancelled,
        facts,
        delivered_ms: delivered_ms.or_else(|| time_of(reports, Status::Delivered)),
        agreed: money(agreed_in, *agreed),
        rated: money(rated_in, *rated),
    })
}

/// Writes what shipments come to now.
pub(crate) async fn write_rated(
    connection: &mut PgConnection,
    tenant: TenantId,
    rated: &[(Uuid, Result<Rated, Unrated>)],
) -> Result<(), sqlx::Error> {
    let ok = || rated.iter().map(|(_, found)| found.as_ref().ok());
    sqlx::query(
        "UPDATE shipments AS s
            SET rated_contract = r.contract, rated_version = r.version, rated_minor = r.minor, rated_currency = r.currency,
                unrated = r.unrated
           FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::bigint[], $6::text[], $7::text[])
             AS r (id, contract, version, minor, currency, unrated)
          WHERE s.tenant_id = $1 AND s.id = r.id",
    )
    .bind(tenant.0)
    .bind(rated.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(ok().map(|found| found.map(|found| found.contract)).collect::<Vec<_>>())
    .bind(ok().map(|found| found.and_then(|found| i32::try_from(found.version).ok())).collect::<Vec<_>>())
    .bind(ok().map(|found| found.map(|found| found.total)).collect::<Vec<_>>())
    .bind(ok().map(|found| found.map(|found| found.currency.as_str().to_owned())).collect::<Vec<_>>())
    .bind(rated.iter().map(|(_, found)| found.as_ref().err().map(Unrated::code)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// The ids behind a day and an id, in that order: a chunk of a job.
pub(crate) async fn chunk(
    connection: &mut PgConnection,
    tenant: TenantId,
    filter: &super::jobs::Job,
    max: i64,
) -> Result<Vec<(String, Uuid)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT ship_date::text, id FROM shipments
          WHERE tenant_id = $1 AND ship_date BETWEEN $2::date AND $3::date AND ($4::text IS NULL OR carrier = $4)
            AND NOT cancelled AND ($5::date IS NULL OR (ship_date, id) > ($5::date, $6))
          ORDER BY ship_date, id LIMIT $7",
    )
    .bind(tenant.0)
    .bind(&filter.from_date)
    .bind(&filter.to_date)
    .bind(&filter.carrier)
    .bind(&filter.at_date)
    .bind(filter.at_id)
    .bind(max)
    .fetch_all(connection)
    .await
}
