//! Exceptions, and the shipments that the clock may make wrong.

use std::collections::BTreeMap;

use caravan_model::{Said, TenantId};
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use crate::domain::{Found, ShipmentId, Trouble};

/// An exception's row.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) id: Uuid,
    pub(crate) shipment: ShipmentId,
    pub(crate) reference: String,
    pub(crate) cause: String,
    pub(crate) since_ms: i64,
    pub(crate) rule: String,
    pub(crate) detail: String,
    pub(crate) is_open: bool,
    pub(crate) owner: Option<String>,
    pub(crate) snoozed_until_ms: Option<i64>,
    pub(crate) opened_ms: i64,
    pub(crate) resolved_ms: Option<i64>,
    pub(crate) resolved_by: Option<String>,
    pub(crate) resolution: Option<Said>,
    pub(crate) version: i32,
}

/// One line of an exception's history.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) action: String,
    pub(crate) actor: String,
    pub(crate) text: Option<Said>,
    pub(crate) at_ms: i64,
}

/// What one column says, with the kind and the values that may stand beside it.
fn said(row: &PgRow, [text, kind, values]: [&str; 3]) -> Result<Option<Said>, sqlx::Error> {
    let Some(text) = row.try_get(text)? else { return Ok(None) };
    let values: Option<Json<BTreeMap<String, String>>> = row.try_get(values)?;
    let values = values.map(|Json(values)| values).unwrap_or_default();
    Ok(Some(Said { text, kind: row.try_get(kind)?, values }))
}

fn exception(row: &PgRow) -> Result<Exception, sqlx::Error> {
    let status: &str = row.try_get("status")?;
    Ok(Exception {
        id: row.try_get("id")?,
        shipment: ShipmentId(row.try_get("shipment_id")?),
        reference: row.try_get("reference")?,
        cause: row.try_get("cause")?,
        since_ms: row.try_get("since_ms")?,
        rule: row.try_get("rule")?,
        detail: row.try_get("detail")?,
        is_open: status == "open",
        owner: row.try_get("owner")?,
        snoozed_until_ms: row.try_get("snoozed_until_ms")?,
        opened_ms: row.try_get("opened_ms")?,
        resolved_ms: row.try_get("resolved_ms")?,
        resolved_by: row.try_get("resolved_by")?,
        resolution: said(row, ["resolution", "resolution_kind", "resolution_values"])?,
        version: row.try_get("version")?,
    })
}

/// Every exception of these shipments, resolved ones too, by age.
pub(crate) async fn all(
    connection: &mut PgConnection,
    tenant: TenantId,
    shipments: &[Uuid],
) -> Result<Vec<Exception>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT e.* FROM unnest($2::uuid[]) AS w (shipment_id)
          CROSS JOIN LATERAL (
            SELECT * FROM exceptions WHERE tenant_id = $1 AND shipment_id = w.shipment_id OFFSET 0) AS e
          ORDER BY e.id",
    )
    .bind(tenant.0)
    .bind(shipments)
    .fetch_all(connection)
    .await?;
    rows.iter().map(exception).collect()
}

/// The open exceptions of these shipments.
pub(crate) async fn open(
    connection: &mut PgConnection,
    tenant: TenantId,
    shipments: &[Uuid],
) -> Result<Vec<Exception>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT e.* FROM unnest($2::uuid[]) AS w (shipment_id)
          CROSS JOIN LATERAL (
            SELECT * FROM exceptions WHERE tenant_id = $1 AND shipment_id = w.shipment_id AND status = 'open' OFFSET 0) AS e",
    )
    .bind(tenant.0)
    .bind(shipments)
    .fetch_all(connection)
    .await?;
    rows.iter().map(exception).collect()
}

/// An exception that is to be opened.
pub(crate) struct Opening<'a> {
    pub(crate) shipment: ShipmentId,
    pub(crate) reference: &'a str,
    pub(crate) at_ms: i64,
    pub(crate) found: Found,
}

/// Opens exceptions, and again those that facts had ended; one that a person ended by the same facts stays as it is. Answers those
/// that are open now and were not, each with when.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    openings: &[Opening<'_>],
) -> Result<Vec<(Exception, i64)>, sqlx::Error> {
    if openings.is_empty() {
        return Ok(Vec::new());
    }
    let all = openings.iter();
    let ids: Vec<Uuid> = all.clone().map(|_| Uuid::now_v7()).collect();
    let rows = sqlx::query(
        "WITH asked AS (
           SELECT * FROM unnest($2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[])
             AS w (at_ms, id, shipment_id, reference, cause, since_ms, rule, detail)),
         new AS (
           INSERT INTO exceptions (tenant_id, opened_ms, id, shipment_id, reference, cause, since_ms, rule, detail)
           SELECT $1, asked.* FROM asked
           ON CONFLICT (tenant_id, shipment_id, cause, since_ms) DO UPDATE
              SET status = 'open', version = exceptions.version + 1, resolved_ms = NULL, resolved_by = NULL, resolution = NULL,
                  resolution_kind = NULL, resolution_values = NULL
            WHERE exceptions.status = 'resolved' AND exceptions.resolved_by = 'system'
           RETURNING *),
         timed AS (
           SELECT new.*, asked.at_ms FROM new JOIN asked USING (shipment_id, cause, since_ms)),
         told AS (
           INSERT INTO exception_history (tenant_id, exception_id, version, action, actor, text, at_ms)
           SELECT tenant_id, id, version, CASE version WHEN 1 THEN 'opened' ELSE 'reopened' END, 'system', detail, at_ms FROM timed)
         SELECT * FROM timed ORDER BY id",
    )
    .bind(tenant.0)
    .bind(all.clone().map(|one| one.at_ms).collect::<Vec<_>>())
    .bind(ids)
    .bind(all.clone().map(|one| one.shipment.0).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.reference).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.found.trouble.as_str()).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.found.since_ms).collect::<Vec<_>>())
    .bind(all.clone().map(|one| one.found.rule).collect::<Vec<_>>())
    .bind(all.map(|one| one.found.detail.as_str()).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((exception(row)?, row.try_get("at_ms")?))).collect()
}

/// Gives an exception to another shipment, with a line about it.
pub(crate) async fn hand_over(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    (shipment, reference): (ShipmentId, &str),
    text: &Said,
    at_ms: i64,
) -> Result<Exception, sqlx::Error> {
    let row = sqlx::query(
        "WITH moved AS (
           UPDATE exceptions SET shipment_id = $3, reference = $4, version = version + 1
            WHERE tenant_id = $1 AND id = $2 RETURNING *),
         told AS (
           INSERT INTO exception_history (tenant_id, exception_id, version, action, actor, text, at_ms, text_kind, text_values)
           SELECT tenant_id, id, version, 'moved', 'system', $5, $6, $7, $8 FROM moved)
         SELECT * FROM moved",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(shipment.0)
    .bind(reference)
    .bind(&text.text)
    .bind(at_ms)
    .bind(&text.kind)
    .bind(text.named().map(Json))
    .fetch_one(connection)
    .await?;
    exception(&row)
}

/// Repeats in the history of `to` what people did about `from`.
pub(crate) async fn copy_words(
    connection: &mut PgConnection,
    tenant: TenantId,
    from: Uuid,
    to: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH lines AS (
           SELECT row_number() OVER (ORDER BY version)::int AS nth, action, actor, text, at_ms FROM exception_history
            WHERE tenant_id = $1 AND exception_id = $2 AND actor <> 'system'),
         copied AS (
           INSERT INTO exception_history (tenant_id, exception_id, version, action, actor, text, at_ms)
           SELECT e.tenant_id, e.id, e.version + l.nth, l.action, l.actor, l.text, l.at_ms
             FROM exceptions e CROSS JOIN lines l WHERE e.tenant_id = $1 AND e.id = $3)
         UPDATE exceptions SET version = version + (SELECT count(*)::int FROM lines) WHERE tenant_id = $1 AND id = $3",
    )
    .bind(tenant.0)
    .bind(from)
    .bind(to)
    .execute(connection)
    .await
    .map(drop)
}

/// What is done to an exception.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change<'a> {
    pub(crate) action: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) text: Option<Said>,
    pub(crate) at_ms: i64,
    pub(crate) owner: Option<&'a str>,
    pub(crate) snoozed_until_ms: Option<i64>,
    pub(crate) is_open: bool,
}

/// Writes an exception's new state and the line about it; it then is as returned.
pub(crate) async fn change(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    change: &Change<'_>,
) -> Result<Exception, sqlx::Error> {
    let row = sqlx::query(
        "WITH changed AS (
           UPDATE exceptions
              SET version = version + 1, owner = $3, snoozed_until_ms = $4, status = CASE WHEN $5 THEN 'open' ELSE 'resolved' END,
                  resolved_ms = CASE WHEN $5 THEN NULL WHEN status = 'resolved' THEN resolved_ms ELSE $6 END,
                  resolved_by = CASE WHEN $5 THEN NULL WHEN status = 'resolved' THEN resolved_by ELSE $7 END,
                  resolution = CASE WHEN $5 THEN NULL WHEN status = 'resolved' THEN resolution ELSE $8 END,
                  resolution_kind = CASE WHEN $5 THEN NULL WHEN status = 'resolved' THEN resolution_kind ELSE $10 END,
                  resolution_values = CASE WHEN $5 THEN NULL WHEN status = 'resolved' THEN resolution_values ELSE $11 END
            WHERE tenant_id = $1 AND id = $2 RETURNING *),
         told AS (
           INSERT INTO exception_history (tenant_id, exception_id, version, action, actor, text, at_ms, text_kind, text_values)
           SELECT tenant_id, id, version, $9, $7, $8, $6, $10, $11 FROM changed)
         SELECT * FROM changed",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(change.owner)
    .bind(change.snoozed_until_ms)
    .bind(change.is_open)
    .bind(change.at_ms)
    .bind(change.actor)
    .bind(change.text.as_ref().map(|said| said.text.as_str()))
    .bind(change.action)
    .bind(change.text.as_ref().and_then(|said| said.kind.as_deref()))
    .bind(change.text.as_ref().and_then(|said| said.named()).map(Json))
    .fetch_one(connection)
    .await?;
    exception(&row)
}

/// One exception, locked when it is to be changed.
pub(crate) async fn one(
    tx: &mut TenantTx,
    id: Uuid,
    lock: bool,
) -> Result<Option<Exception>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    let lock = if lock { "FOR UPDATE" } else { "" };
    let query = format!("SELECT * FROM exceptions WHERE tenant_id = $1 AND id = $2 {lock}");
    let row =
        sqlx::query(AssertSqlSafe(query)).bind(tenant).bind(id).fetch_optional(tx.conn()).await?;
    row.as_ref().map(exception).transpose()
}

/// An exception's history, the first line first.
pub(crate) async fn history(tx: &mut TenantTx, id: Uuid) -> Result<Vec<Line>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    let rows = sqlx::query(
        "SELECT action, actor, text, text_kind, text_values, at_ms FROM exception_history
          WHERE tenant_id = $1 AND exception_id = $2 ORDER BY version LIMIT 1000",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Line {
                action: row.try_get("action")?,
                actor: row.try_get("actor")?,
                text: said(row, ["text", "text_kind", "text_values"])?,
                at_ms: row.try_get("at_ms")?,
            })
        })
        .collect()
}

/// What a list of exceptions is narrowed by.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// `open` (snoozed ones left out), `snoozed` or `resolved`; all without.
    pub(crate) status: Option<&'static str>,
    pub(crate) cause: Option<&'static str>,
    pub(crate) owner: Option<String>,
    pub(crate) reference: Option<String>,
}

/// A tenant's exceptions, newest first, behind `after`.
pub(crate) async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<Uuid>,
    rows: i64,
    now_ms: i64,
) -> Result<Vec<Exception>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    let found = sqlx::query(
        "SELECT * FROM exceptions
          WHERE tenant_id = $1 AND opened_ms >= 0 AND ($2::text IS NULL OR status = CASE WHEN $2 = 'resolved' THEN 'resolved' ELSE 'open' END)
            AND CASE $2 WHEN 'open' THEN coalesce(snoozed_until_ms, 0) <= $7 WHEN 'snoozed' THEN snoozed_until_ms > $7 ELSE true END
            AND ($3::text IS NULL OR cause = $3) AND ($4::text IS NULL OR owner = $4)
            AND ($5::text IS NULL OR reference = $5) AND ($6::uuid IS NULL OR id < $6)
          ORDER BY id DESC LIMIT $8",
    )
    .bind(tenant)
    .bind(filter.status)
    .bind(filter.cause)
    .bind(&filter.owner)
    .bind(&filter.reference)
    .bind(after)
    .bind(now_ms)
    .bind(rows)
    .fetch_all(tx.conn())
    .await?;
    found.iter().map(exception).collect()
}

/// How many are open by cause, and how many of these are snoozed.
pub(crate) async fn counts(
    tx: &mut TenantTx,
    now_ms: i64,
) -> Result<Vec<(String, i64, i64)>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    sqlx::query_as(
        "SELECT cause, count(*), count(*) FILTER (WHERE snoozed_until_ms > $2) FROM exceptions
          WHERE tenant_id = $1 AND status = 'open' GROUP BY cause ORDER BY cause",
    )
    .bind(tenant)
    .bind(now_ms)
    .fetch_all(tx.conn())
    .await
}

/// How many shipments stand where.
pub(crate) async fn standing_counts(tx: &mut TenantTx) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    sqlx::query_as(
        "SELECT status, sum(delta)::bigint FROM shipment_counts WHERE tenant_id = $1
          GROUP BY status HAVING sum(delta) <> 0 ORDER BY status",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await
}

/// Adds up the changes of the counts, of every tenant, if there are more than `rows_max` rows of them.
///
/// A reader sees either the rows that are added up or their sum; another who adds up waits, finds them gone and adds nothing.
pub(crate) async fn sum_up_counts(tx: &mut SystemTx, rows_max: i64) -> Result<(), sqlx::Error> {
    let many: bool = sqlx::query_scalar(
        "SELECT count(*) > $1 FROM (SELECT 1 FROM shipment_counts LIMIT $1 + 1) AS few",
    )
    .bind(rows_max)
    .fetch_one(tx.conn())
    .await?;
    if !many {
        return Ok(());
    }
    sqlx::query(
        "WITH gone AS (DELETE FROM shipment_counts RETURNING tenant_id, status, delta)
         INSERT INTO shipment_counts (tenant_id, status, delta)
         SELECT tenant_id, status, sum(delta) FROM gone GROUP BY tenant_id, status HAVING sum(delta) <> 0",
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The tenants with shipments that are due, at most `max` shipments in all.
pub(crate) async fn due(
    tx: &mut SystemTx,
    now_ms: i64,
    max: i64,
) -> Result<BTreeMap<TenantId, Vec<Uuid>>, sqlx::Error> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT tenant_id, id FROM shipments WHERE watch_ms <= $1 ORDER BY watch_ms LIMIT $2",
    )
    .bind(now_ms)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    let mut by_tenant: BTreeMap<TenantId, Vec<Uuid>> = BTreeMap::new();
    for (tenant, id) in rows {
        by_tenant.entry(TenantId(tenant)).or_default().push(id);
    }
    Ok(by_tenant)
}

/// Notes when these shipments are to be looked at again.
pub(crate) async fn watch_again(
    tx: &mut SystemTx,
    tenant: TenantId,
    next: &[(ShipmentId, Option<i64>)],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE shipments s SET watch_ms = n.watch_ms FROM unnest($2::uuid[], $3::bigint[]) AS n (id, watch_ms)
          WHERE s.tenant_id = $1 AND s.id = n.id",
    )
    .bind(tenant.0)
    .bind(next.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
    .bind(next.iter().map(|(_, at)| *at).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A cause by its word.
pub(crate) fn cause(text: &str) -> Option<&'static str> {
    Trouble::parse(text).map(Trouble::as_str)
}
