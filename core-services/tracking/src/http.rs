//! The HTTP side: timelines, the list of shipments, counts and exceptions, for the tenant of the caller.

mod etas;
mod exceptions;
mod links;
mod list;
mod outside;
mod thresholds;

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::{Extension, Router};
use caravan_model::RecordId;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Path, Problem, Query};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::{ShipmentId, Timeline, stays};
use crate::store::{self, Candidate, FactRow};
use crate::wire::etas::standing;
use crate::wire::exceptions::{DetentionOut, ExceptionOut};
use crate::wire::{CandidateOut, EtaOut, MilestoneOut, TimelineOut, TimelineQuery, utc};

/// Most milestones of one answer.
const MILESTONES_MAX: usize = 10_000;
/// Most references of one answer.
const REFERENCES_MAX: i64 = 1_000;
/// Most candidates named when a reference is ambiguous.
const CANDIDATES_MAX: i64 = 20;

#[derive(utoipa::OpenApi)]
#[openapi(tags(
    (name = "shipments", description = "What moves, and what was reported about it."),
    (name = "exceptions", description = "What is wrong with shipments, whose it is, and how it ended."),
))]
struct Api;

/// The routes and their description, from one list.
fn routes() -> OpenApiRouter<Database> {
    let unlisted = map_response(outside::unlisted);
    let outside = OpenApiRouter::new().routes(routes!(outside::show)).layer(unlisted);
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(list::shipments))
        .routes(routes!(exceptions::counts))
        .routes(routes!(thresholds::show, thresholds::change))
        .routes(routes!(timeline))
        .routes(routes!(etas::history))
        .routes(routes!(links::list, links::make))
        .routes(routes!(links::revoke))
        .merge(outside)
        .routes(routes!(exceptions::list))
        .routes(routes!(exceptions::bulk))
        .routes(routes!(exceptions::show, exceptions::act))
}

/// The routes under `/v1/shipments` and `/v1/exceptions`, and under `/v1/public` those for anybody, over `database` (role
/// `caravan_tracking`).
///
/// All but the last read [`Caller`] from the request's extensions; whoever mounts the router puts it there and has checked the scope.
pub fn router(database: Database) -> Router {
    let (router, _) = routes().split_for_parts();
    router.method_not_allowed_fallback(only_get).with_state(database)
}

/// What [`router`] serves, as OpenAPI 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

async fn only_get() -> Problem {
    let detail = "Shipments are made by what parties report, and are read with GET; exceptions are acted upon with POST, links made so and revoked with DELETE, thresholds changed with PUT.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
}

/// Show a shipment's timeline.
///
/// By any of its numbers. Every milestone names its document, the raw code and what it corrects; nothing is ever deleted.
#[utoipa::path(
    get, path = "/v1/shipments/{reference}/timeline", operation_id = "showTimeline", tag = "shipments",
    params(("reference" = String, Path, description = "Any number that the shipment is known by."), TimelineQuery),
    security(("api_key" = ["shipments:read"])),
    responses(
        (status = 200, description = "The timeline.", body = TimelineOut),
        (status = 400, description = "`query-invalid`"),
        (status = 404, description = "`shipment-not-found`"),
        (status = 409, description = "`reference-ambiguous`, with `candidates`"),
    ),
)]
async fn timeline(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(reference): Path<String>,
    Query(TimelineQuery { kind }): Query<TimelineQuery>,
) -> Result<Json<TimelineOut>, Problem> {
    let reference = reference.trim();
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let found = store::candidates(&mut tx, reference, kind.as_deref(), CANDIDATES_MAX).await?;
    let id = the_one(reference, &found)?;
    let outline = store::outline(&mut tx, id, REFERENCES_MAX).await?;
    let asked = i64::try_from(MILESTONES_MAX).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = store::milestones(&mut tx, id, asked).await?;
    // Most shipments have neither; a question that is not asked costs nothing.
    let wrong = if outline.is_wrong {
        store::exceptions::open(tx.conn(), caller.tenant, &[id.0]).await?
    } else {
        Vec::new()
    };
    let told =
        if outline.is_expected { store::etas::history(&mut tx, id).await? } else { Vec::new() };
    tx.commit().await?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
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
        references: outline.references.into_iter().map(Into::into).collect(),
        standing: timeline.standing().into(),
        promised_by: outline.promised_ms.map(utc),
        decided_by: timeline.decisive().map(|fact| fact.id.to_string()),
        last_heard_at: timeline.updated_ms().map(utc),
        exceptions: wrong.into_iter().map(|row| ExceptionOut::new(row, now_ms)).collect(),
        detention: stays(&timeline.effective())
            .iter()
            .map(|stay| DetentionOut::new(stay, now_ms, outline.limits.detention_free_min))
            .collect(),
        expected: standing(&told),
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
            Err(Problem::not_found("shipment-not-found", detail))
        }
        (Some(id), 1) => Ok(*id),
        (Some(_), many) => {
            let detail = format!(
                "At least {many} shipments are known by {reference:?}; ask for one of the candidates by its own reference, or add \
                 ?kind= with the kind that you mean."
            );
            let candidate = |found: &Candidate| CandidateOut {
                kind: found.kind.clone(),
                reference: found.main.value.clone(),
                reference_kind: found.main.kind.clone(),
            };
            let candidates: Vec<CandidateOut> = found.iter().map(candidate).collect();
            Err(Problem::conflict("reference-ambiguous", detail).member("candidates", candidates))
        }
    }
}
