//! What is decided about a freight bill: look again, approve, reopen, cancel.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Attempt, Expected, Idempotent, IfMatch, Path, Problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::invoices::{detail, one};
use super::{APPROVE, WRITE, append, audit, may, now_ms, stamp, writing};
use crate::decide::{self, Decider};
use crate::domain::matching::Outcome;
use crate::examine;
use crate::store::invoices::{self as store, Invoice};
use crate::wire::amount;
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
    fn text(self) -> Result<String, Problem> {
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
    tag = "freight-invoices", params(("id" = String, Path, format = "uuid")), security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`")))]
pub(super) async fn examine(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body: (), attempt }: Idempotent<()>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    one(tx.conn(), &caller, id).await?;
    let events = examine::invoices(tx.conn(), stamp(&caller, now_ms()), &[id].into()).await?;
    append(&mut tx, &events).await?;
    answer(tx, &caller, &attempt, id, "freight-invoice.examined", json!({})).await
}

/// Approve a freight bill.
///
/// Posts the debt to the carrier, tax owed and tax deducted. One that is not clean needs a reason; one with an exception or a
/// duplicate cannot be approved. Of two who approve at once one gets 412.
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/approve", operation_id = "approveFreightInvoice",
    tag = "freight-invoices", params(("id" = String, Path, format = "uuid")), request_body = Option<ReasonIn>,
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
) -> Result<Response, Problem> {
    may(&caller, APPROVE)?;
    let expected = if_match.required()?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    let invoice = expected_one(&mut tx, &caller, id, &expected, "open").await?;
    let reason = body.map(ReasonIn::text).transpose()?;
    clean_or_reasoned(&invoice, reason.as_deref())?;
    let versions = store::versions(tx.conn(), caller.tenant, id).await?;
    let version = versions.iter().find(|version| version.version == invoice.version);
    let version = version.ok_or_else(|| Problem::internal(&sqlx::Error::RowNotFound))?;
    let bill = examine::read(&invoice, version)?;
    let now = now_ms();
    let decider = Decider { by: &caller.principal, reason, now_ms: now };
    let approval = decide::approve(tx.conn(), caller.tenant, &invoice, &bill, &decider).await?;
    let invoice = store::set_status(tx.conn(), caller.tenant, id, "approved", now).await?;
    let text = |minor| amount(&approval.currency, minor);
    let said = json!({
        "version": approval.version, "freight": text(approval.freight), "tax_forward": text(approval.tax_forward),
        "tax_reverse": text(approval.tax_reverse), "deducted": text(approval.deducted), "entry_id": approval.entry_id,
        "reason": approval.reason, "by": approval.by,
    });
    append(&mut tx, &[event::approved(stamp(&caller, now), &invoice, said.clone())]).await?;
    answer(tx, &caller, &attempt, id, "freight-invoice.approved", said).await
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
    tag = "freight-invoices", params(("id" = String, Path, format = "uuid")), request_body = ReasonIn,
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
) -> Result<Response, Problem> {
    may(&caller, APPROVE)?;
    let expected = if_match.required()?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    let invoice = expected_one(&mut tx, &caller, id, &expected, "approved").await?;
    let reason = body.text()?;
    let now = now_ms();
    let decider = Decider { by: &caller.principal, reason: Some(reason.clone()), now_ms: now };
    decide::undo(tx.conn(), caller.tenant, &invoice, &decider, &reason).await?;
    store::set_status(tx.conn(), caller.tenant, id, "open", now).await?;
    let events = examine::invoices(tx.conn(), stamp(&caller, now), &[id].into()).await?;
    append(&mut tx, &events).await?;
    answer(tx, &caller, &attempt, id, "freight-invoice.reopened", json!({ "reason": reason })).await
}

/// Cancel an open freight bill.
///
/// A duplicate, for example: it is kept, and neither compared nor paid.
#[utoipa::path(post, path = "/v1/freight-invoices/{id}/cancel", operation_id = "cancelFreightInvoice",
    tag = "freight-invoices", params(("id" = String, Path, format = "uuid")), request_body = ReasonIn,
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
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let expected = if_match.required()?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    let invoice = expected_one(&mut tx, &caller, id, &expected, "open").await?;
    let reason = body.text()?;
    let decider = Decider { by: &caller.principal, reason: Some(reason.clone()), now_ms: now_ms() };
    // A corrected bill may have an approval of an earlier version behind it.
    decide::undo(tx.conn(), caller.tenant, &invoice, &decider, &reason).await?;
    store::set_status(tx.conn(), caller.tenant, id, "cancelled", decider.now_ms).await?;
    answer(tx, &caller, &attempt, id, "freight-invoice.cancelled", json!({ "reason": reason }))
        .await
}

/// The bill, locked, if it is as the caller read it and of that status.
pub(super) async fn expected_one(
    tx: &mut TenantTx,
    caller: &Caller,
    id: Uuid,
    expected: &Expected,
    status: &str,
) -> Result<Invoice, Problem> {
    let invoice = one(tx.conn(), caller, id).await?;
    expected.check(invoice.revision, &InvoiceOut::from(&invoice))?;
    if invoice.status == status {
        return Ok(invoice);
    }
    let detail =
        format!("This bill is {}; that can be done with one that is {status}.", invoice.status);
    Err(Problem::conflict("freight-invoice-status", detail).member("status", invoice.status))
}

/// Answers with the bill as it is now, keeps the answer and the trail, and commits.
pub(super) async fn answer(
    mut tx: TenantTx,
    caller: &Caller,
    attempt: &Attempt,
    id: Uuid,
    action: &str,
    said: serde_json::Value,
) -> Result<Response, Problem> {
    let invoice = one(tx.conn(), caller, id).await?;
    let (revision, detail) = (invoice.revision, detail(tx.conn(), caller, invoice).await?);
    let response =
        attempt.store(&mut tx, Answer::new(StatusCode::OK, &detail)?.version(revision)).await?;
    audit(&mut tx, caller, action, &format!("freight-invoice/{id}"), said).await?;
    tx.commit().await?;
    Ok(response)
}
