//! Exceptions over HTTP: listed, looked into, taken, put away, resolved; and the live counts.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_event_log::append;
use caravan_events::Kind;
use caravan_model::Said;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{
    Answer, Idempotent, IfMatch, Json, Page, PageQuery, Path, Problem, Query, Tagged,
};
use serde_json::json;
use uuid::Uuid;

use crate::exceptions::event;
use crate::store::exceptions::{self as store, Change, Exception, Filter};
use crate::wire::exceptions::{
    BulkIn, BulkOut, BulkResults, CauseCountOut, CountsOut, ExceptionAct, ExceptionLine,
    ExceptionOut, ExceptionQuery, StatusCountOut,
};
use crate::wire::instant_ms;

const WRITE: &str = "shipments:write";
/// Most exceptions of one bulk request.
const BULK_MAX: usize = 200;
/// Longest text that a person may write about an exception.
const TEXT_CHARS_MAX: usize = 2_000;
/// Statuses of goods on their way.
const MOVING: [&str; 13] = [
    "picked-up",
    "departed",
    "in-transit",
    "arrived",
    "transferred",
    "customs-in-progress",
    "customs-held",
    "customs-cleared",
    "at-delivery-facility",
    "delivery-scheduled",
    "out-for-delivery",
    "arrived-delivery",
    "delayed",
];

pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Count what moves, is late, is stuck.
///
/// Live: by status, and open exceptions by cause.
#[utoipa::path(
    get, path = "/v1/shipments/counts", operation_id = "countShipments", tag = "shipments",
    security(("api_key" = ["shipments:read"])), responses((status = 200, body = CountsOut)),
)]
pub(crate) async fn counts(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<CountsOut>, Problem> {
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let standing = store::standing_counts(&mut tx).await?;
    let causes = store::counts(&mut tx, now_ms()).await?;
    tx.commit().await?;
    let at = |wanted: &[&str]| {
        let of = standing.iter().filter(|(status, _)| wanted.contains(&status.as_str()));
        of.map(|(_, shipments)| *shipments).sum()
    };
    let open = |wanted: &[&str]| {
        let of = causes.iter().filter(|(cause, ..)| wanted.contains(&cause.as_str()));
        of.map(|(_, open, _)| *open).sum()
    };
    Ok(Json(CountsOut {
        moving: at(&MOVING),
        delivered: at(&["delivered"]),
        late: open(&["delay"]),
        stuck: open(&["halt", "silence"]),
        exceptions: causes.iter().map(|(_, open, _)| *open).sum(),
        by_cause: causes
            .iter()
            .map(|(cause, open, snoozed)| CauseCountOut {
                cause: cause.clone(),
                open: *open,
                snoozed: *snoozed,
            })
            .collect(),
        by_status: standing
            .iter()
            .map(|(status, shipments)| StatusCountOut {
                status: status.clone(),
                shipments: *shipments,
            })
            .collect(),
    }))
}

/// List the exceptions.
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/exceptions", operation_id = "listExceptions", tag = "exceptions",
    params(ExceptionQuery, PageQuery), security(("api_key" = ["shipments:read"])),
    responses(
        (status = 200, body = Page<ExceptionOut>),
        (status = 400, description = "`filter-unknown`, `limit-invalid`, `cursor-invalid`"),
    ),
)]
pub(crate) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(query): Query<ExceptionQuery>,
) -> Result<Json<Page<ExceptionOut>>, Problem> {
    let (limit, after) = (page.limit()?, page.after("exceptions")?);
    let filter = filter(query)?;
    let now_ms = now_ms();
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::list(&mut tx, &filter, after, limit.rows(), now_ms).await?;
    tx.commit().await?;
    let key = |row: &Exception| row.id;
    Page::of("exceptions", limit, rows, key, |row| ExceptionOut::new(row, now_ms)).map(Json)
}

fn filter(query: ExceptionQuery) -> Result<Filter, Problem> {
    let unknown = |what: &str, words: &str| {
        Problem::bad_request("filter-unknown", format!("`{what}` is one of {words}."))
    };
    let status = match query.status.as_deref() {
        None => None,
        Some(text) => ["open", "snoozed", "resolved"].into_iter().find(|word| *word == text),
    };
    if query.status.is_some() && status.is_none() {
        return Err(unknown("status", "open, snoozed, resolved"));
    }
    let cause = query.cause.as_deref().map(|text| store::cause(text).ok_or(())).transpose();
    let words = "delay, halt, silence, failed-attempt, return, damage, problem";
    let cause = cause.map_err(|()| unknown("cause", words))?;
    Ok(Filter { status, cause, owner: query.owner, reference: query.reference })
}

/// Show an exception.
///
/// With its whole history.
#[utoipa::path(
    get, path = "/v1/exceptions/{id}", operation_id = "showException", tag = "exceptions",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["shipments:read"])),
    responses((status = 200, body = ExceptionOut), (status = 404, description = "`exception-not-found`")),
)]
pub(crate) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Tagged<ExceptionOut>, Problem> {
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let row = store::one(&mut tx, id, false).await?.ok_or_else(|| not_found(id))?;
    let history = store::history(&mut tx, id).await?;
    tx.commit().await?;
    let version = row.version.into();
    let history = Some(history.into_iter().map(ExceptionLine::from).collect());
    Ok(Tagged { version, body: ExceptionOut { history, ..ExceptionOut::new(row, now_ms()) } })
}

/// Do something about an exception.
///
/// Take it or give it to somebody, snooze, comment, resolve with a reason, reopen. Needs `if-match`.
#[utoipa::path(
    post, path = "/v1/exceptions/{id}", operation_id = "actOnException", tag = "exceptions",
    params(("id" = String, Path, format = "uuid"), ("if-match" = String, Header), ("idempotency-key" = Option<String>, Header)),
    request_body = ExceptionAct, security(("api_key" = ["shipments:write"])),
    responses(
        (status = 200, body = ExceptionOut), (status = 404, description = "`exception-not-found`"),
        (status = 409, description = "`exception-state`"), (status = 412, description = "`version-conflict`, with `current`"),
        (status = 422, description = "`exception-act-invalid`"),
    ),
)]
pub(crate) async fn act(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<ExceptionAct>,
) -> Result<Response, Problem> {
    may(&caller)?;
    let expected = if_match.required()?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let row = store::one(&mut tx, id, true).await?.ok_or_else(|| not_found(id))?;
    expected.check(row.version.into(), &ExceptionOut::new(row.clone(), now_ms()))?;
    let changed = apply(&mut tx, &caller, &row, &body).await?;
    let version = changed.version;
    let shown = ExceptionOut::new(changed, now_ms());
    let answer = Answer::new(StatusCode::OK, &shown)?.version(version.into());
    let response = attempt.store(&mut tx, answer).await?;
    tx.commit().await?;
    Ok(response)
}

/// Do the same about many exceptions.
///
/// Each has its own result: one that cannot be done does not keep the others back.
#[utoipa::path(
    post, path = "/v1/exceptions/bulk", operation_id = "actOnExceptions", tag = "exceptions",
    params(("idempotency-key" = Option<String>, Header)),
    request_body = BulkIn, security(("api_key" = ["shipments:write"])),
    responses((status = 200, body = BulkResults), (status = 422, description = "`exception-act-invalid`")),
)]
pub(crate) async fn bulk(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<BulkIn>,
) -> Result<Response, Problem> {
    may(&caller)?;
    if body.ids.len() > BULK_MAX {
        return Err(act_invalid(format!("At most {BULK_MAX} exceptions can be named at once.")));
    }
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let mut ids = body.ids.clone();
    // In one order, so that two such requests never wait for each other.
    ids.sort_unstable();
    ids.dedup();
    let mut results = Vec::with_capacity(ids.len());
    for id in ids {
        let done = match store::one(&mut tx, id, true).await? {
            Some(row) => apply(&mut tx, &caller, &row, &body.act).await.map(drop),
            None => Err(not_found(id)),
        };
        match done {
            Ok(()) => {
                results.push(BulkOut { id: id.to_string(), done: true, code: None, detail: None })
            }
            // The caller's mistake was found before anything was written; ours ends the request.
            Err(problem) if problem.status().is_client_error() => results.push(BulkOut {
                id: id.to_string(),
                done: false,
                code: Some(problem.code()),
                detail: Some(problem.detail().to_owned()),
            }),
            Err(problem) => return Err(problem),
        }
    }
    let answer = Answer::new(StatusCode::OK, &BulkResults { results })?;
    let response = attempt.store(&mut tx, answer).await?;
    tx.commit().await?;
    Ok(response)
}

/// Does what was asked for to a locked row, tells of it, and writes it into the audit trail.
async fn apply(
    tx: &mut TenantTx,
    caller: &Caller,
    row: &Exception,
    act: &ExceptionAct,
) -> Result<Exception, Problem> {
    let (tenant, now_ms) = (tx.tenant(), now_ms());
    let change = changed(row, act, &caller.principal, now_ms)?;
    if change.is_open && !row.is_open {
        let open = store::open(tx.conn(), tenant, &[row.shipment.0]).await?;
        if open.iter().any(|other| other.cause == row.cause) {
            let detail =
                "The shipment has a newer exception of this cause that is open; act on that one.";
            return Err(Problem::conflict("exception-state", detail));
        }
    }
    let after = store::change(tx.conn(), tenant, row.id, &change).await?;
    let ends = row.is_open && !after.is_open;
    let kind = if ends { Kind::EXCEPTION_RESOLVED } else { Kind::EXCEPTION_CHANGED };
    append(tx, &[event(tenant, kind, &after, now_ms)])
        .await
        .map_err(|error| Problem::internal(&error))?;
    let text = change.text.as_ref().map(|said| &said.text);
    let entry = caravan_audit::Entry {
        actor: &caller.principal,
        action: &format!("exception.{}", change.action),
        subject: &format!("exception/{}", row.id),
        detail: json!({ "reference": row.reference, "cause": row.cause, "text": text }),
    };
    caravan_audit::record(tx, &entry).await?;
    Ok(after)
}

/// The change that an act comes to.
fn changed<'a>(
    row: &'a Exception,
    act: &'a ExceptionAct,
    actor: &'a str,
    at_ms: i64,
) -> Result<Change<'a>, Problem> {
    let base = Change {
        action: "",
        actor,
        text: None,
        at_ms,
        owner: row.owner.as_deref(),
        snoozed_until_ms: row.snoozed_until_ms,
        is_open: row.is_open,
    };
    let reopens = matches!(act, ExceptionAct::Reopen { .. });
    let comments = matches!(act, ExceptionAct::Comment { .. });
    if row.is_open == reopens && !comments {
        let state = if row.is_open { "open" } else { "resolved" };
        let detail = format!("The exception is {state}; read it again to see what can be done.");
        return Err(Problem::conflict("exception-state", detail));
    }
    Ok(match act {
        ExceptionAct::Assign { owner } => {
            let owner = owner.as_deref().map_or(Ok(actor), text)?;
            Change {
                action: "assigned",
                owner: Some(owner),
                text: Some(Said::own(owner.to_owned())),
                ..base
            }
        }
        ExceptionAct::Snooze { until, reason } => {
            let until_ms = instant_ms(until).filter(|until_ms| *until_ms > at_ms);
            let until_ms = until_ms.ok_or_else(|| {
                act_invalid("`until` is a time to come, as 2026-11-26T09:00:00+05:30.".to_owned())
            })?;
            let reason = reason.as_deref().map(own).transpose()?;
            Change { action: "snoozed", snoozed_until_ms: Some(until_ms), text: reason, ..base }
        }
        ExceptionAct::Comment { text: said } => {
            Change { action: "commented", text: Some(own(said)?), ..base }
        }
        ExceptionAct::Resolve { reason } => Change {
            action: "resolved",
            text: Some(own(reason)?),
            snoozed_until_ms: None,
            is_open: false,
            ..base
        },
        ExceptionAct::Reopen { reason } => {
            Change { action: "reopened", text: Some(own(reason)?), is_open: true, ..base }
        }
    })
}

fn text(said: &str) -> Result<&str, Problem> {
    let said = said.trim();
    if said.is_empty() || said.chars().count() > TEXT_CHARS_MAX {
        let detail = format!("Write 1 to {TEXT_CHARS_MAX} characters.");
        return Err(act_invalid(detail));
    }
    Ok(said)
}

fn own(said: &str) -> Result<Said, Problem> {
    text(said).map(|said| Said::own(said.to_owned()))
}

fn act_invalid(detail: String) -> Problem {
    Problem::unprocessable("exception-act-invalid", detail)
}

pub(super) fn may(caller: &Caller) -> Result<(), Problem> {
    if caller.may(WRITE) { Ok(()) } else { Err(Problem::scope_missing(WRITE)) }
}

fn not_found(id: Uuid) -> Problem {
    let detail = format!("There is no exception {id}; GET /v1/exceptions lists those there are.");
    Problem::not_found("exception-not-found", detail)
}
