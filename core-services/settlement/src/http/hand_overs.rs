//! Hand-over of approved bills to whoever pays: a CSV file, kept as it was given, and an event for each bill.

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
use super::{APPROVE, READ, append, audit, may, now_ms, stamp, writing};
use crate::store::approvals;
use crate::store::hand_overs::{self as store, HandOver};
use crate::store::invoices::{self, Invoice};
use crate::wire::event;
use crate::wire::{amount, utc};

/// Most bills of a hand-over; the rest goes with the next.
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
/// Takes the approved ones, the oldest first; each is settled from then on and announced once.
#[utoipa::path(post, path = "/v1/hand-overs", operation_id = "createHandOver", tag = "freight-invoices",
    request_body = HandOverIn, security(("api_key" = ["settlement:approve"])),
    responses((status = 201, body = HandOverOut), (status = 400, description = "`idempotency-key-missing`"),
        (status = 409, description = "`nothing-approved`")))]
pub(super) async fn create(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<HandOverIn>,
) -> Result<Response, Problem> {
    may(&caller, APPROVE)?;
    let attempt = attempt.required()?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    let (tenant, now) = (caller.tenant, now_ms());
    let carrier = body.carrier.map(|carrier| carrier.trim().to_uppercase());
    let rows = invoices::to_hand_over(tx.conn(), tenant, carrier.as_deref(), INVOICES_MAX).await?;
    if rows.is_empty() {
        return Err(Problem::conflict(
            "nothing-approved",
            "No approved bill waits; approve some first.",
        ));
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let decided = approvals::last_of(tx.conn(), tenant, &ids).await?;
    let decided: BTreeMap<Uuid, [i64; 4]> = decided
        .into_iter()
        .map(|(id, freight, forward, reverse, deducted)| {
            (id, [freight, forward, reverse, deducted])
        })
        .collect();
    let id = Uuid::now_v7();
    let content = file_of(&rows, &decided).map_err(|error| Problem::internal(&error))?;
    let count = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    let hand_over = HandOver { id, invoices: count, by: caller.principal.clone(), at_ms: now };
    store::add(tx.conn(), tenant, &hand_over, &content).await?;
    invoices::settle(tx.conn(), tenant, &ids, id, now).await?;
    let events: Vec<_> = rows
        .iter()
        .map(|row| {
            let settled = Invoice {
                status: "settled".to_owned(),
                revision: row.revision.saturating_add(1),
                hand_over: Some(id),
                updated_ms: now,
                ..row.clone()
            };
            let [freight, tax_forward, tax_reverse, deducted] = texts(row, &decided);
            let rest = json!({ "hand_over_id": id, "approval": {
                "freight": freight, "tax_forward": tax_forward, "tax_reverse": tax_reverse, "deducted": deducted } });
            event::settled(stamp(&caller, now), &settled, rest)
        })
        .collect();
    append(&mut tx, &events).await?;
    let location = format!("/v1/hand-overs/{id}");
    let answer =
        Answer::new(StatusCode::CREATED, &HandOverOut::from(hand_over))?.location(location);
    let response = attempt.store(&mut tx, answer).await?;
    audit(
        &mut tx,
        &caller,
        "hand-over.made",
        &format!("hand-over/{id}"),
        json!({ "invoices": count }),
    )
    .await?;
    tx.commit().await?;
    Ok(response)
}

/// Freight, tax on the bill, tax that we owe, and what was deducted, as texts.
fn texts(row: &Invoice, decided: &BTreeMap<Uuid, [i64; 4]>) -> [String; 4] {
    decided.get(&row.id).copied().unwrap_or_default().map(|minor| amount(&row.currency, minor))
}

/// The file: one bill a row. Texts that a spreadsheet would run are made harmless; amounts are ours.
fn file_of(rows: &[Invoice], decided: &BTreeMap<Uuid, [i64; 4]>) -> Result<String, csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record([
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
    ])?;
    for row in rows {
        let [freight, forward, reverse, deducted] = texts(row, decided);
        let [net, tax, _, held] = decided.get(&row.id).copied().unwrap_or_default();
        let payable = amount(&row.currency, net.saturating_add(tax).saturating_sub(held));
        file.write_record([
            row.id.to_string(),
            harmless(&row.carrier),
            harmless(&row.number),
            row.version.to_string(),
            row.billed.clone().unwrap_or_default(),
            row.currency.clone(),
            amount(&row.currency, row.total),
            freight,
            forward,
            reverse,
            deducted,
            payable,
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
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
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
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
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
