//! Endpoints: made, shown, changed, taken away, given a new secret.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{
    Answer, Idempotent, IfMatch, IfNoneMatch, Json, Page, PageQuery, Path, Problem, Query, Tagged,
    etag,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::{READ, WRITE, audit, checks, may, not_found};
use crate::domain::{self, new_secret};
use crate::notification::Parts;
use crate::store::webhooks::{self as store, Disabled, Webhook};
use crate::wire::{WebhookIn, WebhookMadeOut, WebhookOut, WebhookPatch};

/// Endpoints of one tenant.
const WEBHOOKS_MAX: i64 = 50;
/// How long a secret that was replaced still signs.
const OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

/// List the webhooks.
///
/// Newest first.
#[utoipa::path(get, path = "/v1/webhooks", operation_id = "listWebhooks", tag = "webhooks", params(PageQuery),
    security(("api_key" = ["webhooks:read"])),
    responses((status = 200, body = Page<WebhookOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`")))]
pub(super) async fn list(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<WebhookOut>>, Problem> {
    may(&caller, READ)?;
    let (limit, after) = (page.limit()?, page.after("webhooks")?);
    let mut tx = TenantTx::read(&parts.database, caller.tenant).await?;
    let rows = store::list(&mut tx, after, limit.rows()).await?;
    tx.commit().await?;
    let now_ms = parts.clock.now_ms();
    let show = |row: Webhook| WebhookOut::new(&row, &caller, now_ms);
    Page::of("webhooks", limit, rows, |row| row.id, show).map(Json)
}

/// Make a webhook.
///
/// The answer holds the signing secret, this once: repeated for the same `idempotency-key` it comes without. The kinds are bounded by
/// what the caller may read.
#[utoipa::path(post, path = "/v1/webhooks", operation_id = "createWebhook", tag = "webhooks", request_body = WebhookIn,
    params(("idempotency-key" = Option<String>, Header)), security(("api_key" = ["webhooks:write"])),
    responses((status = 201, body = WebhookMadeOut), (status = 403, description = "`scope-missing`: also that which opens a kind"),
        (status = 409, description = "`webhooks-full`"), (status = 422, description = "`webhook-invalid`, `webhook-url-denied`")))]
pub(super) async fn create(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<WebhookIn>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    checks::words(&body.name, body.description.as_deref())?;
    let url = checks::url(&parts.sender, &body.url)?;
    let kinds = checks::kinds(&caller, body.kinds)?;
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    if store::count(&mut tx).await? >= WEBHOOKS_MAX {
        let detail = format!("A tenant has at most {WEBHOOKS_MAX} webhooks; remove one first.");
        return Err(Problem::conflict("webhooks-full", detail));
    }
    let (id, now_ms) = (Uuid::now_v7(), parts.clock.now_ms());
    let secret = new_secret().map_err(|error| Problem::internal(&error))?;
    let sealed = parts.secrets.seal(caller.tenant, id, &secret);
    let row = Webhook {
        id,
        name: body.name,
        url: url.into(),
        description: body.description.filter(|text| !text.is_empty()),
        kinds,
        disabled: None,
        secret: sealed.map_err(|error| Problem::internal(&error))?,
        previous_secret: None,
        previous_until_ms: None,
        failing_since_ms: None,
        made_by: caller.principal.clone(),
        made_ms: now_ms,
        changed_ms: now_ms,
        version: 1,
    };
    store::insert(&mut tx, &row).await?;
    let location = format!("/v1/webhooks/{id}");
    let made = WebhookMadeOut { webhook: WebhookOut::new(&row, &caller, now_ms), secret: None };
    // Stored without the secret: a stored answer would be a stored secret. What is said now has it.
    let answer = Answer::new(StatusCode::CREATED, &made)?.location(location.as_str());
    attempt.store(&mut tx, answer.version(row.version)).await?;
    audit(&mut tx, &caller, "webhook.created", id, said(&row)).await?;
    tx.commit().await?;
    let mut response = with_secret(StatusCode::CREATED, made, &secret, row.version);
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Show a webhook.
#[utoipa::path(get, path = "/v1/webhooks/{id}", operation_id = "showWebhook", tag = "webhooks",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["webhooks:read"])),
    responses((status = 200, body = WebhookOut), (status = 404, description = "`webhook-not-found`")))]
pub(super) async fn show(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_none_match: IfNoneMatch,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&parts.database, caller.tenant).await?;
    let row = store::one(&mut tx, id).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    let body = WebhookOut::new(&row, &caller, parts.clock.now_ms());
    Ok(if_none_match.or(row.version, body))
}

/// Change a webhook.
///
/// Needs `if-match`. To enable it, or to change its address or kinds, the caller must be allowed to read all of its kinds. Enabling sends
/// nothing that was missed: recover that.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", operation_id = "changeWebhook", tag = "webhooks",
    params(("id" = String, Path, format = "uuid"), ("if-match" = String, Header)), request_body = WebhookPatch,
    security(("api_key" = ["webhooks:write"])),
    responses((status = 200, body = WebhookOut), (status = 403, description = "`scope-missing`: also that which opens a kind"),
        (status = 404, description = "`webhook-not-found`"), (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`webhook-invalid`, `webhook-url-denied`"),
        (status = 428, description = "`precondition-required`")))]
pub(super) async fn change(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(patch): Json<WebhookPatch>,
) -> Result<Tagged<WebhookOut>, Problem> {
    may(&caller, WRITE)?;
    let expected = if_match.required()?;
    let now_ms = parts.clock.now_ms();
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    let before = store::locked(&mut tx, id).await?.ok_or_else(not_found)?;
    expected.check(before.version, &WebhookOut::new(&before, &caller, now_ms))?;
    let wanted = patched(&parts, &caller, &before, patch, now_ms)?;
    let row = store::update(&mut tx, &wanted).await?;
    let detail = json!({ "before": said(&before), "after": said(&row) });
    audit(&mut tx, &caller, "webhook.changed", id, detail).await?;
    let wake = parts.wake;
    tx.after_commit(move || wake.notify_one());
    tx.commit().await?;
    Ok(Tagged { version: row.version, body: WebhookOut::new(&row, &caller, now_ms) })
}

fn patched(
    parts: &Parts,
    caller: &Caller,
    before: &Webhook,
    patch: WebhookPatch,
    now_ms: i64,
) -> Result<Webhook, Problem> {
    let mut row = Webhook { changed_ms: now_ms, ..before.clone() };
    let mut reaches = patch.kinds.is_some();
    if let Some(name) = patch.name {
        row.name = name;
    }
    if let Some(description) = patch.description {
        row.description = description.filter(|text| !text.is_empty());
    }
    checks::words(&row.name, row.description.as_deref())?;
    if let Some(text) = patch.url {
        let url = String::from(checks::url(&parts.sender, &text)?);
        if url != row.url {
            // Another receiver, of which nothing is known yet.
            (row.url, row.failing_since_ms, reaches) = (url, None, true);
        }
    }
    if let Some(kinds) = patch.kinds {
        row.kinds = checks::kinds(caller, Some(kinds))?;
    }
    match patch.status.as_deref() {
        None => {}
        Some("enabled") => {
            reaches |= row.disabled.is_some();
            if row.disabled.take().is_some() {
                row.failing_since_ms = None;
            }
        }
        Some("disabled") => {
            let by_hand = || Disabled { reason: "by-hand".to_owned(), detail: None, at_ms: now_ms };
            row.disabled.get_or_insert_with(by_hand);
        }
        Some(_) => return Err(checks::status()),
    }
    if reaches {
        checks::readable(caller, &row.kinds)?;
    }
    Ok(row)
}

/// Remove a webhook.
///
/// Needs `if-match`. With its secrets at once, and its deliveries in a while; what is being sent at this moment is not called back.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", operation_id = "removeWebhook", tag = "webhooks",
    params(("id" = String, Path, format = "uuid"), ("if-match" = String, Header)), security(("api_key" = ["webhooks:write"])),
    responses((status = 204, description = "removed"), (status = 404, description = "`webhook-not-found`"),
        (status = 412, description = "`version-conflict`")))]
pub(super) async fn remove(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    may(&caller, WRITE)?;
    let expected = if_match.required()?;
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    let row = store::locked(&mut tx, id).await?.ok_or_else(not_found)?;
    let shown = WebhookOut::new(&row, &caller, parts.clock.now_ms());
    expected.check(row.version, &shown)?;
    store::remove(&mut tx, id).await?;
    audit(&mut tx, &caller, "webhook.removed", id, said(&row)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook a new secret.
///
/// The answer holds it, this once. The one before signs beside it for 24 hours; rotated again within these, it is the one between that
/// does. An `Idempotency-Key` is not heeded: a stored answer would be a stored secret.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", operation_id = "rotateWebhookSecret", tag = "webhooks",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["webhooks:write"])),
    responses((status = 200, body = WebhookMadeOut), (status = 404, description = "`webhook-not-found`")))]
pub(super) async fn rotate(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let now_ms = parts.clock.now_ms();
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    let before = store::locked(&mut tx, id).await?.ok_or_else(not_found)?;
    let secret = new_secret().map_err(|error| Problem::internal(&error))?;
    let sealed = parts.secrets.seal(caller.tenant, id, &secret);
    let wanted = Webhook {
        secret: sealed.map_err(|error| Problem::internal(&error))?,
        previous_secret: Some(before.secret.clone()),
        previous_until_ms: Some(now_ms.saturating_add(OVERLAP_MS)),
        changed_ms: now_ms,
        ..before
    };
    let row = store::update(&mut tx, &wanted).await?;
    audit(&mut tx, &caller, "webhook.secret-rotated", id, json!({})).await?;
    tx.commit().await?;
    let made = WebhookMadeOut { webhook: WebhookOut::new(&row, &caller, now_ms), secret: None };
    Ok(with_secret(StatusCode::OK, made, &secret, row.version))
}

/// A secret is for whoever asked, and for no cache on the way.
fn with_secret(
    status: StatusCode,
    made: WebhookMadeOut,
    secret: &SecretString,
    version: i64,
) -> Response {
    let body = WebhookMadeOut { secret: Some(secret.expose_secret().to_owned()), ..made };
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::ETAG, etag(version)),
    ];
    (status, headers, Json(body)).into_response()
}

/// What the trail keeps of an endpoint: of the address only what is no secret.
fn said(row: &Webhook) -> serde_json::Value {
    json!({
        "name": row.name,
        "url": domain::target(&row.url).map(|url| domain::shown(&url)),
        "kinds": row.kinds,
        "status": if row.disabled.is_some() { "disabled" } else { "enabled" },
    })
}
