//! Re-rating of many shipments in the background.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Idempotent, Json, Page, PageQuery, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Change, READ, Stop, WRITE, as_of, date, may};
use crate::store::jobs::{self as store, Job, Outcome};
use crate::wire::{amount, utc};

/// What is to be rated again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateJobIn)]
pub(crate) struct JobIn {
    /// First day of pickup.
    from: String,
    /// Last day of pickup.
    to: String,
    /// By what was known at this moment; now unless said.
    #[serde(default)]
    as_of: Option<String>,
    #[serde(default)]
    carrier: Option<String>,
}

/// A job and how far it has come.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateJob)]
pub(crate) struct JobOut {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// `queued`, `running` or `done`.
    status: String,
    from: String,
    to: String,
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    /// Shipments when it was queued.
    total: i64,
    done: i64,
    /// How many come to another amount than they did.
    changed: i64,
    /// How many could not be rated.
    unrated: i64,
    by: String,
    created_at: String,
    updated_at: String,
}

impl From<Job> for JobOut {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            status: job.status,
            from: job.from_date,
            to: job.to_date,
            as_of: utc(job.as_of_ms),
            carrier: job.carrier,
            total: job.total,
            done: job.done,
            changed: job.changed,
            unrated: job.unrated,
            by: job.by,
            created_at: utc(job.created_ms),
            updated_at: utc(job.updated_ms),
        }
    }
}

/// A price as it was and as it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateJobResult)]
pub(crate) struct ResultOut {
    #[schema(value_type = String, format = "uuid")]
    shipment_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    contract_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    /// Why it could not be rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    unrated: Option<String>,
}

impl From<Outcome> for ResultOut {
    fn from(row: Outcome) -> Self {
        let text = |currency: &Option<String>, minor: Option<i64>| {
            currency.as_deref().zip(minor).map(|(currency, minor)| amount(currency, minor))
        };
        Self {
            shipment_id: row.shipment_id,
            before: text(&row.before_currency, row.before_minor),
            after: text(&row.after_currency, row.after_minor),
            changed: row.changed(),
            currency: row.after_currency.or(row.before_currency),
            contract_id: row.contract_id,
            version: row.version,
            unrated: row.unrated,
        }
    }
}

/// Re-rate shipments.
///
/// A background job: what stands is not changed, the results say what each shipment comes to as of the moment.
#[utoipa::path(post, path = "/v1/rate-jobs", operation_id = "createRateJob", tag = "rates",
    params(("idempotency-key" = Option<String>, Header)), request_body = JobIn,
    security(("api_key" = ["settlement:write"])),
    responses((status = 202, body = JobOut), (status = 422, description = "`date-invalid`")))]
pub(super) async fn create(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<JobIn>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let (from, to) = (date("from", &body.from)?, date("to", &body.to)?);
    if to < from {
        let detail = "The last day is before the first.";
        return Err(Problem::unprocessable("date-invalid", detail).into());
    }
    let now = change.now_ms();
    let job = Job {
        id: Uuid::now_v7(),
        as_of_ms: as_of(body.as_of.as_deref(), now)?,
        carrier: body.carrier.as_deref().map(|carrier| carrier.trim().to_uppercase()),
        from_date: from.to_string(),
        to_date: to.to_string(),
        status: String::new(),
        total: 0,
        done: 0,
        changed: 0,
        unrated: 0,
        at_date: None,
        at_id: None,
        by: change.by(),
        created_ms: now,
        updated_ms: now,
    };
    let tenant = change.tenant();
    let job = store::add(change.conn(), tenant, &job).await?;
    let (id, total) = (job.id, job.total);
    change.did("rate-job.queued", format!("rate-job/{id}"), json!({ "shipments": total }));
    let answer = Answer::new(StatusCode::ACCEPTED, &JobOut::from(job))?;
    change.end(answer.location(format!("/v1/rate-jobs/{id}"))).await
}

/// List re-rating jobs.
#[utoipa::path(get, path = "/v1/rate-jobs", operation_id = "listRateJobs", tag = "rates", params(PageQuery),
    security(("api_key" = ["settlement:read"])), responses((status = 200, body = Page<JobOut>)))]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<JobOut>>, Problem> {
    may(&caller, READ)?;
    let limit = page.limit()?;
    let after: Option<(i64, Uuid)> = page.after("rate-jobs")?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::list(tx.conn(), caller.tenant, after, limit.rows()).await?;
    tx.commit().await?;
    Ok(Json(Page::of("rate-jobs", limit, rows, |row| (row.created_ms, row.id), JobOut::from)?))
}

/// Show a re-rating job.
#[utoipa::path(get, path = "/v1/rate-jobs/{id}", operation_id = "showRateJob", tag = "rates", params(("id" = String, Path, format = "uuid")),
    security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = JobOut), (status = 404, description = "`job-not-found`")))]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Json<JobOut>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let job = store::one(tx.conn(), caller.tenant, id).await?;
    tx.commit().await?;
    job.map(|job| Json(job.into())).ok_or_else(not_found)
}

/// Which results.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ResultFilter {
    /// Only those that come to another amount.
    #[serde(default)]
    changed: bool,
}

/// List a job's results.
#[utoipa::path(get, path = "/v1/rate-jobs/{id}/results", operation_id = "listRateJobResults", tag = "rates",
    params(("id" = String, Path, format = "uuid"), PageQuery, ResultFilter), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = Page<ResultOut>), (status = 404, description = "`job-not-found`")))]
pub(super) async fn results(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<ResultFilter>,
) -> Result<Json<Page<ResultOut>>, Problem> {
    may(&caller, READ)?;
    let limit = page.limit()?;
    let after: Option<Uuid> = page.after("rate-job-results")?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    store::one(tx.conn(), caller.tenant, id).await?.ok_or_else(not_found)?;
    let rows =
        store::results(tx.conn(), caller.tenant, id, filter.changed, after, limit.rows()).await?;
    tx.commit().await?;
    Ok(Json(Page::of("rate-job-results", limit, rows, |row| row.shipment_id, ResultOut::from)?))
}

fn not_found() -> Problem {
    Problem::not_found("job-not-found", "There is no such job; look it up in GET /v1/rate-jobs.")
}
