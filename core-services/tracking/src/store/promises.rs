//! What orders say of shipments, under the numbers that both go by.

use std::collections::{BTreeMap, BTreeSet};

use caravan_model::{Reference, TenantId};
use caravan_tenancy::SystemTx;
use uuid::Uuid;

use crate::domain::words;

/// What the orders say that go by one number, or by one of a shipment's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ordered {
    /// Of several promises the earliest, since one that is late is enough.
    pub(crate) promised_ms: Option<i64>,
    /// By the order that spoke last.
    pub(crate) carrier: Option<String>,
    pub(crate) mode: Option<String>,
    /// From where to where.
    pub(crate) lane: Option<String>,
    /// Their numbers.
    pub(crate) orders: BTreeSet<String>,
}

impl Ordered {
    /// Adds what others say; what is known of carrier, mode and lane stays.
    pub(crate) fn add(&mut self, other: &Self) {
        self.promised_ms = self.promised_ms.into_iter().chain(other.promised_ms).min();
        self.carrier = self.carrier.take().or_else(|| other.carrier.clone());
        self.mode = self.mode.take().or_else(|| other.mode.clone());
        self.lane = self.lane.take().or_else(|| other.lane.clone());
        self.orders.extend(other.orders.iter().cloned());
    }
}

/// What an order says, in one of its events.
pub(crate) struct Word<'a> {
    pub(crate) order: &'a str,
    pub(crate) told_ms: i64,
    pub(crate) references: &'a [&'a Reference],
    pub(crate) latest_ms: Option<i64>,
    pub(crate) carrier: Option<&'a str>,
    pub(crate) mode: Option<&'a str>,
    pub(crate) lane: Option<&'a str>,
}

/// What is said under these references.
pub(crate) async fn under(
    tx: &mut SystemTx,
    tenant: TenantId,
    wanted: &BTreeSet<&Reference>,
) -> Result<BTreeMap<Reference, Ordered>, sqlx::Error> {
    type Text = Option<String>;
    type Row = (String, String, String, Option<i64>, Text, Text, Text);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT w.kind, w.value, p.order_number, p.latest_ms, p.carrier, p.mode, p.lane
           FROM unnest($2::text[], $3::text[]) AS w (kind, value)
          CROSS JOIN LATERAL (
            SELECT order_number, latest_ms, carrier, mode, lane, told_ms FROM promises
             WHERE tenant_id = $1 AND kind = w.kind AND value = w.value OFFSET 0) AS p
          ORDER BY p.told_ms DESC, p.order_number",
    )
    .bind(tenant.0)
    .bind(wanted.iter().map(|reference| reference.kind.as_str()).collect::<Vec<_>>())
    .bind(wanted.iter().map(|reference| reference.value.as_str()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut under: BTreeMap<Reference, Ordered> = BTreeMap::new();
    for (kind, value, order, promised_ms, carrier, mode, lane) in rows {
        let orders = BTreeSet::from([order]);
        let said = Ordered { promised_ms, carrier, mode, lane, orders };
        under.entry(Reference { kind, value }).or_default().add(&said);
    }
    Ok(under)
}

/// Takes an order at its word: what it said before under other numbers is gone, and the shipments that go, or went, by its numbers
/// are looked at. An older word than the last one changes nothing.
pub(crate) async fn take(
    tx: &mut SystemTx,
    tenant: TenantId,
    word: &Word<'_>,
) -> Result<(), sqlx::Error> {
    let said: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT kind, value, told_ms FROM promises WHERE tenant_id = $1 AND order_number = $2 AND told_ms >= 0",
    )
    .bind(tenant.0)
    .bind(word.order)
    .fetch_all(tx.conn())
    .await?;
    if said.iter().any(|(.., told_ms)| *told_ms > word.told_ms) {
        return Ok(());
    }
    let before = said.into_iter().map(|(kind, value, _)| Reference { kind, value });
    let before: BTreeSet<Reference> = before.collect();
    let now: BTreeSet<&Reference> = word.references.iter().copied().collect();
    let gone: Vec<&Reference> = before.iter().filter(|one| !now.contains(one)).collect();
    forget(tx, tenant, word.order, &gone).await?;
    let now: Vec<&Reference> = now.into_iter().collect();
    remember(tx, tenant, word, &now).await?;
    let touched: Vec<&Reference> = now.iter().chain(&gone).copied().collect();
    let by = shipments_by(tx, tenant, &touched).await?;
    if by.is_empty() {
        return Ok(());
    }
    let ids = by.iter().filter(|(reference, _)| now.contains(&reference)).map(|(_, id)| *id);
    find_by_order(tx, tenant, &words::number(word.order), &ids.collect()).await?;
    look(tx, tenant, &by.into_iter().map(|(_, id)| id).collect()).await
}

fn kinds<'a>(references: &[&'a Reference]) -> Vec<&'a str> {
    references.iter().map(|reference| reference.kind.as_str()).collect()
}

fn values<'a>(references: &[&'a Reference]) -> Vec<&'a str> {
    references.iter().map(|reference| reference.value.as_str()).collect()
}

async fn forget(
    tx: &mut SystemTx,
    tenant: TenantId,
    order: &str,
    gone: &[&Reference],
) -> Result<(), sqlx::Error> {
    if gone.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM promises AS p USING unnest($3::text[], $4::text[]) AS w (kind, value)
          WHERE p.tenant_id = $1 AND p.order_number = $2 AND p.kind = w.kind AND p.value = w.value",
    )
    .bind(tenant.0)
    .bind(order)
    .bind(kinds(gone))
    .bind(values(gone))
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn remember(
    tx: &mut SystemTx,
    tenant: TenantId,
    word: &Word<'_>,
    now: &[&Reference],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO promises (tenant_id, kind, value, order_number, latest_ms, told_ms, carrier, mode, lane)
         SELECT $1::uuid, kind, value, $4, $5::bigint, $6::bigint, $7, $8, $9
           FROM unnest($2::text[], $3::text[]) AS w (kind, value)
         ON CONFLICT (tenant_id, kind, value, order_number) DO UPDATE
            SET latest_ms = excluded.latest_ms, told_ms = excluded.told_ms, carrier = excluded.carrier, mode = excluded.mode,
                lane = excluded.lane",
    )
    .bind(tenant.0)
    .bind(kinds(now))
    .bind(values(now))
    .bind(word.order)
    .bind(word.latest_ms)
    .bind(word.told_ms)
    .bind(word.carrier)
    .bind(word.mode)
    .bind(word.lane)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The shipments that go by these references, each with the one by which it does.
async fn shipments_by(
    tx: &mut SystemTx,
    tenant: TenantId,
    references: &[&Reference],
) -> Result<Vec<(Reference, Uuid)>, sqlx::Error> {
    let rows: Vec<(String, String, Uuid)> = sqlx::query_as(
        "SELECT w.kind, w.value, r.shipment_id FROM unnest($2::text[], $3::text[]) AS w (kind, value)
          CROSS JOIN LATERAL (
            SELECT shipment_id FROM shipment_references
             WHERE tenant_id = $1 AND kind = w.kind AND value = w.value AND identifies OFFSET 0) AS r",
    )
    .bind(tenant.0)
    .bind(kinds(references))
    .bind(values(references))
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(kind, value, id)| (Reference { kind, value }, id)).collect())
}

/// Has shipments found by their order's number, too. One that leaves the order stays so: a word more loses nothing.
async fn find_by_order(
    tx: &mut SystemTx,
    tenant: TenantId,
    term: &str,
    shipments: &BTreeSet<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO shipment_terms (tenant_id, term, shipment_id)
         SELECT $1, $2, id FROM unnest($3::uuid[]) AS w (id) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(term)
    .bind(shipments.iter().copied().collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Brings what orders say to these shipments, and has those for which it is new looked at.
async fn look(
    tx: &mut SystemTx,
    tenant: TenantId,
    shipments: &BTreeSet<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE shipments s SET promised_ms = n.latest_ms, order_carrier = n.carrier, mode = n.mode, lane = n.lane, watch_ms = 0
           FROM unnest($2::uuid[]) AS of (id)
          CROSS JOIN LATERAL (
            SELECT min(p.latest_ms) AS latest_ms,
                   (array_agg(p.carrier ORDER BY p.told_ms DESC, p.order_number) FILTER (WHERE p.carrier IS NOT NULL))[1] AS carrier,
                   (array_agg(p.mode ORDER BY p.told_ms DESC, p.order_number) FILTER (WHERE p.mode IS NOT NULL))[1] AS mode,
                   (array_agg(p.lane ORDER BY p.told_ms DESC, p.order_number) FILTER (WHERE p.lane IS NOT NULL))[1] AS lane
              FROM shipment_references r JOIN promises p ON p.tenant_id = $1 AND p.kind = r.kind AND p.value = r.value
             WHERE r.tenant_id = $1 AND r.shipment_id = of.id AND r.identifies) AS n
          WHERE s.tenant_id = $1 AND s.id = of.id
            AND (s.promised_ms, s.order_carrier, s.mode, s.lane)
                IS DISTINCT FROM (n.latest_ms, n.carrier, n.mode, n.lane)",
    )
    .bind(tenant.0)
    .bind(shipments.iter().copied().collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}
