//! Disputes with evidence and thread, and the carriers' credit and debit notes.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_model::TenantId;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Idempotent, IfMatch, IfNoneMatch, Path, Problem};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{answer, expected_one, one as one_invoice};
use super::{APPROVE, Change, READ, Stop, WRITE, may};
use crate::decide;
use crate::domain::ledger;
use crate::store::disputes::{self as store, Dispute, Message, Note};
use crate::store::invoices;
use crate::wire::event;
use crate::wire::invoice::{DisputeOut, InvoiceDetail};

/// Most documents of a message.
const EVIDENCE_MAX: usize = 50;
/// Longest text, in bytes.
const TEXT_MAX: usize = 10_000;

/// What is said, and what shows it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisputeMessageIn)]
pub(crate) struct MessageIn {
    /// `ours` unless said; `carrier` for its answer.
    #[serde(default)]
    side: Option<String>,
    text: String,
    /// Document ids (SHA-256, hex).
    #[serde(default)]
    evidence: Vec<String>,
}

/// A dispute to open.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisputeIn)]
pub(crate) struct DisputeIn {
    /// `rate`, `fuel`, `weight`, `accessorial-unlisted`, `duplicate`, `tax`, …
    reason: String,
    /// What is contested; the variance unless said, else the whole bill.
    #[serde(default)]
    amount: Option<String>,
    text: String,
    #[serde(default)]
    evidence: Vec<String>,
}

/// How a dispute ends.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisputeResolutionIn)]
pub(crate) struct ResolutionIn {
    /// What was agreed.
    resolution: String,
}

/// A carrier's note.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightInvoiceNoteIn)]
pub(crate) struct NoteIn {
    /// `credit` lessens what the carrier gets, `debit` raises it.
    kind: String,
    number: String,
    /// Positive.
    amount: String,
    reason: String,
}

/// Dispute a freight bill.
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/dispute", operation_id = "disputeFreightInvoice",
    tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)), request_body = DisputeIn,
    security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`"),
        (status = 409, description = "`freight-invoice-status`"), (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`dispute-invalid`"), (status = 428, description = "`precondition-required`")))]
pub(super) async fn open(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<DisputeIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let invoice = expected_one(&mut change, id, if_match, "open").await?;
    let currency = decide::currency(&invoice)?;
    let whole = invoice.variance.filter(|variance| *variance != 0).unwrap_or(invoice.total);
    let amount = match &body.amount {
        None => whole,
        Some(text) => currency.minor(text).filter(|minor| *minor != 0).ok_or_else(|| {
            Problem::unprocessable(
                "dispute-invalid",
                format!("{text:?} is no amount in {currency}; write one such as 124.17."),
            )
        })?,
    };
    let reason = text("reason", &body.reason)?;
    let entry = ledger::dispute(currency, amount).map_err(decide::Error::from)?;
    let memo = format!("bill {} disputed: {reason}", invoice.number);
    let (tenant, decider) = (change.tenant(), change.decider(None));
    let about = decide::About { kind: "dispute", party: &invoice.carrier, memo: &memo };
    let entry_id = decide::post(change.conn(), tenant, &invoice, about, &entry, &decider).await?;
    let dispute = Dispute {
        id: Uuid::now_v7(),
        invoice_id: id,
        status: "open".to_owned(),
        revision: 1,
        reason,
        amount,
        currency: invoice.currency.clone(),
        entry_id,
        opened_by: change.by(),
        opened_ms: change.now_ms(),
        resolution: None,
        resolved_by: None,
        resolved_ms: None,
    };
    store::open(change.conn(), tenant, &dispute).await?;
    let message = MessageIn { side: None, text: body.text, evidence: body.evidence };
    say(&mut change, dispute.id, message).await?;
    let now = decider.now_ms;
    let invoice = invoices::set_status(change.conn(), tenant, id, "disputed", now).await?;
    let said = json!({ "dispute_id": dispute.id, "reason": dispute.reason, "amount": currency.text(amount) });
    change.tell(event::disputed(change.stamp(), &invoice, said.clone()));
    answer(change, id, "freight-invoice.disputed", said).await
}

/// Show a dispute.
#[utoipa::path(get, path = "/v1/disputes/{id}", operation_id = "showDispute", tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = DisputeOut), (status = 404, description = "`dispute-not-found`")))]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_none_match: IfNoneMatch,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let dispute = one(tx.conn(), caller.tenant, id).await?;
    let messages = store::messages(tx.conn(), caller.tenant, &[id]).await?;
    tx.commit().await?;
    Ok(if_none_match.or(dispute.revision, DisputeOut::new(&dispute, &messages)))
}

/// Reply in a dispute.
#[utoipa::path(post, path = "/v1/disputes/{id}/messages", operation_id = "replyToDispute", tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)),
    request_body = MessageIn, security(("api_key" = ["settlement:write"])),
    responses((status = 201, body = DisputeOut), (status = 404, description = "`dispute-not-found`"),
        (status = 409, description = "`dispute-resolved`"), (status = 422, description = "`dispute-invalid`")))]
pub(super) async fn reply(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body, attempt }: Idempotent<MessageIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let dispute = open_one(&mut change, id).await?;
    say(&mut change, id, body).await?;
    let (tenant, now) = (change.tenant(), change.now_ms());
    invoices::grown(change.conn(), tenant, dispute.invoice_id, now).await?;
    shown(change, &dispute, "dispute.replied", StatusCode::CREATED).await
}

/// Resolve a dispute.
///
/// The contested amount is undone in the ledger; the bill is open again and compared anew.
#[utoipa::path(post, path = "/v1/disputes/{id}/resolve", operation_id = "resolveDispute", tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)),
    request_body = ResolutionIn, security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = DisputeOut), (status = 404, description = "`dispute-not-found`"),
        (status = 409, description = "`dispute-resolved`"), (status = 422, description = "`dispute-invalid`")))]
pub(super) async fn resolve(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body, attempt }: Idempotent<ResolutionIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    let dispute = open_one(&mut change, id).await?;
    let resolution = text("resolution", &body.resolution)?;
    let (tenant, decider, bill) = (change.tenant(), change.decider(None), dispute.invoice_id);
    decide::end(change.conn(), tenant, &dispute, &resolution, &decider).await?;
    invoices::set_status(change.conn(), tenant, bill, "open", decider.now_ms).await?;
    change.examine(&[bill].into()).await?;
    shown(change, &dispute, "dispute.resolved", StatusCode::OK).await
}

/// Book a carrier's credit or debit note.
///
/// On an approved or settled bill. A credit note lessens what the carrier gets, a debit note raises it (CGST Act, section 34).
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/notes", operation_id = "noteFreightInvoice",
    tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)), request_body = NoteIn,
    security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`"),
        (status = 409, description = "`freight-invoice-status`, `note-exists`"), (status = 422, description = "`note-invalid`")))]
pub(super) async fn note(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body, attempt }: Idempotent<NoteIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    let invoice = one_invoice(&mut change, id).await?;
    if !matches!(invoice.status.as_str(), "approved" | "settled") {
        let detail =
            format!("This bill is {}; a note is booked on one that is approved.", invoice.status);
        return Err(Problem::conflict("freight-invoice-status", detail)
            .member("invoice_status", invoice.status)
            .into());
    }
    let currency = decide::currency(&invoice)?;
    let invalid = |detail: &str| Problem::unprocessable("note-invalid", detail);
    let minor = currency.minor(&body.amount).filter(|minor| *minor > 0);
    let amount = minor.ok_or_else(|| {
        invalid("Write a positive amount such as 124.17, in the bill's currency.")
    })?;
    let signed = match body.kind.as_str() {
        "debit" => amount,
        "credit" => amount.saturating_neg(),
        _ => return Err(invalid("A note is credit or debit.").into()),
    };
    let (number, reason) = (text("number", &body.number)?, text("reason", &body.reason)?);
    let entry = ledger::note(currency, signed).map_err(decide::Error::from)?;
    let memo = format!("{} note {number} on bill {}", body.kind, invoice.number);
    let (tenant, decider) = (change.tenant(), change.decider(None));
    let about = decide::About { kind: "note", party: &invoice.carrier, memo: &memo };
    let entry_id = decide::post(change.conn(), tenant, &invoice, about, &entry, &decider).await?;
    let note = Note {
        id: Uuid::now_v7(),
        kind: body.kind,
        number,
        amount,
        currency: invoice.currency.clone(),
        reason,
        entry_id,
        by: change.by(),
        at_ms: change.now_ms(),
    };
    if !store::note(change.conn(), tenant, id, &note).await? {
        let detail = "A note of this kind and number is booked on this bill already.";
        return Err(Problem::conflict("note-exists", detail).into());
    }
    invoices::grown(change.conn(), tenant, id, decider.now_ms).await?;
    let said = json!({ "kind": note.kind, "number": note.number, "amount": currency.text(amount) });
    answer(change, id, "freight-invoice.noted", said).await
}

fn text(name: &str, given: &str) -> Result<String, Problem> {
    let given = given.trim();
    if given.is_empty() || given.len() > TEXT_MAX {
        let detail = format!("{name} is 1 to {TEXT_MAX} characters.");
        return Err(Problem::unprocessable("dispute-invalid", detail));
    }
    Ok(given.to_owned())
}

async fn say(change: &mut Change, dispute: Uuid, message: MessageIn) -> Result<(), Problem> {
    let invalid = |detail: String| Problem::unprocessable("dispute-invalid", detail);
    let side = message.side.unwrap_or_else(|| "ours".to_owned());
    if !matches!(side.as_str(), "ours" | "carrier") {
        return Err(invalid("A message is ours or of the carrier.".to_owned()));
    }
    let is_id = |id: &String| {
        (4..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if message.evidence.len() > EVIDENCE_MAX || !message.evidence.iter().all(is_id) {
        return Err(invalid(format!(
            "Evidence is at most {EVIDENCE_MAX} document ids of 4 to 64 hex digits."
        )));
    }
    let message = Message {
        dispute_id: dispute,
        number: 0,
        side,
        by: change.by(),
        text: text("text", &message.text)?,
        evidence: message.evidence,
        at_ms: change.now_ms(),
    };
    let tenant = change.tenant();
    Ok(store::say(change.conn(), tenant, &message).await?)
}

async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Dispute, Problem> {
    let detail = "There is no such dispute; the freight bill names its disputes.";
    let found = store::one(connection, tenant, id).await?;
    found.ok_or_else(|| Problem::not_found("dispute-not-found", detail))
}

async fn open_one(change: &mut Change, id: Uuid) -> Result<Dispute, Problem> {
    let tenant = change.tenant();
    let dispute = one(change.conn(), tenant, id).await?;
    if dispute.status != "open" {
        let detail = "This dispute is resolved; open another one on the bill if need be.";
        return Err(Problem::conflict("dispute-resolved", detail));
    }
    Ok(dispute)
}

/// Answers with the dispute as it is now, and ends the change.
async fn shown(
    mut change: Change,
    dispute: &Dispute,
    action: &'static str,
    status: StatusCode,
) -> Result<Response, Stop> {
    let tenant = change.tenant();
    let now = one(change.conn(), tenant, dispute.id).await?;
    let messages = store::messages(change.conn(), tenant, &[dispute.id]).await?;
    let said = json!({ "invoice_id": dispute.invoice_id, "resolution": now.resolution });
    change.did(action, format!("dispute/{}", dispute.id), said);
    let answer = Answer::new(status, &DisputeOut::new(&now, &messages))?;
    change.end(answer.version(now.revision)).await
}
