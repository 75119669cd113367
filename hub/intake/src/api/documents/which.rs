//! Which document an id names, and where else its bytes came from.

use caravan_tenancy::TenantTx;
use caravan_web::Problem;
use sqlx::{AssertSqlSafe, Row as _};

use super::super::wire::ElsewhereOut;
use super::search::hashes_with;
use crate::documents::{COLUMNS, DocumentRow};

/// Most other connections with the same bytes that are named.
const ELSEWHERE_MAX: i64 = 20;

/// The document of this tenant that `id` names: the first digits of its hash, and behind `@` the connection where several received
/// the same bytes. Without one it is what came last.
pub(super) async fn one(tx: &mut TenantTx, id: &str) -> Result<DocumentRow, Problem> {
    let (digits, connection) = match id.split_once('@') {
        Some((digits, connection)) => (digits, Some(connection)),
        None => (id, None),
    };
    let bounds = if digits.len() >= 4 { hashes_with(digits) } else { None };
    let (first, last) = bounds.ok_or_else(|| {
        let detail = "a document id is 4 to 64 hex digits; `caravan documents` lists them";
        Problem::bad_request("document-id", detail)
    })?;
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT DISTINCT ON (d.hash) {COLUMNS}
          WHERE d.tenant_id = $1 AND d.hash BETWEEN $2 AND $3 AND ($4::text IS NULL OR $4 IN (c.name, c.id::text))
          ORDER BY d.hash, d.received_at DESC LIMIT 2"
    )))
    .bind(tx.tenant().0)
    .bind(first)
    .bind(last)
    .bind(connection)
    .fetch_all(tx.conn())
    .await?;
    match rows.as_slice() {
        [] => Err(Problem::not_found(
            "not-found",
            format!("there is no document {id}; `caravan documents` lists them"),
        )),
        [row] => Ok(DocumentRow::read(row)?),
        _ => Err(Problem::bad_request(
            "document-id",
            format!("more than one document starts with {digits}; give more digits"),
        )),
    }
}

/// The same for what is done and not only shown: where several connections received these bytes, `id` says which one's is meant.
pub(super) async fn certain(tx: &mut TenantTx, id: &str) -> Result<DocumentRow, Problem> {
    let row = one(tx, id).await?;
    if id.contains('@') {
        return Ok(row);
    }
    let others = elsewhere(tx, &row).await?;
    if others.is_empty() {
        return Ok(row);
    }
    let names: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
    let detail = format!(
        "the same bytes came by another connection too ({}): say whose is meant by its name or id, as {id}@{}",
        names.join(", "),
        row.key.connection
    );
    Err(Problem::bad_request("document-id", detail))
}

/// Other connections that received the bytes of `row`, the latest first.
pub(super) async fn elsewhere(
    tx: &mut TenantTx,
    row: &DocumentRow,
) -> Result<Vec<ElsewhereOut>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT c.id::text AS connection, c.name, c.party, (extract(epoch FROM d.received_at) * 1000)::bigint AS received_ms
           FROM hub.documents d JOIN hub.connections c ON c.tenant_id = d.tenant_id AND c.id = d.connection_id
          WHERE d.tenant_id = $1 AND d.hash = $2 AND d.connection_id <> $3
          ORDER BY d.received_at DESC LIMIT $4",
    )
    .bind(tx.tenant().0)
    .bind(row.key.hash.0.as_slice())
    .bind(row.key.connection.0)
    .bind(ELSEWHERE_MAX)
    .fetch_all(tx.conn())
    .await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(ElsewhereOut {
            connection: row.try_get("connection")?,
            name: row.try_get("name")?,
            party: row.try_get("party")?,
            received_ms: row.try_get("received_ms")?,
        })
    };
    rows.iter().map(read).collect()
}
