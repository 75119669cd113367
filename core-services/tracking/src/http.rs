//! The HTTP side: timelines and the list of shipments, for the tenant of the caller.

use core::str::FromStr as _;
use std::collections::{BTreeMap, BTreeSet};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Json, Router};
use caravan_model::{RecordId, Status};
use caravan_tenancy::{Caller, Database, TenantTx};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::domain::{ShipmentId, Timeline};
use crate::problem::Problem;
use crate::store::{self, Candidate, FactRow};
use crate::wire::{EtaOut, MilestoneOut, PageOut, ShipmentOut, TimelineOut};

/// Most milestones of one answer.
const MILESTONES_MAX: usize = 10_000;
/// Most references of one answer.
const REFERENCES_MAX: i64 = 1_000;
/// Most candidates named when a reference is ambiguous.
const CANDIDATES_MAX: i64 = 20;
/// Shipments of a page, unless said.
const PAGE: i64 = 50;
/// Most shipments of a page.
const PAGE_MAX: i64 = 200;

/// `GET /v1/shipments` and `GET /v1/shipments/{reference}/timeline` over `database` (role `caravan_tracking`).
///
/// Reads [`Caller`] from the request's extensions; whoever mounts the router puts it there and has checked the scope.
pub fn router(database: Database) -> Router {
    Router::new()
        .route("/v1/shipments", get(shipments))
        .route("/v1/shipments/{reference}/timeline", get(timeline))
        .method_not_allowed_fallback(only_get)
        .with_state(database)
}

async fn only_get() -> Problem {
    let detail = "Shipments are made by what parties report; here they can only be read, with GET.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
}

/// What may stand behind `?` of a timeline.
#[derive(Deserialize)]
struct TimelineQuery {
    /// The kind of the reference, where several shipments go by the same number.
    kind: Option<String>,
}

async fn timeline(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(reference): Path<String>,
    query: Result<Query<TimelineQuery>, QueryRejection>,
) -> Result<Json<TimelineOut>, Problem> {
    let Query(TimelineQuery { kind }) = query.map_err(bad_query)?;
    let reference = reference.trim();
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    let found = store::candidates(&mut tx, reference, kind.as_deref(), CANDIDATES_MAX).await?;
    let id = the_one(reference, &found)?;
    let references = store::references(&mut tx, id, REFERENCES_MAX).await?;
    let asked = i64::try_from(MILESTONES_MAX).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = store::milestones(&mut tx, id, asked).await?;
    tx.commit().await?;
    let truncated = rows.len() > MILESTONES_MAX;
    rows.truncate(MILESTONES_MAX);
    let timeline: Timeline = rows.iter().map(|row| row.fact.clone()).collect();
    let rows: BTreeMap<RecordId, &FactRow> = rows.iter().map(|row| (row.fact.id, row)).collect();
    let entries = timeline.entries();
    let shown = entries
        .iter()
        .filter_map(|entry| rows.get(&entry.fact.id).map(|row| MilestoneOut::new(entry, row)));
    Ok(Json(TimelineOut {
        reference: found.first().map(|found| found.main.value.clone()).unwrap_or_default(),
        references: references.into_iter().map(Into::into).collect(),
        standing: timeline.standing().into(),
        eta: timeline.estimates().into_iter().map(EtaOut::from).collect(),
        milestones: shown.collect(),
        truncated,
    }))
}

/// The one shipment that is meant.
fn the_one(reference: &str, found: &[Candidate]) -> Result<ShipmentId, Problem> {
    let ids: BTreeSet<ShipmentId> = found.iter().map(|candidate| candidate.id).collect();
    match (ids.first(), ids.len()) {
        (None, _) => {
            let detail = format!(
                "No shipment is known by {reference:?}. A shipment appears with its first milestone; look into the documents \
                 whether one has arrived."
            );
            Err(Problem::new(StatusCode::NOT_FOUND, "shipment-not-found", detail))
        }
        (Some(id), 1) => Ok(*id),
        (Some(_), many) => {
            let detail = format!(
                "At least {many} shipments are known by {reference:?}; ask for one of the candidates by its own reference, or add \
                 ?kind= with the kind that you mean."
            );
            let candidate = |found: &Candidate| json!({ "kind": found.kind, "reference": found.main.value, "reference_kind": found.main.kind });
            Err(Problem::new(StatusCode::CONFLICT, "reference-ambiguous", detail)
                .candidates(found.iter().map(candidate).collect()))
        }
    }
}

/// What may stand behind `?` of the list; texts, so that a bad one gets our answer.
#[derive(Deserialize)]
struct ListQuery {
    status: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

async fn shipments(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<PageOut>, Problem> {
    let Query(query) = query.map_err(bad_query)?;
    let status = query.status.as_deref().map(known_status).transpose()?;
    let limit = query.limit.as_deref().map_or(Ok(PAGE), page_size)?;
    let after = query.cursor.as_deref().map(cursor).transpose()?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    let mut rows = store::list(&mut tx, status, after, limit.saturating_add(1)).await?;
    tx.commit().await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    Ok(Json(PageOut {
        next_cursor: last.map(|row| format!("{}.{}", row.updated_ms, row.id.0.simple())),
        shipments: rows.iter().map(ShipmentOut::from).collect(),
    }))
}

fn known_status(text: &str) -> Result<&'static str, Problem> {
    Status::from_str(text).map(Status::as_str).map_err(|_| {
        let all: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        let detail = format!("{text:?} is no status; use one of {}.", all.join(", "));
        Problem::new(StatusCode::BAD_REQUEST, "status-unknown", detail)
    })
}

fn page_size(text: &str) -> Result<i64, Problem> {
    text.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit)).ok_or_else(|| {
        let detail = format!("{text:?} is no limit; use a whole number from 1 to {PAGE_MAX}.");
        Problem::new(StatusCode::BAD_REQUEST, "limit-invalid", detail)
    })
}

/// An update time and an id: where the page before ended.
fn cursor(text: &str) -> Result<(i64, Uuid), Problem> {
    let read = || {
        let (updated_ms, id) = text.split_once('.')?;
        Some((updated_ms.parse().ok()?, Uuid::try_parse(id).ok()?))
    };
    read().ok_or_else(|| {
        let detail = "This cursor was not given out here; use next_cursor of the page before, or leave it out to start again.";
        Problem::new(StatusCode::BAD_REQUEST, "cursor-invalid", detail)
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err calls")]
fn bad_query(rejection: QueryRejection) -> Problem {
    let detail = format!("The query cannot be read: {}.", rejection.body_text());
    Problem::new(StatusCode::BAD_REQUEST, "query-invalid", detail)
}
