//! API keys.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::Caller;
use caravan_web::{Json, Page, PageQuery, Path, Problem, Query};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::need;
use crate::error::Error;
use crate::identity::Identity;
use crate::keys::Wanted;
use crate::wire::{KeyIn, KeyMadeOut, KeyOut};

/// The cursor's list.
const LIST: &str = "keys";

/// List the API keys.
///
/// Without their secrets, the newest first, also revoked and expired ones.
#[utoipa::path(get, path = "/v1/keys", operation_id = "listKeys", tag = "identity", params(PageQuery),
    security(("api_key" = ["keys:read"])),
    responses((status = 200, body = Page<KeyOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`")))]
pub(crate) async fn list(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<KeyOut>>, Problem> {
    need(&caller, "keys:read")?;
    let limit = page.limit()?;
    let after: Option<(i64, String)> = page.after(LIST)?;
    let rows = identity.keys(caller.tenant, after, limit.rows()).await?;
    Ok(Json(Page::of(LIST, limit, rows, |key| (key.created_ms, key.key_id.clone()), KeyOut::from)?))
}

/// Make an API key.
///
/// The answer holds the key, this once. It may do no more than its maker. An `Idempotency-Key` is not heeded: a stored answer would
/// be a stored secret.
#[utoipa::path(post, path = "/v1/keys", operation_id = "makeKey", tag = "identity", request_body = KeyIn,
    security(("api_key" = ["keys:write"])),
    responses((status = 201, body = KeyMadeOut), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 422, description = "`name-invalid`, `scope-unknown`, `expiry-invalid`, `network-invalid`")))]
pub(crate) async fn make(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Json(wanted): Json<KeyIn>,
) -> Result<Response, Problem> {
    need(&caller, "keys:write")?;
    let expires_ms = wanted.expires_at.as_deref().map(moment).transpose()?;
    let scopes: Vec<&str> = wanted.scopes.iter().map(String::as_str).collect();
    let networks = wanted.networks.unwrap_or_default();
    let asked = Wanted { name: &wanted.name, scopes: &scopes, expires_ms, networks: &networks };
    let made = identity.make_key(&caller, asked).await?;
    let location = format!("/v1/keys/{}", made.listed.key_id);
    let body = KeyMadeOut { listed: made.listed.into(), key: made.key.expose_secret().to_owned() };
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn moment(text: &str) -> Result<i64, Error> {
    text.parse::<Timestamp>().map(Timestamp::as_millisecond).map_err(|_| Error::ExpiryInvalid)
}

/// Show an API key.
///
/// Without its secret.
#[utoipa::path(get, path = "/v1/keys/{id}", operation_id = "showKey", tag = "identity", params(("id" = String, Path)),
    security(("api_key" = ["keys:read"])),
    responses((status = 200, body = KeyOut), (status = 404, description = "`key-not-found`")))]
pub(crate) async fn show(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<KeyOut>, Problem> {
    need(&caller, "keys:read")?;
    Ok(Json(identity.key(caller.tenant, &id).await?.into()))
}

/// Revoke an API key.
///
/// It opens nothing from then on, in other processes within five seconds.
#[utoipa::path(delete, path = "/v1/keys/{id}", operation_id = "revokeKey", tag = "identity", params(("id" = String, Path)),
    security(("api_key" = ["keys:write"])),
    responses((status = 204, description = "revoked"), (status = 404, description = "`key-not-found`")))]
pub(crate) async fn revoke(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    need(&caller, "keys:write")?;
    identity.revoke_key(caller.tenant, &caller.principal, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
