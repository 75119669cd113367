//! Rate contracts: drafts by version, published once, imported from a table.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{
    Answer, Attempt, Idempotent, IfMatch, IfNoneMatch, Json, Page, PageQuery, Path, Problem, Query,
    Tagged,
};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use utoipa::IntoParams;
use uuid::Uuid;

use super::table::{self, TableReport};
use super::{APPROVE, READ, WRITE, append, audit, may, now_ms, stamp, writing};
use crate::store::contracts::{self as store, Listed, Version};
use crate::wire::contract::{ContractOut, Published, Terms, VersionOut, VersionSummary, contract};
use crate::wire::event;
use crate::{examine, store as all_stores};

/// Bills that are looked at again when a contract is published.
const UNEXPLAINED_MAX: i64 = 500;

/// What a list may be narrowed by.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ContractFilter {
    /// The carrier's code.
    carrier: Option<String>,
}

/// List the rate contracts.
///
/// By carrier and name, each with its versions.
#[utoipa::path(get, path = "/v1/rate-contracts", operation_id = "listRateContracts", tag = "rates",
    params(PageQuery, ContractFilter), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = Page<ContractOut>)))]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<ContractFilter>,
) -> Result<Json<Page<ContractOut>>, Problem> {
    may(&caller, READ)?;
    let limit = page.limit()?;
    let after: Option<(String, String)> = page.after("rate-contracts")?;
    let carrier = filter.carrier.map(|carrier| carrier.trim().to_uppercase());
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    let rows =
        store::list(tx.conn(), caller.tenant, carrier.as_deref(), after, limit.rows()).await?;
    tx.commit().await?;
    let key = |row: &Listed| (row.carrier.clone(), row.name.clone());
    Ok(Json(Page::of("rate-contracts", limit, rows, key, listed)?))
}

fn listed(row: Listed) -> ContractOut {
    let version = |(version, published, currency, valid_from, valid_to)| VersionSummary {
        version,
        status: if published { "published" } else { "draft" },
        currency,
        valid_from,
        valid_to,
    };
    let versions = row.versions.into_iter().map(version).collect();
    ContractOut { id: row.id, carrier: row.carrier, name: row.name, versions }
}

/// Draft a rate contract.
///
/// Makes version 1 as a draft; publish it to have it hold.
#[utoipa::path(post, path = "/v1/rate-contracts", operation_id = "createRateContract", tag = "rates",
    request_body = Terms, security(("api_key" = ["settlement:write"])),
    responses((status = 201, body = VersionOut), (status = 409, description = "`contract-exists`"),
        (status = 422, description = "`contract-invalid`")))]
pub(super) async fn create(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<Terms>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    check(&body)?;
    let now = now_ms();
    let (id, new) = store::ensure(tx.conn(), caller.tenant, &body, &caller.principal, now).await?;
    if !new {
        let detail = "This carrier has a contract of this name; add a version to it, or choose another name.";
        return Err(Problem::conflict("contract-exists", detail).member("contract_id", id));
    }
    let row = store::draft(tx.conn(), caller.tenant, id, &body, &caller.principal, now).await?;
    answer(tx, &caller, &attempt, "rate-contract.drafted", StatusCode::CREATED, &row, body).await
}

/// Draft the next version of a contract.
#[utoipa::path(post, path = "/v1/rate-contracts/{id}/versions", operation_id = "addRateContractVersion", tag = "rates",
    params(("id" = String, Path, format = "uuid")), request_body = Terms, security(("api_key" = ["settlement:write"])),
    responses((status = 201, body = VersionOut), (status = 404, description = "`contract-not-found`"),
        (status = 422, description = "`contract-invalid`")))]
pub(super) async fn add(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body, attempt }: Idempotent<Terms>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    check(&body)?;
    same_contract(tx.conn(), &caller, id, &body).await?;
    let row =
        store::draft(tx.conn(), caller.tenant, id, &body, &caller.principal, now_ms()).await?;
    answer(tx, &caller, &attempt, "rate-contract.drafted", StatusCode::CREATED, &row, body).await
}

/// Show a version of a contract.
#[utoipa::path(get, path = "/v1/rate-contracts/{id}/versions/{version}", operation_id = "showRateContractVersion", tag = "rates",
    params(("id" = String, Path, format = "uuid"), ("version" = i32, Path)), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = VersionOut), (status = 404, description = "`contract-not-found`")))]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, version)): Path<(Uuid, i32)>,
    if_none_match: IfNoneMatch,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    let row = one(tx.conn(), &caller, id, version).await?;
    tx.commit().await?;
    let terms = row.terms()?;
    Ok(if_none_match.or(row.revision, VersionOut::new(&row, terms)))
}

/// Replace the terms of a draft.
#[utoipa::path(put, path = "/v1/rate-contracts/{id}/versions/{version}", operation_id = "editRateContractVersion", tag = "rates",
    params(("id" = String, Path, format = "uuid"), ("version" = i32, Path)), request_body = Terms, security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = VersionOut), (status = 404, description = "`contract-not-found`"),
        (status = 409, description = "`version-published`"), (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`contract-invalid`"), (status = 428, description = "`precondition-required`")))]
pub(super) async fn edit(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, version)): Path<(Uuid, i32)>,
    if_match: IfMatch,
    Json(terms): Json<Terms>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let expected = if_match.required()?;
    check(&terms)?;
    let mut tx = writing(&database, &caller).await?;
    let row = draft(tx.conn(), &caller, id, version).await?;
    expected.check(row.revision, &VersionOut::new(&row, row.terms()?))?;
    same_contract(tx.conn(), &caller, id, &terms).await?;
    let row =
        store::edit(tx.conn(), caller.tenant, &row, &terms, &caller.principal, now_ms()).await?;
    trail(&mut tx, &caller, "rate-contract.edited", &row).await?;
    tx.commit().await?;
    Ok(Tagged { version: row.revision, body: VersionOut::new(&row, terms) }.into_response())
}

/// Delete a draft.
#[utoipa::path(delete, path = "/v1/rate-contracts/{id}/versions/{version}", operation_id = "deleteRateContractVersion",
    tag = "rates", params(("id" = String, Path, format = "uuid"), ("version" = i32, Path)), security(("api_key" = ["settlement:write"])),
    responses((status = 204), (status = 404, description = "`contract-not-found`"),
        (status = 409, description = "`version-published`"), (status = 412, description = "`version-conflict`"),
        (status = 428, description = "`precondition-required`")))]
pub(super) async fn delete(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, version)): Path<(Uuid, i32)>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    may(&caller, WRITE)?;
    let expected = if_match.required()?;
    let mut tx = writing(&database, &caller).await?;
    let row = draft(tx.conn(), &caller, id, version).await?;
    expected.check(row.revision, &VersionOut::new(&row, row.terms()?))?;
    store::delete(tx.conn(), caller.tenant, &row).await?;
    trail(&mut tx, &caller, "rate-contract.deleted", &row).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Publish a draft.
///
/// From its first day on it replaces the versions before it, for shipments of those days only; it never changes again.
#[utoipa::path(post, path = "/v1/rate-contracts/{id}/versions/{version}/publish", operation_id = "publishRateContractVersion",
    tag = "rates", params(("id" = String, Path, format = "uuid"), ("version" = i32, Path)), security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = VersionOut), (status = 404, description = "`contract-not-found`"),
        (status = 409, description = "`version-published`"), (status = 412, description = "`version-conflict`"),
        (status = 428, description = "`precondition-required`")))]
pub(super) async fn publish(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, version)): Path<(Uuid, i32)>,
    if_match: IfMatch,
    Idempotent { body: (), attempt }: Idempotent<()>,
) -> Result<Response, Problem> {
    may(&caller, APPROVE)?;
    let expected = if_match.required()?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    let row = draft(tx.conn(), &caller, id, version).await?;
    let terms = row.terms()?;
    expected.check(row.revision, &VersionOut::new(&row, terms.clone()))?;
    let row = put_in_force(&mut tx, &caller, &row, &terms).await?;
    answer(tx, &caller, &attempt, "rate-contract.published", StatusCode::OK, &row, terms).await
}

/// Publishes, announces it, and looks again at the carrier's bills that nobody could explain.
async fn put_in_force(
    tx: &mut TenantTx,
    caller: &Caller,
    row: &Version,
    terms: &Terms,
) -> Result<Version, Problem> {
    let now = now_ms();
    let stamp = stamp(caller, now);
    let row = store::publish(tx.conn(), caller.tenant, row, &caller.principal, now).await?;
    let mut events: Vec<_> =
        event::published(stamp, row.contract, row.version, terms).into_iter().collect();
    let carrier = terms.carrier.trim().to_uppercase();
    let bills =
        all_stores::invoices::unexplained(tx.conn(), caller.tenant, &carrier, UNEXPLAINED_MAX)
            .await?;
    events.extend(examine::invoices(tx.conn(), stamp, &bills.into_iter().collect()).await?);
    append(tx, &events).await?;
    Ok(row)
}

/// How a table is to be taken.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// Say what would happen, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Import rate contracts from CSV.
///
/// A row is a slab of a lane; rows of one carrier and name make a contract's next version, as a draft. Columns: `carrier`,
/// `name`, `currency`, `valid_from`, `valid_to`, `origin_country`, `origin_region`, `origin_postal_code`, `origin_city`, the
/// same with `destination_`, `service`, `up_to`, `per`, `amount`, `minimum`. A contract with a mistake is left out whole.
#[utoipa::path(post, path = "/v1/rate-contracts/import", operation_id = "importRateContracts", tag = "rates",
    params(ImportQuery), request_body(content = String, content_type = "text/csv"),
    security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = TableReport), (status = 400, description = "`idempotency-key-missing`"),
        (status = 422, description = "`table-invalid`")))]
pub(super) async fn import(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ImportQuery>,
    attempt: Attempt,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let attempt = if query.dry_run { attempt } else { attempt.required()? };
    let table = table::contracts(attempt.body())?;
    let mut tx = writing(&database, &caller).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    let mut report = TableReport { dry_run: query.dry_run, ..table.report };
    for (row, terms) in table.read {
        if let Err(problem) = check(&terms) {
            report.reject(row, problem.detail());
            continue;
        }
        let (id, _) =
            store::ensure(tx.conn(), caller.tenant, &terms, &caller.principal, now_ms()).await?;
        let version =
            store::draft(tx.conn(), caller.tenant, id, &terms, &caller.principal, now_ms()).await?;
        report.created.push(format!("{id}/versions/{}", version.version));
    }
    if query.dry_run {
        // The same statements, and no commit.
        return Ok(Json(report).into_response());
    }
    let response = attempt.store(&mut tx, Answer::new(StatusCode::OK, &report)?).await?;
    let detail = json!({ "created": report.created.len(), "rejected": report.rejected.len() });
    audit(&mut tx, &caller, "rate-contracts.imported", "rate-contracts/import", detail).await?;
    tx.commit().await?;
    Ok(response)
}

fn check(terms: &Terms) -> Result<(), Problem> {
    let version = Published { id: Uuid::nil(), version: 1, published_ms: 0 };
    contract(terms, version).map(drop).map_err(|found| {
        let first = found
            .first()
            .map(|one| format!("{}: {}", one.pointer, one.message))
            .unwrap_or_default();
        let detail =
            format!("{} things are wrong with these terms; the first: {first}", found.len());
        Problem::unprocessable("contract-invalid", detail).errors(&found)
    })
}

/// A version keeps to its contract's carrier and name.
async fn same_contract(
    connection: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    terms: &Terms,
) -> Result<(), Problem> {
    let identity = store::identity(connection, caller.tenant, id).await?;
    let (carrier, name) = identity.ok_or_else(not_found)?;
    if carrier == terms.carrier.trim().to_uppercase() && name == terms.name.trim() {
        return Ok(());
    }
    let detail = format!(
        "This contract is {name:?} with {carrier}; another carrier or name needs a contract of its own."
    );
    Err(Problem::unprocessable("contract-invalid", detail))
}

fn not_found() -> Problem {
    let detail = "There is no such contract or version; look it up in GET /v1/rate-contracts.";
    Problem::not_found("contract-not-found", detail)
}

async fn one(
    connection: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    version: i32,
) -> Result<Version, Problem> {
    store::one(connection, caller.tenant, id, version).await?.ok_or_else(not_found)
}

async fn draft(
    connection: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    version: i32,
) -> Result<Version, Problem> {
    let row = one(connection, caller, id, version).await?;
    if row.published_ms.is_some() {
        let detail = "A published version never changes; add the next version instead.";
        return Err(Problem::conflict("version-published", detail));
    }
    Ok(row)
}

async fn trail(
    tx: &mut TenantTx,
    caller: &Caller,
    action: &str,
    row: &Version,
) -> Result<(), Problem> {
    let detail = json!({ "version": row.version, "revision": row.revision });
    audit(tx, caller, action, &format!("rate-contract/{}", row.contract), detail).await
}

async fn answer(
    mut tx: TenantTx,
    caller: &Caller,
    attempt: &Attempt,
    action: &str,
    status: StatusCode,
    row: &Version,
    terms: Terms,
) -> Result<Response, Problem> {
    let path = format!("/v1/rate-contracts/{}/versions/{}", row.contract, row.version);
    let answer =
        Answer::new(status, &VersionOut::new(row, terms))?.location(path).version(row.revision);
    let response = attempt.store(&mut tx, answer).await?;
    trail(&mut tx, caller, action, row).await?;
    tx.commit().await?;
    Ok(response)
}
