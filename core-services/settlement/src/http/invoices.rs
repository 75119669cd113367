//! Freight bills: listed, shown with their comparison, typed and imported.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use caravan_model::{ConnectionId, DocumentHash, TenantId};
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{
    Answer, Attempt, Idempotent, IfNoneMatch, Json, Page, PageQuery, Path, Problem, Query,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::table::{self, ImportQuery, TableReport};
use super::{Change, READ, Stop, WRITE, date, may};
use crate::bill::{Bill, hashed};
use crate::store::disputes;
use crate::store::invoices::{self as store, Filter, Invoice, Taken};
use crate::take;
use crate::wire::invoice::{InvoiceDetail, InvoiceIn, InvoiceOut, Parts};

/// Most bills of an import.
const BILLS_MAX: usize = 5_000;

/// What a list may be narrowed by.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InvoiceFilter {
    /// `open`, `disputed`, `approved`, `settled` or `cancelled`.
    status: Option<String>,
    /// `matched`, `within-tolerance`, `missing-delivery`, `disputed`, `exception` or `duplicate`.
    outcome: Option<String>,
    carrier: Option<String>,
    number: Option<String>,
    /// The order's id.
    #[param(value_type = Option<String>, format = "uuid")]
    shipment: Option<Uuid>,
}

/// List freight bills.
///
/// The last received first.
#[utoipa::path(get, path = "/v1/freight-invoices", operation_id = "listFreightInvoices", tag = "freight-invoices",
    params(PageQuery, InvoiceFilter), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = Page<InvoiceOut>)))]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<InvoiceFilter>,
) -> Result<Json<Page<InvoiceOut>>, Problem> {
    may(&caller, READ)?;
    let limit = page.limit()?;
    let after: Option<(i64, Uuid)> = page.after("freight-invoices")?;
    let filter = Filter {
        status: filter.status,
        outcome: filter.outcome,
        carrier: filter.carrier.map(|carrier| carrier.trim().to_uppercase()),
        number: filter.number,
        shipment: filter.shipment,
    };
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::list(tx.conn(), caller.tenant, &filter, after, limit.rows()).await?;
    tx.commit().await?;
    let show = |row: Invoice| InvoiceOut::from(&row);
    Ok(Json(Page::of("freight-invoices", limit, rows, |row| (row.received_ms, row.id), show)?))
}

/// How many bills there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FreightInvoiceCounts)]
pub(crate) struct CountsOut {
    total: i64,
    by_status: BTreeMap<String, i64>,
    /// Of the open ones.
    open_by_outcome: BTreeMap<String, i64>,
}

/// Count freight bills.
#[utoipa::path(get, path = "/v1/freight-invoices/counts", operation_id = "countFreightInvoices", tag = "freight-invoices",
    security(("api_key" = ["settlement:read"])), responses((status = 200, body = CountsOut)))]
pub(super) async fn counts(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<CountsOut>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::counts(tx.conn(), caller.tenant).await?;
    tx.commit().await?;
    let mut out =
        CountsOut { total: 0, by_status: BTreeMap::new(), open_by_outcome: BTreeMap::new() };
    for (status, outcome, count) in rows {
        out.total = out.total.saturating_add(count);
        if status == "open" {
            let of_outcome = out.open_by_outcome.entry(outcome).or_default();
            *of_outcome = of_outcome.saturating_add(count);
        }
        let of_status = out.by_status.entry(status).or_default();
        *of_status = of_status.saturating_add(count);
    }
    Ok(Json(out))
}

/// Show a freight bill.
///
/// With its comparison line by line, why the expected amounts are what they are, and all that became of it.
#[utoipa::path(get, path = "/v1/freight-invoices/{id}", operation_id = "showFreightInvoice", tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = InvoiceDetail), (status = 404, description = "`freight-invoice-not-found`")))]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_none_match: IfNoneMatch,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let invoice = find(tx.conn(), caller.tenant, id).await?;
    let (revision, detail) = (invoice.revision, detail(tx.conn(), caller.tenant, invoice).await?);
    tx.commit().await?;
    Ok(if_none_match.or(revision, detail))
}

/// Enter a freight bill.
///
/// It is compared at once, as one that a carrier sends.
#[utoipa::path(post, path = "/v1/freight-invoices", operation_id = "createFreightInvoice", tag = "freight-invoices",
    params(("idempotency-key" = Option<String>, Header)), request_body = InvoiceIn, security(("api_key" = ["settlement:write"])),
    responses((status = 201, body = InvoiceDetail), (status = 409, description = "`freight-invoice-exists`"),
        (status = 422, description = "`freight-invoice-invalid`, `date-invalid`")))]
pub(super) async fn create(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<InvoiceIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let (tenant, decider) = (change.tenant(), change.decider(None));
    let bill = read(&body, decider.now_ms)?;
    let id = bill.invoice();
    let taken = take::take(change.conn(), tenant, &bill, &decider).await?;
    if matches!(taken, Taken::Again | Taken::Resent) {
        let detail = "This carrier's bill of this number was entered before; a correction says so in `correction`.";
        return Err(Problem::conflict("freight-invoice-exists", detail).member("id", id).into());
    }
    change.examine(&[id].into()).await?;
    let invoice = find(change.conn(), tenant, id).await?;
    let (revision, detail) = (invoice.revision, detail(change.conn(), tenant, invoice).await?);
    let said = json!({ "number": body.number, "carrier": body.carrier, "total": body.total });
    change.did("freight-invoice.entered", format!("freight-invoice/{id}"), said);
    let answer = Answer::new(StatusCode::CREATED, &detail)?
        .location(format!("/v1/freight-invoices/{id}"))
        .version(revision);
    change.end(answer).await
}

/// Import freight bills from CSV.
///
/// A row is a charge; rows of one carrier and number make a bill. Columns: `carrier`, `number`, `currency`, `total`,
/// `billed_date`, `correction`, `shipment`, `order`, `lr`, `bol`, `pro`, `awb`, `line_code`, `line_description`,
/// `line_amount`, `weight_kg`. A bill that is known already stays as it is.
#[utoipa::path(post, path = "/v1/freight-invoices/import", operation_id = "importFreightInvoices", tag = "freight-invoices",
    params(ImportQuery, ("idempotency-key" = Option<String>, Header, description = "Must be there, except for a `dry_run`.")),
    request_body(content = String, content_type = "text/csv"),
    security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = TableReport), (status = 400, description = "`idempotency-key-missing`"),
        (status = 422, description = "`table-invalid`, or the code of a file that is no table")))]
pub(super) async fn import(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ImportQuery>,
    attempt: Attempt,
) -> Result<Response, Stop> {
    may(&caller, WRITE)?;
    let attempt = if query.dry_run { attempt } else { attempt.required()? };
    let table = table::invoices(attempt.body())?;
    if table.read.len() > BILLS_MAX {
        let detail = format!(
            "The table has {} bills, at most {BILLS_MAX} at once; cut it into several.",
            table.read.len()
        );
        return Err(Problem::unprocessable("table-invalid", detail).into());
    }
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let (tenant, decider) = (change.tenant(), change.decider(None));
    let mut report = TableReport { dry_run: query.dry_run, ..table.report };
    let mut taken = std::collections::BTreeSet::new();
    for (row, body) in table.read {
        let bill = match read(&body, decider.now_ms) {
            Ok(bill) => bill,
            Err(problem) => {
                report.reject(row, problem.code(), problem.detail());
                continue;
            }
        };
        let id = bill.invoice();
        match take::take(change.conn(), tenant, &bill, &decider).await? {
            Taken::New | Taken::Corrected => {
                taken.insert(id);
                report.created.push(id.to_string());
            }
            Taken::Resent | Taken::Again => report.known.push(id.to_string()),
        }
    }
    change.examine(&taken).await?;
    if query.dry_run {
        // The same statements, and no commit.
        return Ok(Json(report).into_response());
    }
    let said = json!({ "created": report.created.len(), "known": report.known.len(), "rejected": report.rejected.len() });
    change.did("freight-invoices.imported", "freight-invoices/import".to_owned(), said);
    change.end(Answer::new(StatusCode::OK, &report)?).await
}

/// A typed bill in the form of one that came.
fn read(body: &InvoiceIn, now_ms: i64) -> Result<Bill, Problem> {
    let invalid = |detail: String| Problem::unprocessable("freight-invoice-invalid", detail);
    if body.number.trim().is_empty() || body.carrier.trim().is_empty() {
        return Err(invalid("A bill has a carrier and a number; fill both in.".to_owned()));
    }
    if body.lines.len() > 1_000 || body.references.len() > 100 {
        return Err(invalid("A bill has at most 1,000 lines and 100 references.".to_owned()));
    }
    if let Some(day) = &body.billed_date {
        date("billed_date", day)?;
    }
    let data = serde_json::to_string(&body.event()).map_err(|error| Problem::internal(&error))?;
    // Typed twice, it is the same bill.
    let event = hashed(&[b"typed", data.as_bytes()]);
    Bill::read(event, ConnectionId::OURS, DocumentHash::NONE, data, now_ms).map_err(|error| {
        invalid(format!(
            "This is no bill: {}; write amounts such as 124.17 and the currency as INR.",
            caravan_fault::error_chain(&error)
        ))
    })
}

/// The bill, or a 404: another tenant's must look the same.
pub(super) async fn find(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Invoice, Problem> {
    let detail = "There is no such freight bill; look it up in GET /v1/freight-invoices.";
    let found = store::one(connection, tenant, id).await?;
    found.ok_or_else(|| Problem::not_found("freight-invoice-not-found", detail))
}

/// Everything about it.
pub(super) async fn detail(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Invoice,
) -> Result<InvoiceDetail, Problem> {
    let id = invoice.id;
    let all = disputes::of(connection, tenant, id).await?;
    let ids: Vec<Uuid> = all.iter().map(|dispute| dispute.id).collect();
    let parts = Parts {
        invoice,
        versions: store::versions(connection, tenant, id).await?,
        approvals: crate::store::approvals::of(connection, tenant, id).await?,
        messages: disputes::messages(connection, tenant, &ids).await?,
        notes: disputes::notes(connection, tenant, id).await?,
        disputes: all,
    };
    InvoiceDetail::new(&parts).map_err(|error| Problem::internal(&error))
}
