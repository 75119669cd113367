//! The ERP endpoint: post a document, get the acknowledgement of its dialect back.

use core::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Path, Problem, Query};
use tokio::sync::broadcast::error::RecvError;

use super::connections::{find, need};
use super::wire::{EndOut, PostQuery, ReceiptOut};
use crate::answer;
use crate::documents::{self, DocumentKey, DocumentRow, Door};
use crate::intake::Intake;
use crate::object::Body;
use crate::receive::Arrival;

/// How long a request waits for its document's end before it is answered with a receipt only.
const WAIT: Duration = Duration::from_secs(10);

/// Hand over a document.
///
/// The answer is its dialect's acknowledgement (SYSTAT01, 997, …); a receipt when it takes longer than ten seconds. The headers
/// `caravan-document`, `caravan-status` and `caravan-duplicate` name it. The same bytes again are the same document.
#[utoipa::path(
    post, path = "/v1/connections/{connection}/documents", operation_id = "postDocument", tag = "documents",
    params(
        ("connection" = String, Path, description = "Id or name."),
        PostQuery,
        ("x-file-name" = Option<String>, Header, description = "The document's name."),
    ),
    request_body(content = String, content_type = "*/*", description = "The document, byte for byte."),
    security(("api_key" = ["documents:write"])),
    responses(
        (status = 200, description = "Taken; the acknowledgement of its dialect, or this.", content(
            (EndOut = "application/json"), (String = "*/*"),
        )),
        (status = 202, description = "Durable, and still being processed; or waiting for an operator, then with what 200 has, or the acknowledgement.",
            content((ReceiptOut = "application/json"), (String = "*/*"))),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`connection-disabled`"),
        (status = 413, description = "`body-too-large`"),
        (status = 422, description = "Nothing in it was understood; the acknowledgement says why.", content(
            (EndOut = "application/json"), (String = "*/*"),
        )),
    ),
)]
pub(crate) async fn post(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(connection): Path<String>,
    Query(query): Query<PostQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    need(&caller, "documents:write")?;
    let connection = find(&intake, &caller, &connection).await?;
    if let Some(paused) = connection.paused.as_ref().filter(|paused| paused.is_disabled()) {
        let detail =
            format!("The connection {:?} is disabled: {}.", connection.name, paused.reason);
        return Err(Problem::conflict("connection-disabled", detail));
    }
    let text = |name: header::HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let arrival = Arrival {
        tenant: caller.tenant,
        connection: connection.id,
        door: Door::Erp,
        name: text(header::HeaderName::from_static("x-file-name"))
            .unwrap_or_else(|| "posted".to_owned()),
        media_type: text(header::CONTENT_TYPE),
        message: query.message,
        body: Body::Memory(body),
        trace: caller.trace,
    };
    let mut finished = intake.inner.finished.subscribe();
    let receipt = intake.receive(arrival).await?;
    let row = wait(&intake, receipt.key, &mut finished).await?;
    match row {
        Some(row) => answered(&intake, &row, receipt.duplicate).await,
        None => {
            let body = ReceiptOut {
                document: receipt.key.hash.to_string(),
                status: "received".to_owned(),
                duplicate: receipt.duplicate,
            };
            Ok((StatusCode::ACCEPTED, Json(body)).into_response())
        }
    }
}

/// Waits for the document's end; none when it takes longer than [`WAIT`].
async fn wait(
    intake: &Intake,
    key: DocumentKey,
    finished: &mut tokio::sync::broadcast::Receiver<DocumentKey>,
) -> Result<Option<DocumentRow>, Problem> {
    let deadline = tokio::time::Instant::now() + WAIT;
    loop {
        let mut tx = TenantTx::begin(intake.database(), key.tenant).await?;
        let row = documents::load(&mut tx, key).await?;
        tx.commit().await?;
        if let Some(row) = row
            && !matches!(row.status.as_str(), "received" | "processing")
        {
            return Ok(Some(row));
        }
        // Wakes for this document, for a lagging channel (which may have held it), or at the deadline.
        let ours = async {
            loop {
                match finished.recv().await {
                    Ok(ended) if ended == key => return,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                }
            }
        };
        if tokio::time::timeout_at(deadline, ours).await.is_err() {
            return Ok(None);
        }
    }
}

async fn answered(
    intake: &Intake,
    row: &DocumentRow,
    duplicate: bool,
) -> Result<Response, Problem> {
    let mut tx = TenantTx::begin(intake.database(), row.key.tenant).await?;
    let answers = answer::outbox(&mut tx, (row.key.connection, Some(row.key.hash))).await?;
    tx.commit().await?;
    let status = match row.status.as_str() {
        "done" => StatusCode::OK,
        "rejected" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::ACCEPTED,
    };
    let common = [
        ("caravan-document", row.id.clone()),
        ("caravan-status", row.status.clone()),
        ("caravan-duplicate", duplicate.to_string()),
    ];
    match answers.first() {
        Some(file) => {
            let bytes = intake.inner.objects.get(file.stored.hash).await?;
            Ok((status, common, [(header::CONTENT_TYPE, file.media_type.clone())], bytes)
                .into_response())
        }
        None => {
            let receipt =
                ReceiptOut { document: row.id.clone(), status: row.status.clone(), duplicate };
            let body = EndOut {
                receipt,
                records: row.records,
                duplicates: row.duplicates,
                rejects: row.rejects,
                code: row.failure_code.clone(),
                detail: row.failure_text.clone(),
            };
            Ok((status, common, Json(body)).into_response())
        }
    }
}
