//! What went out: tenders and their withdrawals, settled bills, their bytes, and sending again.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use caravan_model::DocumentHash;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Answer, Idempotent, Json, Page, PageQuery, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{may_repeat, unavailable};
use crate::intake::Intake;
use crate::object::Stored;
use crate::outbound::store::{self, Again, Shown};

/// A message to a party.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutgoingMessage)]
pub(crate) struct OutgoingOut {
    #[schema(format = "uuid")]
    id: String,
    /// `tender` or `settled-bill`.
    about: String,
    /// The order that is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    order_id: Option<String>,
    /// The freight bill that is to be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    invoice_id: Option<String>,
    /// The hand-over that the bill was part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    hand_over_id: Option<String>,
    /// The order's number, by which the party answers, or the bill's.
    number: String,
    /// The order's tender, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    tender: Option<i32>,
    /// `original` or `cancel`.
    purpose: String,
    carrier: String,
    /// Where it goes; chosen at the first attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    connection: Option<String>,
    /// `waiting`, `sent`, `failed`, `withdrawn` before it was sent and never to be, or `unaddressed`: no connection takes settled bills.
    status: String,
    attempts: i32,
    /// What went wrong last, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<OutgoingFailure>,
    /// Its name in the party's outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    /// SHA-256 of its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<i64>,
    created_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_ms: Option<i64>,
    /// When the party took it out of its outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    collected_ms: Option<i64>,
}

/// Why a message was not sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutgoingFailure {
    /// The failure's class.
    class: String,
    /// Stable code.
    code: String,
    text: String,
}

impl From<Shown> for OutgoingOut {
    fn from(shown: Shown) -> Self {
        let failure = |(class, code, text)| OutgoingFailure { class, code, text };
        Self {
            id: shown.id.to_string(),
            about: shown.about,
            order_id: shown.order.map(|id| id.to_string()),
            invoice_id: shown.invoice.map(|id| id.to_string()),
            hand_over_id: shown.hand_over.map(|id| id.to_string()),
            number: shown.number,
            tender: shown.tender,
            purpose: shown.purpose,
            carrier: shown.carrier,
            connection: shown.connection.map(|id| id.to_string()),
            status: shown.status,
            attempts: shown.attempts,
            failure: shown.failure.map(failure),
            file_name: shown.file_name,
            document: shown.hash.map(hex::encode),
            size_bytes: shown.size_bytes,
            created_ms: shown.created_ms,
            sent_ms: shown.sent_ms,
            collected_ms: shown.collected_ms,
        }
    }
}

/// The filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutgoingQuery {
    /// `tender` or `settled-bill`.
    about: Option<String>,
    /// `waiting`, `sent`, `failed`, `withdrawn` or `unaddressed`.
    status: Option<String>,
    /// The order's or the bill's number.
    number: Option<String>,
}

/// List what went out.
///
/// Newest first: tenders to carriers and their withdrawals, settled freight bills to the books. Answers to documents stand at the documents.
#[utoipa::path(
    get, path = "/v1/outgoing", operation_id = "listOutgoing", tag = "outgoing",
    params(OutgoingQuery, PageQuery), security(("api_key" = ["documents:read"])),
    responses((status = 200, body = Page<OutgoingOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`")),
)]
pub(crate) async fn list(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<OutgoingQuery>,
) -> Result<Json<Page<OutgoingOut>>, Problem> {
    let (limit, after) = (page.limit()?, page.after("outgoing")?);
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let by = (filter.about.as_deref(), filter.status.as_deref(), filter.number.as_deref());
    let rows = store::list(tx.conn(), by, after, limit.rows()).await?;
    tx.commit().await?;
    Page::of("outgoing", limit, rows, |row: &Shown| row.id, OutgoingOut::from).map(Json)
}

/// Show what went out.
///
/// One message, how often it was tried and whether its party took it.
#[utoipa::path(
    get, path = "/v1/outgoing/{id}", operation_id = "showOutgoing", tag = "outgoing",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["documents:read"])),
    responses((status = 200, body = OutgoingOut), (status = 404, description = "`outgoing-not-found`")),
)]
pub(crate) async fn show(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Json<OutgoingOut>, Problem> {
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let found = store::one(tx.conn(), id).await?;
    tx.commit().await?;
    found.map(|shown| Json(OutgoingOut::from(shown))).ok_or_else(|| not_found(id))
}

/// Fetch the bytes as they were sent.
///
/// Never rendered: a browser must not run them.
#[utoipa::path(
    get, path = "/v1/outgoing/{id}/raw", operation_id = "fetchOutgoing", tag = "outgoing",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["documents:read"])),
    responses(
        (status = 200, description = "The bytes.", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, description = "`outgoing-not-found`, also while it has no bytes"),
    ),
)]
pub(crate) async fn raw(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let found = store::one(tx.conn(), id).await?.ok_or_else(|| not_found(id))?;
    tx.commit().await?;
    let hash = found.hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    let hash = DocumentHash(hash.ok_or_else(|| not_found(id))?);
    let size_bytes = u64::try_from(found.size_bytes.unwrap_or_default()).unwrap_or_default();
    let blob = intake.inner.objects.blob(Stored { hash, size_bytes });
    let bytes = blob.read(0, u32::try_from(size_bytes).unwrap_or(u32::MAX)).await;
    let bytes = bytes.map_err(|error| unavailable(&error))?;
    Response::builder()
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::CONTENT_DISPOSITION, "attachment")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Body::from(bytes))
        .map_err(|error| Problem::internal(&error))
}

/// Why a message is sent a second time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendIn {
    /// For the audit trail; 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Send a message again.
///
/// One that failed or had no address is tried anew; one that was sent is offered to its party once more, with the same bytes. A tender
/// that was taken back meanwhile is not. Needs `documents:replay` and a reason.
#[utoipa::path(
    post, path = "/v1/outgoing/{id}/resend", operation_id = "resendOutgoing", tag = "outgoing",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)),
    request_body = ResendIn, security(("api_key" = ["documents:write", "documents:replay"])),
    responses(
        (status = 200, body = OutgoingOut), (status = 404, description = "`outgoing-not-found`"),
        (status = 409, description = "`outgoing-state`"), (status = 422, description = "`reason-missing`"),
    ),
)]
pub(crate) async fn resend(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body, attempt }: Idempotent<ResendIn>,
) -> Result<Response, Problem> {
    may_repeat(&caller)?;
    let reason = body.reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        let detail = "Say in 1 to 500 characters why it is sent again.";
        return Err(Problem::unprocessable("reason-missing", detail));
    }
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let before = store::one(tx.conn(), id).await?.ok_or_else(|| not_found(id))?;
    match store::again(tx.conn(), id).await? {
        Again::Goes => {}
        Again::TakenBack => return Err(taken_back()),
        Again::NotNow if before.status == "withdrawn" => return Err(taken_back()),
        Again::NotNow => {
            let detail = format!(
                "The message is {}; one that failed, had no address or was sent can be sent again.",
                before.status
            );
            return Err(Problem::conflict("outgoing-state", detail));
        }
    }
    let after = store::one(tx.conn(), id).await?.ok_or_else(|| not_found(id))?;
    let answer = Answer::new(StatusCode::OK, &OutgoingOut::from(after))?;
    let response = attempt.store(&mut tx, answer).await?;
    let entry = caravan_audit::Entry {
        actor: &caller.principal,
        action: "outgoing.resent",
        subject: &format!("outgoing/{id}"),
        detail: serde_json::json!({ "number": before.number, "was": before.status, "reason": reason }),
    };
    caravan_audit::record(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(response)
}

/// The carrier must not get an offer that holds no more.
fn taken_back() -> Problem {
    let detail = "This tender was taken back, so its offer is not sent again; tender the order anew, which makes a new message.";
    Problem::conflict("outgoing-state", detail)
}

fn not_found(id: Uuid) -> Problem {
    let detail =
        format!("there is no message {id} with bytes; GET /v1/outgoing lists those there are");
    Problem::not_found("outgoing-not-found", detail)
}
