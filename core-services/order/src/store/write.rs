//! Changes of orders, whole batches at a time, each in a handful of statements.

use std::collections::BTreeSet;

use caravan_model::{Reference, TenantId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{encode, tenders};
use crate::domain::{Entry, Order, terms};
use crate::invariants;
use crate::wire::{OrderIn, Stored};

/// An order before and after, and the lines of its history in between.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// None for a new order.
    pub(crate) before: Option<Order>,
    pub(crate) after: Order,
    pub(crate) entries: Vec<Entry>,
}

/// Writes `changes`: the orders, their history, and what they are found by. The caller holds the orders' locks.
pub(crate) async fn save(
    connection: &mut PgConnection,
    tenant: TenantId,
    changes: &[Change],
) -> Result<(), sqlx::Error> {
    debug_assert!(changes.iter().all(|change| invariants::broken(&change.after).is_none()));
    let (new, old): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| change.before.is_none());
    insert(connection, tenant, &new).await?;
    update(connection, tenant, &old).await?;
    write_history(connection, tenant, changes).await?;
    write_references(connection, tenant, changes).await?;
    write_terms(connection, tenant, changes).await?;
    tenders::write(connection, tenant, changes).await
}

/// The orders' rows as one array a column.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    number: Vec<String>,
    kind: Vec<&'static str>,
    state: Vec<&'static str>,
    held_from: Vec<Option<&'static str>>,
    version: Vec<i32>,
    connection: Vec<Option<Uuid>>,
    digest: Vec<Option<Vec<u8>>>,
    carrier: Vec<Option<String>>,
    pickup_ms: Vec<Option<i64>>,
    content: Vec<String>,
    progress: Vec<String>,
    created_ms: Vec<i64>,
    updated_ms: Vec<i64>,
}

impl Columns {
    fn of(changes: &[&Change]) -> Result<Self, sqlx::Error> {
        let mut columns = Self::default();
        for Change { after: order, .. } in changes {
            columns.id.push(order.id.0);
            columns.number.push(order.content.number.clone());
            columns.kind.push(order.content.kind.as_str());
            columns.state.push(order.state.as_str());
            columns.held_from.push(order.held_from.map(crate::domain::State::as_str));
            columns.version.push(order.version);
            columns.connection.push(order.connection.map(|connection| connection.0));
            columns.digest.push(order.source_digest.map(|digest| digest.to_vec()));
            columns.carrier.push(order.carrier().map(str::to_lowercase));
            columns.pickup_ms.push(order.content.pickup_at().map(|at| at.instant_ms));
            columns.content.push(encode(&OrderIn::from(&order.content))?);
            columns.progress.push(encode(&Stored::from(&order.progress))?);
            columns.created_ms.push(order.created_ms);
            columns.updated_ms.push(order.updated_ms);
        }
        Ok(columns)
    }
}

async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    changes: &[&Change],
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(changes)?;
    sqlx::query(
        "INSERT INTO orders
           (tenant_id, id, number, kind, state, held_from, version, connection_id, source_digest, carrier, pickup_ms,
            content, progress, created_ms, updated_ms)
         SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::uuid[],
                                  $9::bytea[], $10::text[], $11::bigint[], $12::text[], $13::text[], $14::bigint[], $15::bigint[])",
    )
    .bind(tenant.0)
    .bind(columns.id)
    .bind(columns.number)
    .bind(columns.kind)
    .bind(columns.state)
    .bind(columns.held_from)
    .bind(columns.version)
    .bind(columns.connection)
    .bind(columns.digest)
    .bind(columns.carrier)
    .bind(columns.pickup_ms)
    .bind(columns.content)
    .bind(columns.progress)
    .bind(columns.created_ms)
    .bind(columns.updated_ms)
    .execute(connection)
    .await
    .map(drop)
}

async fn update(
    connection: &mut PgConnection,
    tenant: TenantId,
    changes: &[&Change],
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(changes)?;
    sqlx::query(
        "UPDATE orders o
            SET state = n.state, held_from = n.held_from, version = n.version, connection_id = n.connection_id,
                source_digest = n.source_digest, carrier = n.carrier, pickup_ms = n.pickup_ms, content = n.content,
                progress = n.progress, updated_ms = n.updated_ms, number = n.number, kind = n.kind
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::uuid[],
                       $9::bytea[], $10::text[], $11::bigint[], $12::text[], $13::text[], $14::bigint[])
             AS n (id, number, kind, state, held_from, version, connection_id, source_digest, carrier, pickup_ms,
                   content, progress, updated_ms)
          WHERE o.tenant_id = $1 AND o.id = n.id",
    )
    .bind(tenant.0)
    .bind(columns.id)
    .bind(columns.number)
    .bind(columns.kind)
    .bind(columns.state)
    .bind(columns.held_from)
    .bind(columns.version)
    .bind(columns.connection)
    .bind(columns.digest)
    .bind(columns.carrier)
    .bind(columns.pickup_ms)
    .bind(columns.content)
    .bind(columns.progress)
    .bind(columns.updated_ms)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_history(
    connection: &mut PgConnection,
    tenant: TenantId,
    changes: &[Change],
) -> Result<(), sqlx::Error> {
    let all = || changes.iter().flat_map(|change| change.entries.iter().map(move |e| (change, e)));
    let entries = || all().map(|(_, entry)| entry);
    let reasons = || entries().map(|entry| entry.by.reason.as_ref());
    if all().next().is_none() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO order_history
           (tenant_id, order_id, version, action, from_state, to_state, actor, reason, reason_kind, reason_values, document, at_ms)
         SELECT $1, * FROM unnest($2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                                  $9::text[], $10::jsonb[], $11::bytea[], $12::bigint[])",
    )
    .bind(tenant.0)
    .bind(all().map(|(change, _)| change.after.id.0).collect::<Vec<_>>())
    .bind(entries().map(|entry| entry.version).collect::<Vec<_>>())
    .bind(entries().map(|entry| entry.action.as_str()).collect::<Vec<_>>())
    .bind(entries().map(|entry| entry.from.map(crate::domain::State::as_str)).collect::<Vec<_>>())
    .bind(entries().map(|entry| entry.to.as_str()).collect::<Vec<_>>())
    .bind(entries().map(|entry| entry.by.actor.as_str()).collect::<Vec<_>>())
    .bind(reasons().map(|reason| Some(reason?.text.as_str())).collect::<Vec<_>>())
    .bind(reasons().map(|reason| reason?.kind.as_deref()).collect::<Vec<_>>())
    .bind(reasons().map(|reason| reason?.named().map(Json)).collect::<Vec<_>>())
    .bind(
        entries()
            .map(|entry| entry.by.document.map(|document| document.0.to_vec()))
            .collect::<Vec<_>>(),
    )
    .bind(entries().map(|entry| entry.by.at_ms).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// What of a set came and what went, each with its order.
struct Difference<T> {
    came: Vec<(T, Uuid)>,
    went: Vec<(T, Uuid)>,
}

fn difference<T: Ord>(changes: &[Change], of: impl Fn(&Order) -> BTreeSet<T>) -> Difference<T> {
    let mut all = Difference { came: Vec::new(), went: Vec::new() };
    for change in changes {
        let id = change.after.id.0;
        let mut before = change.before.as_ref().map(&of).unwrap_or_default();
        for value in of(&change.after) {
            if !before.remove(&value) {
                all.came.push((value, id));
            }
        }
        all.went.extend(before.into_iter().map(|value| (value, id)));
    }
    all
}

fn identifying(order: &Order) -> BTreeSet<Reference> {
    order.identifying().into_iter().collect()
}

async fn write_references(
    connection: &mut PgConnection,
    tenant: TenantId,
    changes: &[Change],
) -> Result<(), sqlx::Error> {
    let Difference { came, went } = difference(changes, identifying);
    for (rows, statement) in [
        (
            went,
            "DELETE FROM order_references r USING unnest($2::text[], $3::text[], $4::uuid[]) AS g (kind, value, order_id)
              WHERE r.tenant_id = $1 AND r.kind = g.kind AND r.value = g.value AND r.order_id = g.order_id",
        ),
        (
            came,
            "INSERT INTO order_references (tenant_id, kind, value, order_id)
             SELECT $1, * FROM unnest($2::text[], $3::text[], $4::uuid[]) ON CONFLICT DO NOTHING",
        ),
    ] {
        if rows.is_empty() {
            continue;
        }
        sqlx::query(statement)
            .bind(tenant.0)
            .bind(rows.iter().map(|(reference, _)| reference.kind.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(reference, _)| reference.value.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, id)| *id).collect::<Vec<_>>())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn write_terms(
    connection: &mut PgConnection,
    tenant: TenantId,
    changes: &[Change],
) -> Result<(), sqlx::Error> {
    let Difference { came, went } = difference(changes, terms);
    for (rows, statement) in [
        (
            went,
            "DELETE FROM order_terms t USING unnest($2::text[], $3::uuid[]) AS g (term, order_id)
              WHERE t.tenant_id = $1 AND t.term = g.term AND t.order_id = g.order_id",
        ),
        (
            came,
            "INSERT INTO order_terms (tenant_id, term, order_id)
             SELECT $1, * FROM unnest($2::text[], $3::uuid[]) ON CONFLICT DO NOTHING",
        ),
    ] {
        if rows.is_empty() {
            continue;
        }
        sqlx::query(statement)
            .bind(tenant.0)
            .bind(rows.iter().map(|(term, _)| term.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, id)| *id).collect::<Vec<_>>())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
