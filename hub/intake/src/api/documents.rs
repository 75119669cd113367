//! Documents: search, look into one, its raw bytes and those of our answers, replay; compared, and saved as a fixture.

pub(crate) mod diff;
pub(crate) mod fixture;
mod search;
mod which;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use caravan_event_log as log;
use caravan_events::wire;
use caravan_model::{DocumentHash, RecordId};
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Page, PageQuery, Path, Problem, Query};
use serde_json::Value;
use sqlx::Row as _;

use self::search::{After, Wanted};
use self::which::{certain, elsewhere, one};
use super::connections::find;
use super::wire::{
    AnswerOut, DocumentQuery, DocumentShown, DryReject, DryRun, ReplayQuery, Replayed, ShownRecord,
    ShownReject, StepOut, Stopped,
};
use super::{may_repeat, unavailable};
use crate::answer::{self, OutboxFile};
use crate::documents::DocumentRow;
use crate::intake::Intake;

/// Most records and rejects that one answer shows; the rest is counted.
const SHOWN_MAX: i64 = 1_000;

/// Search the documents.
///
/// What came last comes first. `q` finds documents by the numbers in them (shipments, orders, bills) and by their names.
#[utoipa::path(
    get, path = "/v1/documents", operation_id = "listDocuments", tag = "documents",
    params(DocumentQuery, PageQuery),
    security(("api_key" = ["documents:read"])),
    responses(
        (status = 200, description = "A page of documents.", body = Page<DocumentRow>),
        (status = 400, description = "`limit-invalid`, `cursor-invalid`, `query-invalid`"),
        (status = 404, description = "`not-found`: no such connection"),
    ),
)]
pub(crate) async fn list(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<DocumentQuery>,
) -> Result<Json<Page<DocumentRow>>, Problem> {
    let limit = page.limit()?;
    let after: Option<After> = page.after("documents")?;
    let connection = match &filter.connection {
        Some(text) => Some(find(&intake, &caller, text).await?.id),
        None => None,
    };
    let wanted = Wanted::of(&filter, connection)?;
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let rows = wanted.page(&mut tx, after, limit.rows()).await?;
    tx.commit().await?;
    let key = |row: &DocumentRow| (row.received_us, row.key.hash.0.to_vec(), row.key.connection.0);
    Ok(Json(Page::of("documents", limit, rows, key, |row| row)?))
}

/// Show a document.
///
/// Its records, its rejects with their byte ranges, the steps with their times, and what was answered.
#[utoipa::path(
    get, path = "/v1/documents/{id}", operation_id = "showDocument", tag = "documents",
    params(("id" = String, Path, description = "The first 4 to 64 hex digits of its SHA-256; with `@` and a connection's id or name, that one's of the same bytes.")),
    security(("api_key" = ["documents:read"])),
    responses(
        (status = 200, description = "The document.", body = DocumentShown),
        (status = 400, description = "`document-id`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn show(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<DocumentShown>, Problem> {
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let document = one(&mut tx, &id).await?;
    let shown_records = records(&mut tx, &document).await?;
    let shown_rejects = rejects(&mut tx, &document).await?;
    let steps = steps(&mut tx, &document).await?;
    let key = (document.key.connection, Some(document.key.hash));
    let answers = answer::outbox(&mut tx, key).await?;
    let elsewhere = elsewhere(&mut tx, &document).await?;
    tx.commit().await?;
    let answers = answers.into_iter().map(|file| AnswerOut {
        name: file.name,
        kind: file.kind,
        media_type: file.media_type,
        document: file.stored.hash.to_string(),
        size_bytes: file.stored.size_bytes,
        created_ms: file.created_ms,
    });
    let answers = answers.collect();
    Ok(Json(DocumentShown { document, shown_records, shown_rejects, steps, answers, elsewhere }))
}

async fn records(tx: &mut TenantTx, row: &DocumentRow) -> Result<Vec<ShownRecord>, Problem> {
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
    let events = log::find(tx, &ids).await.map_err(|error| unavailable(&error))?;
    rows.iter()
        .zip(&ids)
        .map(|(row, id)| {
            let data = events.iter().find(|event| event.id == *id);
            let data = data.map(|event| serde_json::from_str::<Value>(&event.data)).transpose();
            Ok(ShownRecord {
                position: row.try_get("position")?,
                id: id.to_string(),
                kind: row.try_get("kind")?,
                start: row.try_get("span_start")?,
                end: row.try_get("span_end")?,
                data: data.map_err(|error| Problem::internal(&error))?,
            })
        })
        .collect()
}

async fn rejects(tx: &mut TenantTx, row: &DocumentRow) -> Result<Vec<ShownReject>, Problem> {
    let rows = sqlx::query(
        "SELECT severity, code, path, message, hint, span_start, span_end FROM hub.document_rejects
          WHERE connection_id = $1 AND hash = $2 ORDER BY position LIMIT $3",
    )
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(SHOWN_MAX)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ShownReject {
                severity: row.try_get("severity")?,
                code: row.try_get("code")?,
                path: row.try_get("path")?,
                message: row.try_get("message")?,
                hint: row.try_get("hint")?,
                start: row.try_get("span_start")?,
                end: row.try_get("span_end")?,
            })
        })
        .collect()
}

async fn steps(tx: &mut TenantTx, row: &DocumentRow) -> Result<Vec<StepOut>, Problem> {
    let rows = sqlx::query(
        "SELECT attempt, step, (extract(epoch FROM started_at) * 1000)::bigint AS started_ms, duration_us, detail
           FROM hub.document_steps WHERE connection_id = $1 AND hash = $2 ORDER BY id LIMIT $3",
    )
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(SHOWN_MAX)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StepOut {
                attempt: row.try_get("attempt")?,
                step: row.try_get("step")?,
                started_ms: row.try_get("started_ms")?,
                duration_us: row.try_get("duration_us")?,
                detail: row.try_get("detail")?,
            })
        })
        .collect()
}

/// Fetch the bytes as they were received.
///
/// Never rendered: a browser must not run a party's file.
#[utoipa::path(
    get, path = "/v1/documents/{id}/raw", operation_id = "fetchDocument", tag = "documents",
    params(("id" = String, Path, description = "The first 4 to 64 hex digits of its SHA-256; with `@` and a connection's id or name, that one's of the same bytes.")),
    security(("api_key" = ["documents:read"])),
    responses(
        (status = 200, description = "The bytes.", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 400, description = "`document-id`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn raw(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let row = one(&mut tx, &id).await?;
    tx.commit().await?;
    bytes_of(&intake, row.key.hash, row.size_bytes.to_string()).await
}

/// Fetch the bytes of an answer as they were made.
///
/// What a document's sender was given (a 997, a SYSTAT01), by its own id as the document shows it. Never rendered, as with `/raw`.
#[utoipa::path(
    get, path = "/v1/documents/{id}/answers/{hash}/raw", operation_id = "fetchDocumentAnswer", tag = "documents",
    params(
        ("id" = String, Path, description = "The first 4 to 64 hex digits of its SHA-256; with `@` and a connection's id or name, that one's of the same bytes."),
        ("hash" = String, Path, description = "The answer's `document`: its SHA-256, 64 hex digits."),
    ),
    security(("api_key" = ["documents:read"])),
    responses(
        (status = 200, description = "The bytes.", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 400, description = "`document-id`"),
        (status = 404, description = "`not-found`, `answer-not-found`"),
    ),
)]
pub(crate) async fn answer_raw(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path((id, hash)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let row = one(&mut tx, &id).await?;
    let answers = answer::outbox(&mut tx, (row.key.connection, Some(row.key.hash))).await?;
    tx.commit().await?;
    let found =
        answers.iter().find(|file| file.stored.hash.to_string().eq_ignore_ascii_case(&hash));
    let Some(OutboxFile { stored, .. }) = found else {
        let detail = format!(
            "document {id} has no answer {hash}; GET /v1/documents/{id} lists those it has"
        );
        return Err(Problem::not_found("answer-not-found", detail));
    };
    bytes_of(&intake, stored.hash, stored.size_bytes.to_string()).await
}

/// Stored bytes, as something to keep and not to show.
async fn bytes_of(
    intake: &Intake,
    hash: DocumentHash,
    length: String,
) -> Result<Response, Problem> {
    let bytes = intake.inner.objects.stream(hash).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{hash}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from_stream(bytes)).into_response())
}

/// Process a document once more.
///
/// From its stored bytes; or, in a dry run, show what that would give. The real one needs `documents:replay`, and is audited.
#[utoipa::path(
    post, path = "/v1/documents/{id}/replay", operation_id = "replayDocument", tag = "documents",
    params(("id" = String, Path, description = "The first 4 to 64 hex digits of its SHA-256; with `@` and a connection's id or name, that one's of the same bytes."), ReplayQuery),
    security(("api_key" = ["documents:write", "documents:replay"])),
    responses(
        (status = 200, description = "It is processed again, or what that would give.", body = Replayed),
        (status = 400, description = "`document-id`, `document-not-finished`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn replay(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(query): Query<ReplayQuery>,
) -> Result<Json<Replayed>, Problem> {
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    if query.dry_run {
        let row = one(&mut tx, &id).await?;
        tx.commit().await?;
        return Ok(Json(Replayed::DryRun(dry_run(&intake, &row).await?)));
    }
    may_repeat(&caller)?;
    let row = certain(&mut tx, &id).await?;
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
    let entry = caravan_audit::Entry {
        actor: &caller.principal,
        action: "document.replayed",
        subject: &format!("document/{}", row.id),
        detail: serde_json::json!({
            "name": row.name, "was": row.status, "reason": query.reason, "connection": row.connection,
        }),
    };
    caravan_audit::record(&mut tx, &entry).await?;
    tx.commit().await?;
    tracing::info!(document = row.id, principal = caller.principal, trace_id = %caller.trace, "Document replayed.");
    intake.inner.arrived.notify_one();
    Ok(Json(Replayed::Begun { id: row.id, status: "received" }))
}

async fn dry_run(intake: &Intake, row: &DocumentRow) -> Result<DryRun, Problem> {
    let run = intake.dry_run(row).await?;
    let records = run
        .batch
        .records
        .iter()
        .map(|record| serde_json::from_str::<Value>(&wire::to_json_by(record, &run.reporter)?))
        .collect::<Result<Vec<_>, serde_json::Error>>()
        .map_err(|error| Problem::internal(&error))?;
    let rejects = run.batch.rejects.into_iter().map(|reject| DryReject {
        severity: reject.severity.as_str(),
        code: reject.code,
        path: reject.path,
        message: reject.message,
        hint: reject.hint,
        start: reject.source.start,
        end: reject.source.end,
    });
    let rejects = rejects.collect();
    let stopped =
        run.stopped.map(|(class, code, message)| Stopped { class: class.as_str(), code, message });
    Ok(DryRun { id: row.id.clone(), dry_run: true, records, rejects, stopped })
}
