//! Orders by id and number, their history, and the counts by state.

use std::collections::BTreeMap;

use caravan_model::{Said, TenantId};
use caravan_tenancy::SystemTx;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use super::{ORDER_COLUMNS, Unreadable, decode, document, order, state};
use crate::domain::{Action, By, Entry, Order, OrderId, State};

/// Most lines of a history that are shown.
const HISTORY_MAX: i64 = 2_000;

/// One order; `lock` keeps everybody else from changing it until the transaction ends.
pub(crate) async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: OrderId,
    lock: bool,
) -> Result<Option<Order>, sqlx::Error> {
    let lock = if lock { "FOR UPDATE" } else { "" };
    let row = sqlx::query(AssertSqlSafe(format!(
        "SELECT {ORDER_COLUMNS} FROM orders o WHERE o.tenant_id = $1 AND o.id = $2 {lock}"
    )))
    .bind(tenant.0)
    .bind(id.0)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(order).transpose()
}

/// The order with this number, locked.
pub(crate) async fn by_number(
    connection: &mut PgConnection,
    tenant: TenantId,
    number: &str,
) -> Result<Option<Order>, sqlx::Error> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "SELECT {ORDER_COLUMNS} FROM orders o WHERE o.tenant_id = $1 AND o.number = $2 FOR UPDATE"
    )))
    .bind(tenant.0)
    .bind(number)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(order).transpose()
}

/// Which orders have these numbers.
pub(crate) async fn ids_by_numbers(
    connection: &mut PgConnection,
    tenant: TenantId,
    numbers: &[String],
) -> Result<BTreeMap<String, OrderId>, sqlx::Error> {
    let rows: Vec<(String, Uuid)> =
        // One look-up by index for each, whatever the planner believes of the table's size (docs/adr/0007).
        sqlx::query_as(
            "SELECT o.* FROM unnest($2::text[]) AS w (number)
              CROSS JOIN LATERAL (SELECT number, id FROM orders WHERE tenant_id = $1 AND number = w.number OFFSET 0) AS o",
        )
        .bind(tenant.0)
        .bind(numbers)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(number, id)| (number, OrderId(id))).collect())
}

/// The orders with these ids, locked in the ids' order.
pub(crate) async fn by_ids(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[OrderId],
) -> Result<Vec<Order>, sqlx::Error> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {ORDER_COLUMNS} FROM orders o WHERE o.tenant_id = $1 AND o.id = ANY ($2) ORDER BY o.id FOR UPDATE"
    )))
    .bind(tenant.0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.iter().map(order).collect()
}

/// An order's history, oldest line first.
pub(crate) async fn history(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: OrderId,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT version, action, from_state, to_state, actor, reason, reason_kind, reason_values, document, at_ms FROM order_history
          WHERE tenant_id = $1 AND order_id = $2 ORDER BY version LIMIT $3",
    )
    .bind(tenant.0)
    .bind(id.0)
    .bind(HISTORY_MAX)
    .fetch_all(connection)
    .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &PgRow) -> Result<Entry, sqlx::Error> {
    let action: &str = row.try_get("action")?;
    let from: Option<&str> = row.try_get("from_state")?;
    let unknown = || decode(Unreadable { what: "action", text: action.to_owned() });
    Ok(Entry {
        version: row.try_get("version")?,
        action: Action::parse(action).ok_or_else(unknown)?,
        from: from.map(state).transpose()?,
        to: state(row.try_get("to_state")?)?,
        by: By {
            actor: row.try_get("actor")?,
            at_ms: row.try_get("at_ms")?,
            reason: reason(row)?,
            document: document(row.try_get("document")?)?,
        },
    })
}

fn reason(row: &PgRow) -> Result<Option<Said>, sqlx::Error> {
    let Some(text) = row.try_get("reason")? else { return Ok(None) };
    let values: Option<Json<BTreeMap<String, String>>> = row.try_get("reason_values")?;
    let values = values.map(|Json(values)| values).unwrap_or_default();
    Ok(Some(Said { text, kind: row.try_get("reason_kind")?, values }))
}

/// How many of the tenant's orders stand in each state; states without any are there with 0.
pub(crate) async fn counts(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<(State, i64)>, sqlx::Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT state, sum(delta)::bigint FROM order_counts WHERE tenant_id = $1 GROUP BY state",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await?;
    let of = |state: &State| {
        rows.iter().find(|(text, _)| text == state.as_str()).map_or(0, |(_, count)| *count)
    };
    Ok(State::ALL.iter().map(|state| (*state, of(state))).collect())
}

/// Adds up the changes of the counts, of every tenant, if there are more than `rows_max` rows of them.
///
/// A reader sees either the rows that are added up or their sum; another who adds up waits, finds them gone and adds nothing.
pub(crate) async fn sum_up_counts(tx: &mut SystemTx, rows_max: i64) -> Result<(), sqlx::Error> {
    let many: bool = sqlx::query_scalar(
        "SELECT count(*) > $1 FROM (SELECT 1 FROM order_counts LIMIT $1 + 1) AS few",
    )
    .bind(rows_max)
    .fetch_one(tx.conn())
    .await?;
    if !many {
        return Ok(());
    }
    sqlx::query(
        "WITH gone AS (DELETE FROM order_counts RETURNING tenant_id, state, delta)
         INSERT INTO order_counts (tenant_id, state, delta)
         SELECT tenant_id, state, sum(delta) FROM gone GROUP BY tenant_id, state HAVING sum(delta) <> 0",
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
