//! Documents: list, look into one, its raw bytes, replay.

use axum::Extension;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use caravan_event_log::find;
use caravan_model::RecordId;
use caravan_tenancy::{Caller, TenantTx};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::problem::Problem;
use crate::answer;
use crate::documents::{COLUMNS, DocumentRow};
use crate::intake::Intake;

/// Most records and rejects that one answer shows; the rest is counted.
const SHOWN_MAX: i64 = 1_000;

#[derive(Debug, Deserialize)]
pub(crate) struct ListQuery {
    status: Option<String>,
    limit: Option<i64>,
    /// `received_ms` of the last document seen.
    before: Option<i64>,
}

/// `GET /v1/documents`: the newest first.
pub(crate) async fn list(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, 500);
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {COLUMNS}
          WHERE ($1::text IS NULL OR d.status = $1)
            AND ($2::bigint IS NULL OR d.received_at < to_timestamp($2 / 1000.0))
          ORDER BY d.received_at DESC, d.hash LIMIT $3"
    )))
    .bind(&query.status)
    .bind(query.before)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    let documents = rows.iter().map(DocumentRow::read).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({ "documents": documents })))
}

/// The one document of this tenant whose id starts with `prefix`.
async fn one(tx: &mut TenantTx, prefix: &str) -> Result<DocumentRow, Problem> {
    let digits =
        prefix.len() >= 4 && prefix.len() <= 64 && prefix.bytes().all(|b| b.is_ascii_hexdigit());
    if !digits {
        return Err(Problem::bad_request(
            "document-id",
            "a document id is 4 to 64 hex digits; `caravan documents` lists them",
        ));
    }
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {COLUMNS} WHERE encode(d.hash, 'hex') LIKE $1 || '%' ORDER BY d.received_at DESC LIMIT 2"
    )))
    .bind(prefix.to_ascii_lowercase())
    .fetch_all(tx.conn())
    .await?;
    match rows.as_slice() {
        [] => Err(Problem::not_found(format!(
            "there is no document {prefix}; `caravan documents` lists them"
        ))),
        [row] => Ok(DocumentRow::read(row)?),
        _ => Err(Problem::bad_request(
            "document-id",
            format!("more than one document starts with {prefix}; give more digits"),
        )),
    }
}

/// `GET /v1/documents/{id}`: records, rejects with their byte ranges, steps with their times, what was answered.
pub(crate) async fn show(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let row = one(&mut tx, &id).await?;
    let records = records(&mut tx, &row).await?;
    let rejects = rejects(&mut tx, &row).await?;
    let steps = steps(&mut tx, &row).await?;
    let answers = answer::outbox(&mut tx, (row.key.connection, Some(row.key.hash))).await?;
    tx.commit().await?;
    let answers: Vec<Value> = answers
        .iter()
        .map(|file| {
            json!({
                "name": file.name, "kind": file.kind, "media_type": file.media_type, "document": file.stored.hash.to_string(),
                "size_bytes": file.stored.size_bytes, "created_ms": file.created_ms,
            })
        })
        .collect();
    let mut document = serde_json::to_value(&row)?;
    if let Some(object) = document.as_object_mut() {
        object.insert("shown_records".to_owned(), records);
        object.insert("shown_rejects".to_owned(), rejects);
        object.insert("steps".to_owned(), steps);
        object.insert("answers".to_owned(), Value::Array(answers));
    }
    Ok(Json(document))
}

async fn records(tx: &mut TenantTx, row: &DocumentRow) -> Result<Value, Problem> {
    let rows = sqlx::query(
        "SELECT position, record_id, kind, span_start, span_end FROM hub.document_records
          WHERE connection_id = $1 AND hash = $2 ORDER BY position LIMIT $3",
    )
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(SHOWN_MAX)
    .fetch_all(tx.conn())
    .await?;
    let ids = rows
        .iter()
        .map(|row| row.try_get("record_id").map(RecordId))
        .collect::<Result<Vec<_>, _>>()?;
    let events = find(tx, &ids).await.map_err(|error| Problem::internal(&error))?;
    let shown = rows
        .iter()
        .zip(&ids)
        .map(|(row, id)| {
            let data = events.iter().find(|event| event.id == *id);
            let data = data.map(|event| serde_json::from_str::<Value>(&event.data)).transpose()?;
            Ok(json!({
                "position": row.try_get::<i64, _>("position")?, "id": id.to_string(), "kind": row.try_get::<String, _>("kind")?,
                "start": row.try_get::<i64, _>("span_start")?, "end": row.try_get::<i64, _>("span_end")?, "data": data,
            }))
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(Value::Array(shown))
}

async fn rejects(tx: &mut TenantTx, row: &DocumentRow) -> Result<Value, Problem> {
    let rows = sqlx::query(
        "SELECT severity, code, path, message, hint, span_start, span_end FROM hub.document_rejects
          WHERE connection_id = $1 AND hash = $2 ORDER BY position LIMIT $3",
    )
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(SHOWN_MAX)
    .fetch_all(tx.conn())
    .await?;
    let shown = rows
        .iter()
        .map(|row| {
            let text = |column: &str| row.try_get::<String, _>(column);
            Ok(json!({
                "severity": text("severity")?, "code": text("code")?, "path": text("path")?, "message": text("message")?,
                "hint": row.try_get::<Option<String>, _>("hint")?,
                "start": row.try_get::<i64, _>("span_start")?, "end": row.try_get::<i64, _>("span_end")?,
            }))
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(Value::Array(shown))
}

async fn steps(tx: &mut TenantTx, row: &DocumentRow) -> Result<Value, Problem> {
    let rows = sqlx::query(
        "SELECT attempt, step, (extract(epoch FROM started_at) * 1000)::bigint AS started_ms, duration_us, detail
           FROM hub.document_steps WHERE connection_id = $1 AND hash = $2 ORDER BY id LIMIT $3",
    )
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(SHOWN_MAX)
    .fetch_all(tx.conn())
    .await?;
    let shown = rows
        .iter()
        .map(|row| {
            Ok(json!({
                "attempt": row.try_get::<i32, _>("attempt")?, "step": row.try_get::<String, _>("step")?,
                "started_ms": row.try_get::<i64, _>("started_ms")?, "duration_us": row.try_get::<i64, _>("duration_us")?,
                "detail": row.try_get::<String, _>("detail")?,
            }))
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(Value::Array(shown))
}

/// `GET /v1/documents/{id}/raw`: the bytes as they were received. Never rendered: a browser must not run a party's file.
pub(crate) async fn raw(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let row = one(&mut tx, &id).await?;
    tx.commit().await?;
    let bytes = intake.inner.objects.stream(row.key.hash).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, row.size_bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", row.id)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from_stream(bytes)).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReplayQuery {
    #[serde(default)]
    dry_run: bool,
}

/// `POST /v1/documents/{id}/replay`: process the stored bytes once more, or show what that would give.
pub(crate) async fn replay(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(query): Query<ReplayQuery>,
) -> Result<Json<Value>, Problem> {
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let row = one(&mut tx, &id).await?;
    if query.dry_run {
        tx.commit().await?;
        return Ok(Json(dry_run(&intake, &row).await?));
    }
    if !matches!(row.status.as_str(), "done" | "rejected" | "quarantined") {
        return Err(Problem::bad_request(
            "document-not-finished",
            format!(
                "this document is {}; only one that is done, rejected or quarantined can be replayed",
                row.status
            ),
        ));
    }
    // At least one attempt stays counted, so that what the earlier one listed is cleared first.
    sqlx::query(
        "UPDATE hub.documents SET status = 'received', attempts = 1, next_at = now(), lease_until = NULL, finished_at = NULL
          WHERE connection_id = $1 AND hash = $2",
    )
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    tracing::info!(document = row.id, principal = caller.principal, trace_id = %caller.trace, "Document replayed.");
    intake.inner.arrived.notify_one();
    Ok(Json(json!({ "id": row.id, "status": "received" })))
}

async fn dry_run(intake: &Intake, row: &DocumentRow) -> Result<Value, Problem> {
    let run = intake.dry_run(row).await?;
    let records = run
        .batch
        .records
        .iter()
        .map(|record| serde_json::from_str::<Value>(&caravan_events::wire::to_json(record)?))
        .collect::<Result<Vec<_>, serde_json::Error>>()?;
    let rejects: Vec<Value> = run
        .batch
        .rejects
        .iter()
        .map(|reject| {
            json!({
                "severity": reject.severity.as_str(), "code": reject.code, "path": reject.path, "message": reject.message,
                "hint": reject.hint, "start": reject.source.start, "end": reject.source.end,
            })
        })
        .collect();
    let stopped = run.stopped.map(
        |(class, code, text)| json!({ "class": class.as_str(), "code": code, "message": text }),
    );
    Ok(
        json!({ "id": row.id, "dry_run": true, "records": records, "rejects": rejects, "stopped": stopped }),
    )
}
