//! What milestones say about numbers, kept until an order is far enough to take it.
//!
//! A consumer that keeps a milestone and a caller who gives an order its LR must not pass each other unseen. The consumer holds
//! the tenant's lock alone, callers share it, and whoever comes second sees what the first one wrote.

use std::collections::BTreeMap;

use caravan_model::{Reference, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{decode, encode};
use crate::domain::{Delivery, Movement, OrderId, Revocation};
use crate::wire::{OrderDelivery, OrderRevocation, moment};

/// Most orders that one batch's numbers may mean: a vehicle carries many, but not all.
const ORDERS_MAX: i64 = 10_000;

/// Keeps everybody else out of what the tenant's orders and milestones have in common, until the transaction ends.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<(), sqlx::Error> {
    advise(
        connection,
        tenant,
        "SELECT pg_advisory_xact_lock(hashtextextended('caravan.order.' || $1, 0))",
    )
    .await
}

/// Keeps the consumer out, and no other caller.
pub(crate) async fn lock_shared(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<(), sqlx::Error> {
    advise(
        connection,
        tenant,
        "SELECT pg_advisory_xact_lock_shared(hashtextextended('caravan.order.' || $1, 0))",
    )
    .await
}

async fn advise(
    connection: &mut PgConnection,
    tenant: TenantId,
    statement: &'static str,
) -> Result<(), sqlx::Error> {
    sqlx::query(statement).bind(tenant.to_string()).execute(connection).await.map(drop)
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct MovementText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    departed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivered: Option<OrderDelivery>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<OrderRevocation>,
}

fn text(movement: &Movement) -> Result<String, sqlx::Error> {
    encode(&MovementText {
        departed: movement.departed.map(|at| at.to_rfc3339()),
        delivered: movement.delivered.as_ref().map(OrderDelivery::from),
        revoked: movement.revoked.map(OrderRevocation::from),
    })
}

fn read(text: &str) -> Result<Movement, sqlx::Error> {
    let stored: MovementText = serde_json::from_str(text).map_err(decode)?;
    Ok(Movement {
        departed: stored.departed.as_deref().and_then(moment),
        delivered: stored.delivered.map(Delivery::try_from).transpose().map_err(decode)?,
        revoked: stored.revoked.map(Revocation::try_from).transpose().map_err(decode)?,
    })
}

/// Which orders go by these numbers: pairs of a reference and an order.
pub(crate) async fn orders_by_references(
    connection: &mut PgConnection,
    tenant: TenantId,
    references: &[&Reference],
) -> Result<Vec<(Reference, OrderId)>, sqlx::Error> {
    let rows: Vec<(String, String, Uuid)> = sqlx::query_as(
        "SELECT r.kind, r.value, r.order_id
           FROM unnest($2::text[], $3::text[]) AS w (kind, value)
          CROSS JOIN LATERAL (
            SELECT kind, value, order_id FROM order_references
             WHERE tenant_id = $1 AND kind = w.kind AND value = w.value OFFSET 0) AS r
          LIMIT $4",
    )
    .bind(tenant.0)
    .bind(references.iter().map(|reference| reference.kind.as_str()).collect::<Vec<_>>())
    .bind(references.iter().map(|reference| reference.value.as_str()).collect::<Vec<_>>())
    .bind(ORDERS_MAX)
    .fetch_all(connection)
    .await?;
    let pair = |(kind, value, id)| (Reference { kind, value }, OrderId(id));
    Ok(rows.into_iter().map(pair).collect())
}

/// What is kept for these numbers.
pub(crate) async fn kept_movements(
    connection: &mut PgConnection,
    tenant: TenantId,
    references: &[&Reference],
) -> Result<BTreeMap<Reference, Movement>, sqlx::Error> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT m.kind, m.value, m.movement
           FROM unnest($2::text[], $3::text[]) AS w (kind, value)
          CROSS JOIN LATERAL (
            SELECT kind, value, movement FROM movements
             WHERE tenant_id = $1 AND kind = w.kind AND value = w.value OFFSET 0) AS m",
    )
    .bind(tenant.0)
    .bind(references.iter().map(|reference| reference.kind.as_str()).collect::<Vec<_>>())
    .bind(references.iter().map(|reference| reference.value.as_str()).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    let entry = |(kind, value, text): (String, String, String)| {
        Ok((Reference { kind, value }, read(&text)?))
    };
    rows.into_iter().map(entry).collect()
}

/// Adds what was heard to what is kept. The caller holds the tenant's lock alone.
pub(crate) async fn keep_movements(
    connection: &mut PgConnection,
    tenant: TenantId,
    heard: &BTreeMap<&Reference, Movement>,
) -> Result<(), sqlx::Error> {
    if heard.is_empty() {
        return Ok(());
    }
    let references: Vec<&Reference> = heard.keys().copied().collect();
    let known = kept_movements(&mut *connection, tenant, &references).await?;
    let mut rows = Vec::with_capacity(heard.len());
    for (reference, new) in heard {
        let old = known.get(*reference);
        let mut sum = old.cloned().unwrap_or_default();
        sum.add(new);
        if old != Some(&sum) {
            rows.push((*reference, text(&sum)?));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO movements (tenant_id, kind, value, movement)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])
         ON CONFLICT (tenant_id, kind, value) DO UPDATE SET movement = excluded.movement",
    )
    .bind(tenant.0)
    .bind(rows.iter().map(|(reference, _)| reference.kind.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(reference, _)| reference.value.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}
