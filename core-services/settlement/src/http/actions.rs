//! What is decided about a freight bill: look again, approve, reopen, cancel.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, Database};
use caravan_web::{Answer, Idempotent, IfMatch, Path, Problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::invoices::{detail, find};
use super::{APPROVE, Change, Stop, WRITE};
use crate::decide;
use crate::domain::matching::Outcome;
use crate::examine;
use crate::store::invoices::{self as store, Invoice};
use crate::trail;
use crate::wire::event;
use crate::wire::invoice::{InvoiceDetail, InvoiceOut};

/// Why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightInvoiceReason)]
pub(crate) struct ReasonIn {
    pub(crate) reason: String,
}

impl ReasonIn {
    pub(super) fn text(self) -> Result<String, Problem> {
        let text = self.reason.trim().to_owned();
        if text.is_empty() || text.len() > 2_000 {
            return Err(Problem::unprocessable(
                "reason-invalid",
                "Give a reason of 1 to 2,000 characters.",
            ));
        }
        Ok(text)
    }
}

impl From<decide::Error> for Problem {
    fn from(error: decide::Error) -> Self {
        match error {
            decide::Error::Database(error) => error.into(),
            decide::Error::Tax(error) => {
                let detail = format!(
                    "Its tax cannot be reckoned: {error}. Check the bill's date and the contract's tax terms."
                );
                Self::unprocessable("tax-unreckoned", detail)
            }
            error => Self::internal(&error),
        }
    }
}

/// Compare a freight bill again.
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/examine", operation_id = "examineFreightInvoice",
    tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)),
    security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`")))]
pub(super) async fn examine(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body: (), attempt }: Idempotent<()>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    one(&mut change, id).await?;
    change.examine(&[id].into()).await?;
    answer(change, id, "freight-invoice.examined", json!({})).await
}

/// Approve a freight bill.
///
/// Posts the debt to the carrier, tax owed and tax deducted. One that is not clean needs a reason; one with an exception or a
/// duplicate cannot be approved. Of two who approve at once one gets 412.
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/approve", operation_id = "approveFreightInvoice",
    tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)), request_body = Option<ReasonIn>,
    security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`"),
        (status = 409, description = "`freight-invoice-status`, `freight-invoice-not-approvable`"),
        (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`reason-missing`, `reason-invalid`, `tax-unreckoned`"),
        (status = 428, description = "`precondition-required`")))]
pub(super) async fn approve(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<Option<ReasonIn>>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    let invoice = expected_one(&mut change, id, if_match, "open").await?;
    let reason = body.map(ReasonIn::text).transpose()?;
    let said = approve_one(&mut change, &invoice, reason).await?;
    answer(change, id, trail::APPROVED, said).await
}

/// Approves an open bill, tells of it, and returns what it comes to.
pub(super) async fn approve_one(
    change: &mut Change,
    invoice: &Invoice,
    reason: Option<String>,
) -> Result<serde_json::Value, Problem> {
    clean_or_reasoned(invoice, reason.as_deref())?;
    let (tenant, decider) = (change.tenant(), change.decider(reason));
    let versions = store::versions(change.conn(), tenant, invoice.id).await?;
    let version = versions.iter().find(|version| version.version == invoice.version);
    let version = version.ok_or_else(|| Problem::internal(&sqlx::Error::RowNotFound))?;
    let bill = examine::read(invoice, version)?;
    let approval = decide::approve(change.conn(), tenant, invoice, &bill, &decider).await?;
    let now = decider.now_ms;
    let invoice = store::set_status(change.conn(), tenant, invoice.id, "approved", now).await?;
    let said = event::approval(&approval);
    change.tell(event::approved(change.stamp(), &invoice, said.clone()));
    Ok(said)
}

/// A clean bill needs no reason, an unclean one does, and some cannot be approved at all.
fn clean_or_reasoned(invoice: &Invoice, reason: Option<&str>) -> Result<(), Problem> {
    match examine::approvable(&invoice.outcome) {
        Some(outcome) if outcome.is_clean() || reason.is_some() => Ok(()),
        Some(outcome) => {
            let detail = format!(
                "This bill is {}; give the reason for approving it all the same.",
                outcome.as_str()
            );
            Err(Problem::unprocessable("reason-missing", detail))
        }
        None => {
            let what = if invoice.outcome == Outcome::Duplicate.as_str() {
                "a duplicate"
            } else {
                "not comparable"
            };
            let detail = format!(
                "This bill is {what}; its exceptions say what to do first. It can be disputed or cancelled."
            );
            Err(Problem::conflict("freight-invoice-not-approvable", detail))
        }
    }
}

/// Reopen an approved freight bill.
///
/// Undoes what the approval posted, by an entry of its own; not once it was handed over.
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/reopen", operation_id = "reopenFreightInvoice",
    tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)), request_body = ReasonIn,
    security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`"),
        (status = 409, description = "`freight-invoice-status`"), (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`reason-invalid`"), (status = 428, description = "`precondition-required`")))]
pub(super) async fn reopen(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<ReasonIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    expected_one(&mut change, id, if_match, "approved").await?;
    let reason = body.text()?;
    undo(&mut change, id, &reason, "open").await?;
    change.examine(&[id].into()).await?;
    answer(change, id, "freight-invoice.reopened", json!({ "reason": reason })).await
}

/// Cancel an open freight bill.
///
/// A duplicate, for example: it is kept, and neither compared nor paid.
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/cancel", operation_id = "cancelFreightInvoice",
    tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)), request_body = ReasonIn,
    security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`"),
        (status = 409, description = "`freight-invoice-status`"), (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`reason-invalid`"), (status = 428, description = "`precondition-required`")))]
pub(super) async fn cancel(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<ReasonIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    expected_one(&mut change, id, if_match, "open").await?;
    let reason = body.text()?;
    // A corrected bill may have an approval of an earlier version behind it.
    undo(&mut change, id, &reason, "cancelled").await?;
    // What was a duplicate of it is none any more.
    change.examine(&[id].into()).await?;
    answer(change, id, "freight-invoice.cancelled", json!({ "reason": reason })).await
}

/// Undoes what approvals of the bill have posted, and moves it to `status`.
async fn undo(change: &mut Change, id: Uuid, why: &str, status: &str) -> Result<(), Problem> {
    let (tenant, decider) = (change.tenant(), change.decider(Some(why.to_owned())));
    decide::undo(change.conn(), tenant, id, &decider, why).await?;
    store::set_status(change.conn(), tenant, id, status, decider.now_ms).await?;
    Ok(())
}

/// The bill.
pub(super) async fn one(change: &mut Change, id: Uuid) -> Result<Invoice, Problem> {
    let tenant = change.tenant();
    find(change.conn(), tenant, id).await
}

/// The bill, if it is as the caller read it and of that status.
pub(super) async fn expected_one(
    change: &mut Change,
    id: Uuid,
    if_match: IfMatch,
    status: &str,
) -> Result<Invoice, Problem> {
    let expected = if_match.required()?;
    let invoice = one(change, id).await?;
    expected.check(invoice.revision, &InvoiceOut::from(&invoice))?;
    of_status(&invoice, status)?;
    Ok(invoice)
}

/// Refuses a bill of another status.
pub(super) fn of_status(invoice: &Invoice, status: &str) -> Result<(), Problem> {
    if invoice.status == status {
        return Ok(());
    }
    let detail =
        format!("This bill is {}; that can be done with one that is {status}.", invoice.status);
    Err(Problem::conflict("freight-invoice-status", detail)
        .member("invoice_status", &invoice.status))
}

/// Answers with the bill as it is now, and ends the change.
pub(super) async fn answer(
    mut change: Change,
    id: Uuid,
    action: &'static str,
    said: serde_json::Value,
) -> Result<Response, Stop> {
    let invoice = one(&mut change, id).await?;
    let tenant = change.tenant();
    let (revision, detail) = (invoice.revision, detail(change.conn(), tenant, invoice).await?);
    change.did(action, format!("freight-invoice/{id}"), said);
    change.end(Answer::new(StatusCode::OK, &detail)?.version(revision)).await
}
