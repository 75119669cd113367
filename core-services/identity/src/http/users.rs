//! The tenant's users.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::Caller;
use caravan_web::{IfMatch, Json, Page, PageQuery, Path, Problem, Query, Tagged};
use uuid::Uuid;

use super::need;
use crate::identity::Identity;
use crate::users::Change;
use crate::wire::{ChangedOut, InviteIn, InvitedOut, UserOut, UserPatch};

/// The cursor's list.
const LIST: &str = "users";

/// List the users.
///
/// Those of the caller's tenant, the oldest first, also invited and disabled ones.
#[utoipa::path(get, path = "/v1/users", operation_id = "listUsers", tag = "identity", params(PageQuery),
    security(("api_key" = ["users:read"])),
    responses((status = 200, body = Page<UserOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`")))]
pub(crate) async fn list(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<UserOut>>, Problem> {
    need(&caller, "users:read")?;
    let limit = page.limit()?;
    let after: Option<Uuid> = page.after(LIST)?;
    let rows = identity.members(caller.tenant, after, limit.rows()).await?;
    Ok(Json(Page::of(LIST, limit, rows, |member| member.user, UserOut::from)?))
}

/// Invite a user.
///
/// The answer holds the invitation, this once; it is good for seven days. Sent again for somebody who has not accepted yet, it
/// replaces the invitation. A key `Idempotency-Key` is not heeded: a stored answer would be a stored secret.
#[utoipa::path(post, path = "/v1/users", operation_id = "inviteUser", tag = "identity", request_body = InviteIn,
    security(("api_key" = ["users:write"])),
    responses((status = 201, body = InvitedOut), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 409, description = "`user-exists`"),
        (status = 422, description = "`email-invalid`, `name-invalid`, `role-unknown`")))]
pub(crate) async fn invite(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Json(invite): Json<InviteIn>,
) -> Result<Response, Problem> {
    need(&caller, "users:write")?;
    let invited = identity.invite(&caller, &invite.email, &invite.name, &invite.role).await?;
    let mut response = (StatusCode::CREATED, Json(InvitedOut::from(invited))).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Show a user.
#[utoipa::path(get, path = "/v1/users/{id}", operation_id = "showUser", tag = "identity", params(("id" = String, Path, description = "The user.")),
    security(("api_key" = ["users:read"])),
    responses((status = 200, body = UserOut), (status = 404, description = "`user-not-found`")))]
pub(crate) async fn show(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Tagged<UserOut>, Problem> {
    need(&caller, "users:read")?;
    let member = identity.member(caller.tenant, id).await?;
    Ok(Tagged { version: member.version, body: member.into() })
}

/// Change a user.
///
/// Name, role or status. Needs `if-match`. A disabled user's sessions end, and with `revoke_keys` the API keys that it made; a changed role holds at once, in other processes within five seconds.
#[utoipa::path(patch, path = "/v1/users/{id}", operation_id = "changeUser", tag = "identity", params(("id" = String, Path, description = "The user.")),
    request_body = UserPatch, security(("api_key" = ["users:write"])),
    responses((status = 200, body = ChangedOut), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 404, description = "`user-not-found`"), (status = 409, description = "`last-owner`"),
        (status = 412, description = "`version-conflict`"), (status = 428, description = "`precondition-required`"),
        (status = 422, description = "`name-invalid`, `role-unknown`, `status-invalid`")))]
pub(crate) async fn change(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(patch): Json<UserPatch>,
) -> Result<Tagged<ChangedOut>, Problem> {
    need(&caller, "users:write")?;
    if patch.revoke_keys {
        need(&caller, "keys:write")?;
    }
    let UserPatch { name, role, status, revoke_keys } = patch;
    let change = Change { name, role, status, revoke_keys };
    let changed = identity.change(&caller, id, change, &if_match.required()?).await?;
    Ok(Tagged { version: changed.member.version, body: changed.into() })
}

/// End a user's sessions.
///
/// All of them in this tenant, for example when a device was lost.
#[utoipa::path(delete, path = "/v1/users/{id}/sessions", operation_id = "endUserSessions", tag = "identity",
    params(("id" = String, Path, description = "The user.")), security(("api_key" = ["users:write"])),
    responses((status = 204, description = "ended"), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 404, description = "`user-not-found`")))]
pub(crate) async fn end_sessions(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    need(&caller, "users:write")?;
    identity.end_sessions(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
