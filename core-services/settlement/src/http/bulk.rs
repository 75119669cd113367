//! Approval of many freight bills at once, each with its own result.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, Database};
use caravan_web::{Answer, Idempotent, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{ReasonIn, approve_one, of_status, one};
use super::{APPROVE, Change, Stop, may};
use crate::decide;
use crate::wire::amount;
use crate::{store, trail};

/// Most bills of one request.
const BULK_MAX: usize = 200;

/// A bill as the caller saw it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightInvoiceBulkItem)]
pub(crate) struct ItemIn {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// What it came to then: a bill that was corrected meanwhile is not approved.
    total: String,
}

/// Bills to be approved.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FreightInvoiceBulkIn)]
pub(crate) struct BulkIn {
    /// At most 200.
    approve: Vec<ItemIn>,
    /// For those that are not clean; without it they are left.
    #[serde(default)]
    reason: Option<String>,
}

/// What became of one of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceBulkResult)]
pub(crate) struct ResultOut {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    done: bool,
    /// The problem's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// What became of each, in their order.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceBulkResults)]
pub(crate) struct ResultsOut {
    results: Vec<ResultOut>,
}

/// Approve many freight bills.
///
/// Each has its own result: one that cannot be approved does not keep the others back. The total that was seen stands for
/// `if-match`.
#[utoipa::path(post, path = "/v1/freight-invoices/bulk", operation_id = "approveFreightInvoices", tag = "freight-invoices",
    params(("idempotency-key" = Option<String>, Header)), request_body = BulkIn, security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = ResultsOut), (status = 422, description = "`bulk-invalid`, `reason-invalid`")))]
pub(super) async fn approve(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<BulkIn>,
) -> Result<Response, Stop> {
    may(&caller, APPROVE)?;
    if body.approve.is_empty() || body.approve.len() > BULK_MAX {
        let detail = format!("Name 1 to {BULK_MAX} bills.");
        return Err(Problem::unprocessable("bulk-invalid", detail).into());
    }
    let reason = body.reason.map(|reason| ReasonIn { reason }.text()).transpose()?;
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    let mut results = Vec::with_capacity(body.approve.len());
    for item in &body.approve {
        // What one wrote before it failed is taken back, and nothing else.
        store::savepoint(change.conn()).await?;
        let (done, code, detail) = match each(&mut change, item, reason.clone()).await {
            Ok(said) => {
                store::release(change.conn()).await?;
                change.did(trail::APPROVED, format!("freight-invoice/{}", item.id), said);
                (true, None, None)
            }
            Err(problem) if problem.status().is_client_error() => {
                store::roll_back(change.conn()).await?;
                let (code, detail) = (problem.code().to_owned(), problem.detail().to_owned());
                (false, Some(code), Some(detail))
            }
            Err(problem) => return Err(problem.into()),
        };
        results.push(ResultOut { id: item.id, done, code, detail });
    }
    change.end(Answer::new(StatusCode::OK, &ResultsOut { results })?).await
}

/// Approves one; it is told of last, when nothing can fail any more.
async fn each(
    change: &mut Change,
    item: &ItemIn,
    reason: Option<String>,
) -> Result<serde_json::Value, Problem> {
    let invoice = one(change, item.id).await?;
    of_status(&invoice, "open")?;
    if decide::currency(&invoice)?.minor(item.total.trim()) != Some(invoice.total) {
        let detail = format!(
            "This bill comes to {} {} now; look at it again.",
            amount(&invoice.currency, invoice.total),
            invoice.currency
        );
        return Err(Problem::conflict("freight-invoice-total", detail));
    }
    approve_one(change, &invoice, reason).await
}
