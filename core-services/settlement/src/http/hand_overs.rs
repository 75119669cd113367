//! Hand-over of approved bills and their notes to whoever pays: a CSV file, kept as it was given, and an event for each bill.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Idempotent, Json, Page, PageQuery, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::table::harmless;
use super::{APPROVE, Change, READ, Stop, may};
use crate::examine;
use crate::store::approvals::{self, Decided};
use crate::store::hand_overs::{self as store, HandOver, WaitingNote};
use crate::store::invoices::{self, Invoice};
use crate::store::shipments;
use crate::wire::event;
use crate::wire::settled::{Settled, SettledApproval};
use crate::wire::{amount, utc};

/// Most bills of a hand-over, and most notes; the rest goes with the next.
const INVOICES_MAX: i64 = 5_000;

/// What is to be handed over.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HandOverIn)]
pub(crate) struct HandOverIn {
    /// One carrier's bills; all unless said.
    #[serde(default)]
    carrier: Option<String>,
}

/// A hand-over.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HandOver)]
pub(crate) struct HandOverOut {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// How many bills.
    invoices: i32,
    by: String,
    at: String,
    /// Where the file is.
    file: String,
}

impl From<HandOver> for HandOverOut {
    fn from(row: HandOver) -> Self {
        let file = format!("/v1/hand-overs/{}/file", row.id);
        Self { id: row.id, invoices: row.invoices, by: row.by, at: utc(row.at_ms), file }
    }
}

/// Hand over approved freight bills.
///
/// Takes the approved ones, the oldest first; each is settled from then on and announced once. Carriers' notes on bills that are
/// handed over are in the file too, each once, behind the bills.
#[utoipa::path(post, path = "/v1/hand-overs", operation_id = "createHandOver", tag = "freight-invoices",
    params(("idempotency-key" = String, Header)), request_body = HandOverIn, security(("api_key" = ["settlement:approve"])),
    responses((status = 201, body = HandOverOut), (status = 400, description = "`idempotency-key-missing`"),
        (status = 409, description = "`nothing-approved`")))]
pub(super) async fn create(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<HandOverIn>,
) -> Result<Response, Stop> {
    may(&caller, APPROVE)?;
    let attempt = attempt.required()?;
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    let (tenant, now) = (change.tenant(), change.now_ms());
    let carrier = body.carrier.map(|carrier| carrier.trim().to_uppercase());
    let rows =
        invoices::to_hand_over(change.conn(), tenant, carrier.as_deref(), INVOICES_MAX).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let decided = approvals::last_of(change.conn(), tenant, &ids).await?;
    let decided: BTreeMap<Uuid, Decided> =
        decided.into_iter().map(|decided| (decided.invoice_id, decided)).collect();
    let id = Uuid::now_v7();
    invoices::settle(change.conn(), tenant, &ids, id, now).await?;
    // After it, since a note goes with its bill or follows it.
    let notes =
        store::waiting_notes(change.conn(), tenant, carrier.as_deref(), INVOICES_MAX).await?;
    if rows.is_empty() && notes.is_empty() {
        let detail = "No approved bill or note waits; approve some first.";
        return Err(Problem::conflict("nothing-approved", detail).into());
    }
    let content = file_of(&rows, &decided, &notes).map_err(|error| Problem::internal(&error))?;
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let hand_over = HandOver { id, invoices: count(rows.len()), by: change.by(), at_ms: now };
    store::add(change.conn(), tenant, &hand_over, &content).await?;
    store::settle_notes(change.conn(), tenant, &notes, id).await?;
    tell(&mut change, id, &rows, &decided).await?;
    let said = json!({ "invoices": rows.len(), "notes": notes.len() });
    change.did("hand-over.made", format!("hand-over/{id}"), said);
    let location = format!("/v1/hand-overs/{id}");
    let answer = Answer::new(StatusCode::CREATED, &HandOverOut::from(hand_over))?;
    change.end(answer.location(location)).await
}

/// Tells of each bill of a hand-over.
async fn tell(
    change: &mut Change,
    hand_over: Uuid,
    rows: &[Invoice],
    decided: &BTreeMap<Uuid, Decided>,
) -> Result<(), Problem> {
    let stamp = change.stamp();
    let versions = invoices::counting(change.conn(), stamp.tenant, rows).await?;
    let shipments: Vec<Uuid> = rows.iter().filter_map(|row| row.shipment).collect();
    let numbers = shipments::numbers(change.conn(), stamp.tenant, &shipments).await?;
    for row in rows {
        let settled = Invoice {
            status: "settled".to_owned(),
            revision: row.revision.saturating_add(1),
            hand_over: Some(hand_over),
            updated_ms: stamp.now_ms,
            ..row.clone()
        };
        // An approved bill has both.
        let missing = || Problem::internal(&sqlx::Error::RowNotFound);
        let decided = decided.get(&row.id).ok_or_else(missing)?;
        let bill = examine::read(row, versions.get(&row.id).ok_or_else(missing)?)?;
        let numbers = row.shipment.and_then(|id| numbers.get(&id)).map_or(&[][..], Vec::as_slice);
        let content = Settled::new(&bill, decided, numbers);
        let content = content.map_err(|error| Problem::internal(&error))?;
        let approval = SettledApproval::new(&row.currency, decided);
        change.tell(event::settled(stamp, &settled, &approval, &content));
    }
    Ok(())
}

/// What each row of the file says.
const COLUMNS: [&str; 14] = [
    "invoice_id",
    "carrier",
    "number",
    "version",
    "billed_date",
    "currency",
    "total",
    "freight",
    "tax_on_bill",
    "tax_reverse_charge",
    "tax_deducted",
    "payable",
    // `bill`, `credit-note` or `debit-note`.
    "document",
    // Of a note the number of its bill.
    "note_on",
];

/// The file: a bill or a note a row. Texts that a spreadsheet would run are made harmless; amounts are ours. A credit note's are
/// negative: it lessens what the carrier gets.
fn file_of(
    rows: &[Invoice],
    decided: &BTreeMap<Uuid, Decided>,
    notes: &[WaitingNote],
) -> Result<String, csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(COLUMNS)?;
    for row in rows {
        let decided = decided.get(&row.id).cloned().unwrap_or_default();
        let text = |minor| amount(&row.currency, minor);
        file.write_record([
            row.id.to_string(),
            harmless(&row.carrier),
            harmless(&row.number),
            row.version.to_string(),
            row.billed.clone().unwrap_or_default(),
            row.currency.clone(),
            text(row.total),
            text(decided.freight),
            text(decided.tax_forward),
            text(decided.tax_reverse),
            text(decided.deducted),
            text(decided.payable()),
            "bill".to_owned(),
            String::new(),
        ])?;
    }
    for note in notes {
        let signed = if note.kind == "credit" { note.amount.saturating_neg() } else { note.amount };
        let (total, none) = (amount(&note.currency, signed), amount(&note.currency, 0));
        file.write_record([
            note.invoice_id.to_string(),
            harmless(&note.carrier),
            harmless(&note.number),
            String::new(),
            utc(note.at_ms).get(..10).unwrap_or_default().to_owned(),
            note.currency.clone(),
            total.clone(),
            total.clone(),
            none.clone(),
            none.clone(),
            none,
            total,
            format!("{}-note", note.kind),
            harmless(&note.bill),
        ])?;
    }
    let bytes = file.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// List hand-overs.
#[utoipa::path(get, path = "/v1/hand-overs", operation_id = "listHandOvers", tag = "freight-invoices", params(PageQuery),
    security(("api_key" = ["settlement:read"])), responses((status = 200, body = Page<HandOverOut>)))]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<HandOverOut>>, Problem> {
    may(&caller, READ)?;
    let limit = page.limit()?;
    let after: Option<(i64, Uuid)> = page.after("hand-overs")?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::list(tx.conn(), caller.tenant, after, limit.rows()).await?;
    tx.commit().await?;
    Ok(Json(Page::of("hand-overs", limit, rows, |row| (row.at_ms, row.id), HandOverOut::from)?))
}

/// Download a hand-over's file.
///
/// CSV in UTF-8; text cells that a spreadsheet would take for a formula have an apostrophe before them.
#[utoipa::path(get, path = "/v1/hand-overs/{id}/file", operation_id = "downloadHandOver", tag = "freight-invoices",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 404, description = "`hand-over-not-found`")))]
pub(super) async fn file(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let content = store::content(tx.conn(), caller.tenant, id).await?;
    tx.commit().await?;
    let none = || {
        Problem::not_found(
            "hand-over-not-found",
            "There is no such hand-over; look it up in GET /v1/hand-overs.",
        )
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"hand-over-{id}.csv\"")),
    ];
    Ok((headers, content.ok_or_else(none)?).into_response())
}
