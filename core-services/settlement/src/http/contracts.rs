//! Rate contracts: drafts by version, published once, imported from a table.

use std::collections::BTreeSet;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use caravan_model::TenantId;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{
    Answer, Attempt, Idempotent, IfMatch, IfNoneMatch, Json, Page, PageQuery, Path, Problem, Query,
    Violation,
};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use utoipa::IntoParams;
use uuid::Uuid;

use super::table::{self, ImportQuery, TableReport};
use super::{APPROVE, Change, READ, Stop, WRITE, may};
use crate::store as all_stores;
use crate::store::contracts::{self as store, Listed, Version};
use crate::wire::contract::{ContractOut, Published, Terms, VersionOut, VersionSummary, contract};
use crate::wire::event;

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
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
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
    params(("idempotency-key" = Option<String>, Header)), request_body = Terms, security(("api_key" = ["settlement:write"])),
    responses((status = 201, body = VersionOut), (status = 409, description = "`contract-exists`"),
        (status = 422, description = "`contract-invalid`")))]
pub(super) async fn create(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<Terms>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    check(&body).map_err(|found| invalid(&found))?;
    let (tenant, by, now) = (change.tenant(), change.by(), change.now_ms());
    let (id, new) = store::ensure(change.conn(), tenant, &body, &by, now).await?;
    if !new {
        let detail = "This carrier has a contract of this name; add a version to it, or choose another name.";
        return Err(Problem::conflict("contract-exists", detail).member("contract_id", id).into());
    }
    let row = store::draft(change.conn(), tenant, id, &body, &by, now).await?;
    answer(change, "rate-contract.drafted", StatusCode::CREATED, &row, body).await
}

/// Draft the next version of a contract.
#[utoipa::path(post, path = "/v1/rate-contracts/{id}/versions", operation_id = "addRateContractVersion", tag = "rates",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)),
    request_body = Terms, security(("api_key" = ["settlement:write"])),
    responses((status = 201, body = VersionOut), (status = 404, description = "`contract-not-found`"),
        (status = 422, description = "`contract-invalid`")))]
pub(super) async fn add(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body, attempt }: Idempotent<Terms>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    check(&body).map_err(|found| invalid(&found))?;
    let (tenant, by, now) = (change.tenant(), change.by(), change.now_ms());
    same_contract(change.conn(), tenant, id, &body).await?;
    let row = store::draft(change.conn(), tenant, id, &body, &by, now).await?;
    answer(change, "rate-contract.drafted", StatusCode::CREATED, &row, body).await
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
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let row = one(tx.conn(), caller.tenant, id, version).await?;
    tx.commit().await?;
    let terms = row.terms()?;
    Ok(if_none_match.or(row.revision, VersionOut::new(&row, terms)))
}

/// Replace the terms of a draft.
#[utoipa::path(put, path = "/v1/rate-contracts/{id}/versions/{version}", operation_id = "editRateContractVersion", tag = "rates",
    params(("id" = String, Path, format = "uuid"), ("version" = i32, Path), ("idempotency-key" = Option<String>, Header)),
    request_body = Terms, security(("api_key" = ["settlement:write"])),
    responses((status = 200, body = VersionOut), (status = 404, description = "`contract-not-found`"),
        (status = 409, description = "`version-published`"), (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`contract-invalid`"), (status = 428, description = "`precondition-required`")))]
pub(super) async fn edit(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, version)): Path<(Uuid, i32)>,
    if_match: IfMatch,
    Idempotent { body: terms, attempt }: Idempotent<Terms>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let row = expected_draft(&mut change, id, version, if_match).await?;
    check(&terms).map_err(|found| invalid(&found))?;
    let (tenant, by, now) = (change.tenant(), change.by(), change.now_ms());
    same_contract(change.conn(), tenant, id, &terms).await?;
    let row = store::edit(change.conn(), tenant, &row, &terms, &by, now).await?;
    answer(change, "rate-contract.edited", StatusCode::OK, &row, terms).await
}

/// Delete a draft.
#[utoipa::path(delete, path = "/v1/rate-contracts/{id}/versions/{version}", operation_id = "deleteRateContractVersion",
    tag = "rates",
    params(("id" = String, Path, format = "uuid"), ("version" = i32, Path), ("idempotency-key" = Option<String>, Header)),
    security(("api_key" = ["settlement:write"])),
    responses((status = 204), (status = 404, description = "`contract-not-found`"),
        (status = 409, description = "`version-published`"), (status = 412, description = "`version-conflict`"),
        (status = 428, description = "`precondition-required`")))]
pub(super) async fn delete(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, version)): Path<(Uuid, i32)>,
    if_match: IfMatch,
    attempt: Attempt,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let row = expected_draft(&mut change, id, version, if_match).await?;
    let tenant = change.tenant();
    store::delete(change.conn(), tenant, &row).await?;
    trail(&mut change, "rate-contract.deleted", &row);
    change.end(Answer::empty()).await
}

/// Publish a draft.
///
/// From its first day on it replaces the versions before it, for shipments of those days only; it never changes again.
#[utoipa::path(post, path = "/v1/rate-contracts/{id}/versions/{version}/publish", operation_id = "publishRateContractVersion",
    tag = "rates",
    params(("id" = String, Path, format = "uuid"), ("version" = i32, Path), ("idempotency-key" = Option<String>, Header)),
    security(("api_key" = ["settlement:approve"])),
    responses((status = 200, body = VersionOut), (status = 404, description = "`contract-not-found`"),
        (status = 409, description = "`version-published`"), (status = 412, description = "`version-conflict`"),
        (status = 428, description = "`precondition-required`")))]
pub(super) async fn publish(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, version)): Path<(Uuid, i32)>,
    if_match: IfMatch,
    Idempotent { body: (), attempt }: Idempotent<()>,
) -> Result<Response, Stop> {
    let mut change = Change::begin(&database, caller, APPROVE, attempt).await?;
    let row = expected_draft(&mut change, id, version, if_match).await?;
    let terms = row.terms()?;
    let row = put_in_force(&mut change, &row, &terms).await?;
    answer(change, "rate-contract.published", StatusCode::OK, &row, terms).await
}

/// Publishes, announces it, and looks again at the carrier's bills that nobody could explain.
async fn put_in_force(change: &mut Change, row: &Version, terms: &Terms) -> Result<Version, Stop> {
    let (tenant, by, now) = (change.tenant(), change.by(), change.now_ms());
    let row = store::publish(change.conn(), tenant, row, &by, now).await?;
    if let Some(event) = event::published(change.stamp(), row.contract, row.version, terms) {
        change.tell(event);
    }
    let carrier = terms.carrier.trim().to_uppercase();
    let bills = all_stores::invoices::unexplained(change.conn(), tenant, &carrier, UNEXPLAINED_MAX);
    let bills: BTreeSet<Uuid> = bills.await?.into_iter().collect();
    change.examine(&bills).await?;
    Ok(row)
}

/// Import rate contracts from CSV.
///
/// A row is a slab of a lane; rows of one carrier and name make a contract's next version, as a draft. Columns: `carrier`,
/// `name`, `currency`, `valid_from`, `valid_to`, `origin_country`, `origin_region`, `origin_postal_code`, `origin_city`, the
/// same with `destination_`, `service`, `up_to`, `per`, `amount`, `minimum`. A contract with a mistake is left out whole.
#[utoipa::path(post, path = "/v1/rate-contracts/import", operation_id = "importRateContracts", tag = "rates",
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
    let table = table::contracts(attempt.body())?;
    let mut change = Change::begin(&database, caller, WRITE, attempt).await?;
    let (tenant, by, now) = (change.tenant(), change.by(), change.now_ms());
    let mut report = TableReport { dry_run: query.dry_run, ..table.report };
    for (row, terms) in table.read {
        if let Err(found) = check(&terms) {
            report.reject(
                row,
                found.first().map_or("contract-invalid", |one| one.code),
                told(&found),
            );
            continue;
        }
        let (id, _) = store::ensure(change.conn(), tenant, &terms, &by, now).await?;
        let version = store::draft(change.conn(), tenant, id, &terms, &by, now).await?;
        report.created.push(format!("{id}/versions/{}", version.version));
    }
    if query.dry_run {
        // The same statements, and no commit.
        return Ok(Json(report).into_response());
    }
    let detail = json!({ "created": report.created.len(), "rejected": report.rejected.len() });
    change.did("rate-contracts.imported", "rate-contracts/import".to_owned(), detail);
    change.end(Answer::new(StatusCode::OK, &report)?).await
}

fn check(terms: &Terms) -> Result<(), Vec<Violation>> {
    let version = Published { id: Uuid::nil(), version: 1, published_ms: 0 };
    contract(terms, version).map(drop)
}

fn told(found: &[Violation]) -> String {
    let first = found.first().map(|one| format!("{}: {}", one.pointer, one.message));
    let first = first.unwrap_or_default();
    format!("{} things are wrong with these terms; the first: {first}", found.len())
}

fn invalid(found: &[Violation]) -> Problem {
    Problem::unprocessable("contract-invalid", told(found)).errors(found)
}

/// A version keeps to its contract's carrier and name.
async fn same_contract(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    terms: &Terms,
) -> Result<(), Problem> {
    let identity = store::identity(connection, tenant, id).await?;
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
    tenant: TenantId,
    id: Uuid,
    version: i32,
) -> Result<Version, Problem> {
    store::one(connection, tenant, id, version).await?.ok_or_else(not_found)
}

/// The draft, locked, if it is as the caller read it.
async fn expected_draft(
    change: &mut Change,
    id: Uuid,
    version: i32,
    if_match: IfMatch,
) -> Result<Version, Problem> {
    let expected = if_match.required()?;
    let tenant = change.tenant();
    let row = one(change.conn(), tenant, id, version).await?;
    if row.published_ms.is_some() {
        let detail = "A published version never changes; add the next version instead.";
        return Err(Problem::conflict("version-published", detail));
    }
    expected.check(row.revision, &VersionOut::new(&row, row.terms()?))?;
    Ok(row)
}

fn trail(change: &mut Change, action: &'static str, row: &Version) {
    let detail = json!({ "version": row.version, "revision": row.revision });
    change.did(action, format!("rate-contract/{}", row.contract), detail);
}

/// Answers with the version as it is now, and ends the change.
async fn answer(
    mut change: Change,
    action: &'static str,
    status: StatusCode,
    row: &Version,
    terms: Terms,
) -> Result<Response, Stop> {
    trail(&mut change, action, row);
    let path = format!("/v1/rate-contracts/{}/versions/{}", row.contract, row.version);
    let answer = Answer::new(status, &VersionOut::new(row, terms))?;
    change.end(answer.location(path).version(row.revision)).await
}
