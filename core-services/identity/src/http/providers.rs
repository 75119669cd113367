//! The tenant's identity providers.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::Caller;
use caravan_web::{IfMatch, Json, Page, PageQuery, Path, Problem, Query, Tagged};
use uuid::Uuid;

use super::need;
use crate::identity::Identity;
use crate::wire::{ProviderIn, ProviderOut};

/// The cursor's list.
const LIST: &str = "identity-providers";

/// List the identity providers.
///
/// Without their secrets, the oldest first.
#[utoipa::path(get, path = "/v1/identity-providers", operation_id = "listIdentityProviders", tag = "identity", params(PageQuery),
    security(("api_key" = ["users:read"])),
    responses((status = 200, body = Page<ProviderOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`")))]
pub(crate) async fn list(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ProviderOut>>, Problem> {
    need(&caller, "users:read")?;
    let limit = page.limit()?;
    let after: Option<Uuid> = page.after(LIST)?;
    let rows = identity.providers(caller.tenant, after, limit.rows()).await?;
    Ok(Json(Page::of(LIST, limit, rows, |provider| provider.id, ProviderOut::from)?))
}

/// Make an identity provider.
///
/// By an owner. The provider is asked for its description and keys before it is stored. At the provider, register
/// `{this installation}/v1/session/oidc/callback` as the address to return to. An `Idempotency-Key` is not heeded.
#[utoipa::path(post, path = "/v1/identity-providers", operation_id = "makeIdentityProvider", tag = "identity",
    request_body = ProviderIn, security(("api_key" = ["users:write"])),
    responses((status = 201, body = ProviderOut), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 409, description = "`providers-many`"),
        (status = 422, description = "`name-invalid`, `issuer-invalid`, `client-invalid`, `domain-invalid`, `role-unknown`, `role-map-invalid`, `provider-denied`"),
        (status = 502, description = "`provider-unreachable`, `provider-answer-invalid`")))]
pub(crate) async fn make(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Json(wanted): Json<ProviderIn>,
) -> Result<Response, Problem> {
    need(&caller, "users:write")?;
    let made = identity.make_provider(&caller, wanted.into()).await?;
    let location = format!("/v1/identity-providers/{}", made.id);
    let tagged = Tagged { version: made.version, body: ProviderOut::from(made) };
    let mut response = (StatusCode::CREATED, tagged).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Show an identity provider.
#[utoipa::path(get, path = "/v1/identity-providers/{id}", operation_id = "showIdentityProvider", tag = "identity",
    params(("id" = String, Path, description = "The provider.")), security(("api_key" = ["users:read"])),
    responses((status = 200, body = ProviderOut), (status = 404, description = "`provider-not-found`")))]
pub(crate) async fn show(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Tagged<ProviderOut>, Problem> {
    need(&caller, "users:read")?;
    let provider = identity.provider(caller.tenant, id).await?;
    Ok(Tagged { version: provider.version, body: provider.into() })
}

/// Change an identity provider.
///
/// By an owner, with `if-match`; what is left out is taken away, save the secret. With another issuer or client, who its people are is forgotten and
/// their sessions end.
#[utoipa::path(put, path = "/v1/identity-providers/{id}", operation_id = "changeIdentityProvider", tag = "identity",
    params(("id" = String, Path, description = "The provider.")), request_body = ProviderIn,
    security(("api_key" = ["users:write"])),
    responses((status = 200, body = ProviderOut), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 404, description = "`provider-not-found`"), (status = 409, description = "`passwords-needed`"),
        (status = 412, description = "`version-conflict`"), (status = 428, description = "`precondition-required`"),
        (status = 422, description = "`name-invalid`, `issuer-invalid`, `client-invalid`, `domain-invalid`, `role-unknown`, `role-map-invalid`, `provider-denied`"),
        (status = 502, description = "`provider-unreachable`, `provider-answer-invalid`")))]
pub(crate) async fn change(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(wanted): Json<ProviderIn>,
) -> Result<Tagged<ProviderOut>, Problem> {
    need(&caller, "users:write")?;
    let expected = if_match.required()?;
    let changed = identity.change_provider(&caller, id, wanted.into(), &expected).await?;
    Ok(Tagged { version: changed.version, body: changed.into() })
}

/// Remove an identity provider.
///
/// By an owner, with `if-match`. The sessions that it began end; who came by it stays a user, and comes in by it no more.
#[utoipa::path(delete, path = "/v1/identity-providers/{id}", operation_id = "removeIdentityProvider", tag = "identity",
    params(("id" = String, Path, description = "The provider.")), security(("api_key" = ["users:write"])),
    responses((status = 204, description = "removed"), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 404, description = "`provider-not-found`"), (status = 409, description = "`passwords-needed`"),
        (status = 412, description = "`version-conflict`"), (status = 428, description = "`precondition-required`")))]
pub(crate) async fn remove(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    need(&caller, "users:write")?;
    identity.remove_provider(&caller, id, &if_match.required()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forget a user's account at an identity provider.
///
/// By an owner, when the account was made anew there: the next login under the user's address takes its place. The user's sessions end.
#[utoipa::path(delete, path = "/v1/identity-providers/{id}/users/{user}", operation_id = "forgetIdentityProviderUser", tag = "identity",
    params(("id" = String, Path, description = "The provider."), ("user" = String, Path, description = "The user.")),
    security(("api_key" = ["users:write"])),
    responses((status = 204, description = "forgotten"), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 404, description = "`provider-not-found`, `user-not-found`"),
        (status = 409, description = "`passwords-needed`")))]
pub(crate) async fn forget(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path((id, user)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    need(&caller, "users:write")?;
    identity.unlink(&caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
