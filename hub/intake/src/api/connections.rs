//! Connections: made and changed by people, tested first, put to rest and woken; their secrets go in and never come out.

mod examine;
pub(crate) mod wire;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_audit::Entry;
use caravan_hub_registry::{
    Change, Connection, HookChange, Managed, NewConnection, Paused, StoreError,
};
use caravan_model::ConnectionId;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{IfMatch, Json, Page, Path, Problem, Tagged};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::examine::{Subject, examine, may_save, reason_of};
use self::wire::{ConnectionOut, DisableIn, MakeIn, RetestIn, SaveIn, SavedOut, TestIn};
use super::unavailable;
use crate::draft::{self, Draft};
use crate::intake::Intake;
use crate::request::Secrets;
use crate::trial::Trial;

const READ: &str = "connections:read";
const WRITE: &str = "connections:write";

/// List the connections.
///
/// By name, without their secrets, which nobody can read back.
#[utoipa::path(
    get, path = "/v1/connections", operation_id = "listConnections", tag = "connections",
    security(("api_key" = ["connections:read"])),
    responses((status = 200, description = "All connections of the tenant.", body = Page<ConnectionOut>)),
)]
pub(crate) async fn list(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Page<ConnectionOut>>, Problem> {
    need(&caller, READ)?;
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let all = intake.registry().connections().all(&mut tx).await.map_err(refused)?;
    tx.commit().await?;
    let items = all.into_iter().map(ConnectionOut::from).collect();
    Ok(Json(Page { items, next: None }))
}

/// Show a connection.
#[utoipa::path(
    get, path = "/v1/connections/{connection}", operation_id = "showConnection", tag = "connections",
    params(("connection" = String, Path, description = "Id or name.")),
    security(("api_key" = ["connections:read"])),
    responses((status = 200, description = "The connection.", body = ConnectionOut), (status = 404, description = "`not-found`")),
)]
pub(crate) async fn show(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
) -> Result<Tagged<ConnectionOut>, Problem> {
    need(&caller, READ)?;
    let id = find(&intake, &caller, &text).await?.id;
    Ok(tagged(managed(&intake, &caller, id).await?))
}

/// Test a draft.
///
/// Nothing is saved. The draft is held against its party's schema; then each endpoint's name, connection and TLS are tried, and the
/// connector asks its party about one number. Every failed step says what to do next.
#[utoipa::path(
    post, path = "/v1/connections/test", operation_id = "testConnectionDraft", tag = "connections",
    request_body = TestIn, security(("api_key" = ["connections:write"])),
    responses(
        (status = 200, description = "What each step came to; `ok` is false when one failed.", body = Trial),
        (status = 422, description = "`party-unknown`, `sample-invalid`"),
    ),
)]
pub(crate) async fn test(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Json(asked): Json<TestIn>,
) -> Result<Json<Trial>, Problem> {
    need(&caller, WRITE)?;
    let subject = Subject::new(&intake, &caller, &asked.party, ConnectionId(Uuid::now_v7()))?;
    let (_, trial) =
        examine(&subject, &asked.connection, Secrets::new(), asked.sample, true).await?;
    Ok(Json(trial))
}

/// Make a connection.
///
/// It is tested first, and saved when no step of the test failed; or untested, with a reason. Its secrets are sealed and never
/// answered. An `Idempotency-Key` is not heeded: a name is given once.
#[utoipa::path(
    post, path = "/v1/connections", operation_id = "makeConnection", tag = "connections",
    request_body = MakeIn, security(("api_key" = ["connections:write"])),
    responses(
        (status = 201, description = "It is saved, and used from now on.", body = SavedOut),
        (status = 409, description = "`connection-name-used`, `account-name-taken`"),
        (status = 422, description = "`party-unknown`, `sample-invalid`, `reason-missing`, `connection-invalid`, `connection-test-failed` with the `test`"),
    ),
)]
pub(crate) async fn make(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Json(asked): Json<MakeIn>,
) -> Result<Response, Problem> {
    need(&caller, WRITE)?;
    let id = ConnectionId(Uuid::now_v7());
    let subject = Subject::new(&intake, &caller, &asked.party, id)?;
    let save = asked.save();
    let reason = reason_of(&save)?;
    let examined =
        examine(&subject, &save.connection, Secrets::new(), save.sample, !save.untested).await?;
    let (draft, trial) = may_save(examined)?;
    let tested = (!save.untested).then_some(true);
    let token = draft.webhook.then(new_token);
    let secrets = draft.secret_names();
    let detail = told(&subject.party.id, &draft, &secrets, tested, reason.as_deref());
    let new = NewConnection {
        id,
        party: subject.party.id.clone(),
        name: draft.name,
        environment: draft.environment,
        endpoints: draft.endpoints,
        settings: draft.settings,
        secrets: draft.secrets,
        sftp: draft.sftp,
        hook_token: token.clone(),
    };
    let connections = intake.registry().connections();
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    connections.create(&mut tx, &new, tested).await.map_err(refused)?;
    let made =
        connections.one(&mut tx, id, false).await.map_err(refused)?.ok_or_else(|| gone(id))?;
    record(&mut tx, &caller, "connection.made", id, detail).await?;
    tx.commit().await?;
    let saved = saved(made, token, trial, tested);
    let mut response = (StatusCode::CREATED, saved).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/connections/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Change a connection.
///
/// To the given state, from the version named in `if-match`; tested first, as when it is made. Secrets that are left out stay, unless
/// an address or the environment changes: then those that go to the party are asked for anew. What else is left out is taken away.
/// It is woken if a failure had paused it.
#[utoipa::path(
    put, path = "/v1/connections/{connection}", operation_id = "changeConnection", tag = "connections",
    params(("connection" = String, Path, description = "Id or name."), ("if-match" = String, Header, description = "The `etag` of what was read.")),
    request_body = SaveIn, security(("api_key" = ["connections:write"])),
    responses(
        (status = 200, description = "It is saved, and used from now on.", body = SavedOut),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`connection-name-used`, `account-name-taken`"),
        (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`sample-invalid`, `reason-missing`, `connection-invalid`, `connection-test-failed` with the `test`"),
        (status = 428, description = "`precondition-required`"),
    ),
)]
pub(crate) async fn change(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    if_match: IfMatch,
    Json(save): Json<SaveIn>,
) -> Result<Tagged<SavedOut>, Problem> {
    need(&caller, WRITE)?;
    let expected = if_match.required()?;
    let reason = reason_of(&save)?;
    let id = find(&intake, &caller, &text).await?.id;
    let before = managed(&intake, &caller, id).await?;
    let version = before.connection.version;
    expected.check(version, &ConnectionOut::from(before.clone()))?;
    let subject = Subject::new(&intake, &caller, &before.connection.party, id)?;
    let connections = intake.registry().connections();
    let all = connections.secrets(caller.tenant, id).await.map_err(refused)?;
    let slots = all.len();
    let kept = draft::kept(&subject.component.manifest, &before.connection, &save.connection, all);
    let moved = kept.len() < slots;
    let (draft, trial) =
        examine(&subject, &save.connection, kept, save.sample, !save.untested).await?;
    let draft = draft.map_err(|wrong| if moved { draft::asked_anew(wrong) } else { wrong });
    let (draft, trial) = may_save((draft, trial))?;
    let tested = (!save.untested).then_some(true);
    let secrets = draft.secret_names();
    let detail = told(&subject.party.id, &draft, &secrets, tested, reason.as_deref());
    let token = (draft.webhook && before.hook_ms.is_none()).then(new_token);
    let hook = match (&token, draft.webhook) {
        (Some(token), _) => HookChange::New(token.clone()),
        (None, true) => HookChange::Keep,
        (None, false) => HookChange::Remove,
    };
    let change = Change {
        name: draft.name,
        environment: draft.environment,
        endpoints: draft.endpoints,
        settings: draft.settings,
        secrets: draft.secrets,
        sftp: draft.sftp,
        hook,
    };
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let now = connections.one(&mut tx, id, true).await.map_err(refused)?.ok_or_else(|| gone(id))?;
    // Also where the caller named no version: what was tested is what was read.
    if now.connection.version != version {
        expected.check(now.connection.version, &ConnectionOut::from(now))?;
        return Err(Problem::conflict(
            "connection-changed",
            "Somebody changed this connection while it was tested; read it and send your change again.",
        ));
    }
    connections.change(&mut tx, id, &change, tested).await.map_err(refused)?;
    let changed =
        connections.one(&mut tx, id, false).await.map_err(refused)?.ok_or_else(|| gone(id))?;
    record(&mut tx, &caller, "connection.changed", id, detail).await?;
    tx.commit().await?;
    Ok(saved(changed, token, trial, tested))
}

/// Test a connection.
///
/// As it is stored, with its stored secrets. What the test comes to is kept with the connection.
#[utoipa::path(
    post, path = "/v1/connections/{connection}/test", operation_id = "testConnection", tag = "connections",
    params(("connection" = String, Path, description = "Id or name.")),
    request_body = Option<RetestIn>, security(("api_key" = ["connections:write"])),
    responses(
        (status = 200, description = "What each step came to.", body = Trial),
        (status = 404, description = "`not-found`"), (status = 422, description = "`sample-invalid`"),
    ),
)]
pub(crate) async fn retest(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    asked: Option<Json<RetestIn>>,
) -> Result<Json<Trial>, Problem> {
    need(&caller, WRITE)?;
    let id = find(&intake, &caller, &text).await?.id;
    let stored = managed(&intake, &caller, id).await?;
    let subject = Subject::new(&intake, &caller, &stored.connection.party, id)?;
    let connections = intake.registry().connections();
    let secrets = connections.secrets(caller.tenant, id).await.map_err(refused)?;
    let sample = asked.and_then(|Json(asked)| asked.sample);
    let version = stored.connection.version;
    let (_, trial) = examine(&subject, &as_draft(stored), secrets, sample, true).await?;
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    connections.tested(&mut tx, id, version, trial.ok).await.map_err(refused)?;
    record(&mut tx, &caller, "connection.tested", id, json!({ "ok": trial.ok })).await?;
    tx.commit().await?;
    Ok(Json(trial))
}

/// Put a connection to rest.
///
/// It is not polled, its webhook address and its SFTP account are shut, and documents posted to it are refused, until it is enabled.
/// What came before is processed to its end.
#[utoipa::path(
    post, path = "/v1/connections/{connection}/disable", operation_id = "disableConnection", tag = "connections",
    params(("connection" = String, Path, description = "Id or name.")),
    request_body = DisableIn, security(("api_key" = ["connections:write"])),
    responses(
        (status = 200, body = ConnectionOut), (status = 404, description = "`not-found`"), (status = 422, description = "`reason-missing`"),
    ),
)]
pub(crate) async fn disable(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
    Json(asked): Json<DisableIn>,
) -> Result<Tagged<ConnectionOut>, Problem> {
    let reason = examine::reason(Some(&asked.reason))?;
    let why = Paused { class: Paused::DISABLED.to_owned(), reason };
    rest(&intake, &caller, &text, Some(why)).await
}

/// Wake a connection.
///
/// One that people disabled, or that a failure paused. What it polls is asked at once.
#[utoipa::path(
    post, path = "/v1/connections/{connection}/enable", operation_id = "enableConnection", tag = "connections",
    params(("connection" = String, Path, description = "Id or name.")), security(("api_key" = ["connections:write"])),
    responses((status = 200, body = ConnectionOut), (status = 404, description = "`not-found`")),
)]
pub(crate) async fn enable(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(text): Path<String>,
) -> Result<Tagged<ConnectionOut>, Problem> {
    rest(&intake, &caller, &text, None).await
}

async fn rest(
    intake: &Intake,
    caller: &Caller,
    text: &str,
    why: Option<Paused>,
) -> Result<Tagged<ConnectionOut>, Problem> {
    need(caller, WRITE)?;
    let id = find(intake, caller, text).await?.id;
    let connections = intake.registry().connections();
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let before =
        connections.one(&mut tx, id, true).await.map_err(refused)?.ok_or_else(|| gone(id))?;
    // Asked twice, it is done once.
    if before.connection.paused == why {
        tx.commit().await?;
        return Ok(tagged(before));
    }
    connections.rest(&mut tx, id, why.as_ref()).await.map_err(refused)?;
    let after =
        connections.one(&mut tx, id, false).await.map_err(refused)?.ok_or_else(|| gone(id))?;
    let was = before.connection.paused.map(|paused| paused.class);
    let (action, detail) = match why {
        Some(why) => ("connection.disabled", json!({ "was": was, "reason": why.reason })),
        None => ("connection.enabled", json!({ "was": was })),
    };
    record(&mut tx, caller, action, id, detail).await?;
    tx.commit().await?;
    Ok(tagged(after))
}

/// A connection of the caller's by id or name.
pub(crate) async fn find(
    intake: &Intake,
    caller: &Caller,
    text: &str,
) -> Result<Connection, Problem> {
    let connections = intake.registry().connections().list(caller.tenant).await.map_err(refused)?;
    let found =
        connections.into_iter().find(|each| each.name == text || each.id.to_string() == text);
    found.ok_or_else(|| {
        let detail = format!("there is no connection {text:?}; `GET /v1/connections` lists yours");
        Problem::not_found("not-found", detail)
    })
}

/// The scope, or 403.
pub(crate) fn need(caller: &Caller, scope: &str) -> Result<(), Problem> {
    if caller.may(scope) { Ok(()) } else { Err(Problem::scope_missing(scope)) }
}

async fn managed(intake: &Intake, caller: &Caller, id: ConnectionId) -> Result<Managed, Problem> {
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let found = intake.registry().connections().one(&mut tx, id, false).await.map_err(refused)?;
    tx.commit().await?;
    found.ok_or_else(|| gone(id))
}

fn gone(id: ConnectionId) -> Problem {
    let detail = format!("there is no connection {id}; `GET /v1/connections` lists yours");
    Problem::not_found("not-found", detail)
}

fn tagged(managed: Managed) -> Tagged<ConnectionOut> {
    Tagged { version: managed.connection.version, body: ConnectionOut::from(managed) }
}

fn saved(
    managed: Managed,
    token: Option<SecretString>,
    trial: Trial,
    tested: Option<bool>,
) -> Tagged<SavedOut> {
    let Tagged { version, body: connection } = tagged(managed);
    let webhook_path = token.map(|token| format!("/hooks/{}", token.expose_secret()));
    Tagged { version, body: SavedOut { connection, webhook_path, test: tested.map(|_| trial) } }
}

/// What is stored, in the form of a draft, without the secrets.
fn as_draft(stored: Managed) -> Value {
    let connection = stored.connection;
    let mut draft = Map::from_iter([
        ("name".to_owned(), json!(connection.name)),
        ("environment".to_owned(), json!(connection.environment.as_str())),
        ("settings".to_owned(), connection.settings),
    ]);
    if !connection.endpoints.is_empty() {
        draft.insert("endpoints".to_owned(), json!(connection.endpoints));
    }
    if let Some((user, keys)) = stored.sftp.filter(|(_, keys)| !keys.is_empty()) {
        draft.insert("sftp".to_owned(), json!({ "user": user, "public_keys": keys }));
    }
    if stored.hook_ms.is_some() {
        draft.insert("webhook".to_owned(), json!(true));
    }
    Value::Object(draft)
}

/// What the trail says of a saved connection: names, never values of secrets.
fn told(
    party: &str,
    draft: &Draft,
    secrets: &[String],
    tested: Option<bool>,
    reason: Option<&str>,
) -> Value {
    json!({
        "party": party, "name": draft.name, "environment": draft.environment.as_str(), "endpoints": draft.endpoints,
        "secrets_set": secrets, "sftp": draft.sftp.as_ref().map(|(user, _)| user), "webhook": draft.webhook,
        "tested": tested.is_some(), "reason": reason,
    })
}

/// Writes the trail, last in its transaction.
pub(crate) async fn record(
    tx: &mut TenantTx,
    caller: &Caller,
    action: &str,
    id: ConnectionId,
    detail: Value,
) -> Result<(), Problem> {
    let subject = format!("connection/{id}");
    let entry = Entry { actor: &caller.principal, action, subject: &subject, detail };
    Ok(caravan_audit::record(tx, &entry).await?)
}

/// A webhook address that nobody guesses.
fn new_token() -> SecretString {
    SecretString::from(hex::encode(rand::random::<[u8; 32]>()))
}

/// What the store refuses, in words for the caller.
fn refused(error: StoreError) -> Problem {
    match error {
        StoreError::NameUsed(name) => {
            let detail = format!(
                "You have a connection {name:?} already; choose another name, or change that one."
            );
            Problem::conflict("connection-name-used", detail)
        }
        StoreError::NameTaken(_) => {
            let detail = "This SFTP user name is taken in this installation; choose another.";
            Problem::conflict("account-name-taken", detail)
        }
        error => unavailable(&error),
    }
}
