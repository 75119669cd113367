//! Imports: a file comes in, is looked at, decided about, and becomes orders.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_audit::Entry;
use caravan_mappings_table::dictionary::Dictionary;
use caravan_mappings_table::write::{rejects, template};
use caravan_mappings_table::{Refused, header as table_header};
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{
    Answer, Attempt, Idempotent, IfMatch, Json, Page, PageQuery, Path, Problem, Query, Tagged,
};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;
use uuid::Uuid;

use super::problems::{invalid, may};
use super::run::now_ms;
use super::{READ, WRITE};
use crate::import::plan::{self, Prepared, Unusable};
use crate::import::store::{Import, New, Status};
use crate::import::wire::{ImportOut, Report};
use crate::import::{self, Choices, job, store};

const NAME_CHARS_MAX: usize = 200;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What may stand behind `?` of an upload.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// The file's name, to know it by.
    #[param(example = "dispatch-november.xlsx")]
    file_name: Option<String>,
}

/// Upload a file of orders.
///
/// An .xlsx, .xls, .ods, .csv or .tsv file, or cells pasted out of a spreadsheet as `text/plain`. The columns are guessed, and the
/// check begins. The same file again is not taken twice: the answer is the import that it became, with `repeated`.
#[utoipa::path(
    post, path = "/v1/orders/imports", operation_id = "uploadImport", tag = "imports",
    params(UploadQuery, ("idempotency-key" = Option<String>, Header)),
    request_body(content = String, content_type = "application/octet-stream"),
    security(("api_key" = ["orders:write"])),
    responses(
        (status = 201, body = ImportOut), (status = 200, body = ImportOut, description = "The file was here before."),
        (status = 413, description = "`body-too-large`"),
        (status = 422, description = "`table-empty`, `table-too-large`, `table-zip-bomb`, `table-password`, \
            `table-not-a-table`, `table-form-not-read`, `table-damaged`, `table-wrong-template`"),
    ),
)]
pub(super) async fn upload(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    attempt: Attempt,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let file_name = name(query.file_name.as_deref());
    let pasted = is_text(&headers);
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let sha256 = Sha256::digest(attempt.body());
    if let Some(id) = store::by_file(tx.conn(), caller.tenant, &sha256).await? {
        return repeated(tx, id, &attempt).await;
    }
    let remembered = store::remembered(tx.conn(), caller.tenant).await?;
    tx.commit().await?;

    let (bytes, choices) = (attempt.body().clone(), Choices::default());
    let look = move || {
        let prepared = plan::prepare(plan::read(&bytes, pasted)?, &choices, &remembered)?;
        Ok(Report::of(&prepared, &choices)?)
    };
    let looked = tokio::task::spawn_blocking(look).await;
    let report = looked.map_err(|error| Problem::internal(&error))?.map_err(unusable)?;

    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    let (id, bytes) = (Uuid::now_v7(), attempt.body());
    let new = New {
        id,
        file_name: &file_name,
        pasted,
        sha256: &sha256,
        bytes,
        choices: &Choices::default(),
        report: &report,
        actor: &caller.principal,
        now_ms: now_ms(),
    };
    if !store::insert(tx.conn(), caller.tenant, &new).await? {
        let earlier = store::by_file(tx.conn(), caller.tenant, &sha256).await?;
        let earlier = earlier.ok_or_else(|| not_found(id))?;
        return repeated(tx, earlier, &attempt).await;
    }
    let import = found(&mut tx, id, false).await?;
    import::tell(&mut tx, &import).await?;
    let shown = ImportOut::new(import);
    let answer = Answer::new(StatusCode::CREATED, &shown)?
        .location(format!("/v1/orders/imports/{id}"))
        .version(shown.version.into());
    let response = attempt.store(&mut tx, answer).await?;
    audit(&mut tx, &caller, "order-import.uploaded", &shown).await?;
    tx.commit().await?;
    Ok(response)
}

/// Writes what the caller did with a file into the trail: last in its transaction.
async fn audit(
    tx: &mut TenantTx,
    caller: &Caller,
    action: &str,
    import: &ImportOut,
) -> Result<(), Problem> {
    let subject = format!("order-import/{}", import.id);
    let detail = json!({
        "file_name": import.file_name, "version": import.version, "status": import.status, "orders": import.orders,
    });
    let entry = Entry { actor: &caller.principal, action, subject: &subject, detail };
    Ok(caravan_audit::record(tx, &entry).await?)
}

async fn repeated(mut tx: TenantTx, id: Uuid, attempt: &Attempt) -> Result<Response, Problem> {
    let import = found(&mut tx, id, false).await?;
    let version = import.version;
    let shown = ImportOut { repeated: true, ..ImportOut::new(import) };
    let answer = Answer::new(StatusCode::OK, &shown)?
        .location(format!("/v1/orders/imports/{id}"))
        .version(version.into());
    let response = attempt.store(&mut tx, answer).await?;
    tx.commit().await?;
    Ok(response)
}

fn name(given: Option<&str>) -> String {
    let readable = |letter: &char| !letter.is_control();
    let name: String =
        given.unwrap_or_default().chars().filter(readable).take(NAME_CHARS_MAX).collect();
    if name.trim().is_empty() { "pasted cells".to_owned() } else { name.trim().to_owned() }
}

/// Whether the body is text out of a clipboard, whose cells are parted by tabs.
fn is_text(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    matches!(media, "text/plain" | "text/tab-separated-values")
}

/// List the imports.
///
/// Newest first, without what was found in them.
#[utoipa::path(
    get, path = "/v1/orders/imports", operation_id = "listImports", tag = "imports",
    params(PageQuery), security(("api_key" = ["orders:read"])),
    responses((status = 200, body = Page<ImportOut>)),
)]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ImportOut>>, Problem> {
    may(&caller, READ)?;
    let (limit, after) = (page.limit()?, page.after("imports")?);
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let imports = store::list(tx.conn(), caller.tenant, after, limit.rows()).await?;
    tx.commit().await?;
    Page::of("imports", limit, imports, |import: &Import| import.id, ImportOut::new).map(Json)
}

/// Show an import.
///
/// How far it is, what its columns were taken for, and what is wrong with its rows, grouped as repairs.
#[utoipa::path(
    get, path = "/v1/orders/imports/{id}", operation_id = "showImport", tag = "imports",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["orders:read"])),
    responses((status = 200, body = ImportOut), (status = 404, description = "`import-not-found`")),
)]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Tagged<ImportOut>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let import = found(&mut tx, id, false).await?;
    tx.commit().await?;
    Ok(Tagged { version: import.version.into(), body: ImportOut::new(import) })
}

/// Decide about an import.
///
/// Which sheet, which column is which field, which repairs are wanted. Replaces the choices as a whole and checks the file again.
#[utoipa::path(
    put, path = "/v1/orders/imports/{id}", operation_id = "chooseImport", tag = "imports",
    params(("id" = String, Path, format = "uuid"), ("if-match" = String, Header), ("idempotency-key" = Option<String>, Header)),
    request_body = Choices, security(("api_key" = ["orders:write"])),
    responses(
        (status = 200, body = ImportOut), (status = 404, description = "`import-not-found`"),
        (status = 409, description = "`import-state`"), (status = 412, description = "`version-conflict`, with `current`"),
        (status = 422, description = "`order-invalid`, `table-no-such-sheet`, `table-wrong-template`"),
    ),
)]
pub(super) async fn choose(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<Choices>,
) -> Result<Response, Problem> {
    let asked = Asked { database, caller, id, if_match, attempt };
    asked
        .run(&[Status::Checking, Status::Ready, Status::Failed], Status::Checking, Some(body))
        .await
}

/// Commit an import.
///
/// Makes the orders that the check found good, in the background; the rest are its rejects. What the columns were taken for is
/// remembered for the next file.
#[utoipa::path(
    post, path = "/v1/orders/imports/{id}/commit", operation_id = "commitImport", tag = "imports",
    params(("id" = String, Path, format = "uuid"), ("if-match" = String, Header), ("idempotency-key" = Option<String>, Header)),
    security(("api_key" = ["orders:write"])),
    responses(
        (status = 200, body = ImportOut), (status = 404, description = "`import-not-found`"),
        (status = 409, description = "`import-state`, `import-incomplete`"),
        (status = 412, description = "`version-conflict`, with `current`"),
    ),
)]
pub(super) async fn commit(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    attempt: Attempt,
) -> Result<Response, Problem> {
    let asked = Asked { database, caller, id, if_match, attempt };
    asked.run(&[Status::Ready], Status::Committing, None).await
}

/// Cancel an import.
///
/// Before its commit nothing of it remains; during the commit the orders that were made stay. The file can then be uploaded again.
#[utoipa::path(
    post, path = "/v1/orders/imports/{id}/cancel", operation_id = "cancelImport", tag = "imports",
    params(("id" = String, Path, format = "uuid"), ("if-match" = String, Header), ("idempotency-key" = Option<String>, Header)),
    security(("api_key" = ["orders:write"])),
    responses(
        (status = 200, body = ImportOut), (status = 404, description = "`import-not-found`"),
        (status = 409, description = "`import-state`"), (status = 412, description = "`version-conflict`, with `current`"),
    ),
)]
pub(super) async fn cancel(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    attempt: Attempt,
) -> Result<Response, Problem> {
    let asked = Asked { database, caller, id, if_match, attempt };
    let from = [Status::Checking, Status::Ready, Status::Committing, Status::Failed];
    asked.run(&from, Status::Cancelled, None).await
}

/// A request that moves an import.
struct Asked {
    database: Database,
    caller: Caller,
    id: Uuid,
    if_match: IfMatch,
    attempt: Attempt,
}

impl Asked {
    async fn run(
        self,
        from: &[Status],
        to: Status,
        choices: Option<Choices>,
    ) -> Result<Response, Problem> {
        may(&self.caller, WRITE)?;
        let expected = self.if_match.required()?;
        let (tenant, actor) = (self.caller.tenant, &self.caller.principal);
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        if let Some(answered) = self.attempt.replay(&mut tx).await? {
            tx.commit().await?;
            return Ok(answered);
        }
        let import = found(&mut tx, self.id, true).await?;
        let (version, status) = (import.version, import.status);
        let current = ImportOut::new(import);
        expected.check(version.into(), &current)?;
        if !from.contains(&status) {
            return Err(wrong_state(status, to));
        }
        if let Some(choices) = &choices {
            let dictionary = dictionary()?;
            let wrong = choices.check(dictionary);
            if !wrong.is_empty() {
                return Err(invalid(wrong));
            }
            fits(&mut tx, self.id, choices).await?;
        }
        let choices = choices.or(current.choices).unwrap_or_default();
        if to == Status::Cancelled {
            store::end(tx.conn(), tenant, self.id, (to, None), None, now_ms()).await?;
        } else {
            let report = current.report.unwrap_or_default();
            if to == Status::Committing {
                is_complete(&report)?;
                let columns = remembered(&report);
                store::remember(tx.conn(), tenant, &columns, now_ms()).await?;
            }
            store::begin(tx.conn(), tenant, self.id, to, &choices, actor, now_ms()).await?;
        }
        let import = found(&mut tx, self.id, false).await?;
        import::tell(&mut tx, &import).await?;
        let shown = ImportOut::new(import);
        let answer = Answer::new(StatusCode::OK, &shown)?.version(shown.version.into());
        let response = self.attempt.store(&mut tx, answer).await?;
        let action = match to {
            Status::Cancelled => "order-import.cancelled",
            Status::Committing => "order-import.committed",
            _ => "order-import.chosen",
        };
        audit(&mut tx, &self.caller, action, &shown).await?;
        tx.commit().await?;
        Ok(response)
    }
}

/// Whether the choices fit the file: told at once, not by a job that fails.
async fn fits(tx: &mut TenantTx, id: Uuid, choices: &Choices) -> Result<(), Problem> {
    prepared(tx, id, choices.clone()).await.map(drop)
}

/// The file as the choices have it read.
async fn prepared(tx: &mut TenantTx, id: Uuid, choices: Choices) -> Result<Prepared, Problem> {
    let tenant = tx.tenant();
    let (bytes, pasted) = store::bytes(tx.conn(), tenant, id).await?;
    let remembered = store::remembered(tx.conn(), tenant).await?;
    let read = move || plan::prepare(plan::read(&bytes, pasted)?, &choices, &remembered);
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|error| Problem::internal(&error))?.map_err(unusable)
}

/// Every needed field has a column.
fn is_complete(report: &Report) -> Result<(), Problem> {
    if report.missing.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "No column gives {}; say which does in `columns`, or give `values` for all rows.",
        report.missing.join(", ")
    );
    Err(Problem::conflict("import-incomplete", detail).member("missing", &report.missing))
}

/// Header keys and the fields they were taken for; an empty one was left out.
fn remembered(report: &Report) -> std::collections::BTreeMap<String, String> {
    report
        .columns
        .iter()
        .map(|column| (table_header::key(&column.header), column.field.clone().unwrap_or_default()))
        .filter(|(key, _)| !key.is_empty())
        .collect()
}

/// The rejected rows as a workbook.
///
/// The file's own columns, the cells at fault marked, a column that says why, and one with the row's number. Correct it and upload
/// it. What could be read as a formula is text in it.
#[utoipa::path(
    get, path = "/v1/orders/imports/{id}/rejects", operation_id = "importRejects", tag = "imports",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["orders:read"])),
    responses(
        (status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = String),
        (status = 404, description = "`import-not-found`"), (status = 409, description = "`import-state`"),
    ),
)]
pub(super) async fn rejected(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let import = found(&mut tx, id, false).await?;
    if !matches!(import.status, Status::Ready | Status::Done) {
        let detail = format!(
            "The import is {}; its rejects are there when the job is over.",
            import.status.as_str()
        );
        return Err(Problem::conflict("import-state", detail));
    }
    let rows = job::by_row(store::rejects(tx.conn(), caller.tenant, id).await?);
    let Prepared { sheet, header, .. } =
        prepared(&mut tx, id, import.choices.unwrap_or_default()).await?;
    tx.commit().await?;
    let written = tokio::task::spawn_blocking(move || rejects::write(&sheet, &header, &rows)).await;
    let bytes = written.map_err(|error| Problem::internal(&error))?;
    Ok(workbook(bytes.map_err(|error| Problem::internal(&error))?, "rejects.xlsx"))
}

/// What may stand behind `?` of the template.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TemplateQuery {
    /// `en` or `hi`.
    language: Option<String>,
}

/// The template.
///
/// A workbook with all columns, empty, in English or Hindi.
#[utoipa::path(
    get, path = "/v1/orders/imports/template", operation_id = "importTemplate", tag = "imports",
    params(TemplateQuery), security(("api_key" = ["orders:read"])),
    responses(
        (status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = String),
        (status = 400, description = "`language-unknown`"),
    ),
)]
pub(super) async fn blank(
    Extension(caller): Extension<Caller>,
    Query(query): Query<TemplateQuery>,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let language = match query.language.as_deref() {
        None | Some("en") => template::Language::English,
        Some("hi") => template::Language::Hindi,
        Some(_) => {
            return Err(Problem::bad_request("language-unknown", "`language` is en or hi."));
        }
    };
    let bytes = template::write(dictionary()?, language);
    Ok(workbook(bytes.map_err(|error| Problem::internal(&error))?, "orders.xlsx"))
}

fn workbook(bytes: Vec<u8>, name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, XLSX.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}

fn dictionary() -> Result<&'static Dictionary, Problem> {
    Dictionary::orders().map_err(|error| Problem::internal(&error))
}

async fn found(tx: &mut TenantTx, id: Uuid, lock: bool) -> Result<Import, Problem> {
    let tenant = tx.tenant();
    store::one(tx.conn(), tenant, id, lock).await?.ok_or_else(|| not_found(id))
}

fn not_found(id: Uuid) -> Problem {
    let detail = format!("There is no import {id}; GET /v1/orders/imports lists those there are.");
    Problem::not_found("import-not-found", detail)
}

fn wrong_state(status: Status, to: Status) -> Problem {
    let next = match status {
        Status::Done => "its orders are made",
        Status::Cancelled => "upload the file again to begin anew",
        Status::Committing => "wait for the commit, or cancel it",
        _ => "wait until its check is over",
    };
    let detail =
        format!("The import is {}, so it cannot become {}: {next}.", status.as_str(), to.as_str());
    Problem::conflict("import-state", detail).member("import_status", status.as_str())
}

fn unusable(unusable: Unusable) -> Problem {
    match unusable {
        Unusable::Refused(refused) => refuse(&refused),
        Unusable::Choices(wrong) => invalid(wrong),
        Unusable::Dictionary(error) => Problem::internal(&error),
    }
}

fn refuse(refused: &Refused) -> Problem {
    let detail = format!("{refused}; {}.", refused.hint());
    let problem = Problem::unprocessable(refused.code(), detail);
    match refused {
        Refused::WrongTemplate { found, .. } => problem.member("found", found),
        _ => problem,
    }
}
