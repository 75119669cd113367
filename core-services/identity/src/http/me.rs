//! The caller itself.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, CurrentSession};
use caravan_web::{Json, Page, PageQuery, Path, Problem, Query};
use secrecy::SecretString;
use uuid::Uuid;

use super::session::{Came, entered_as};
use crate::error::Error;
use crate::identity::{Identity, user_of};
use crate::store::sessions::Listed;
use crate::wire::{ColleagueOut, MeOut, PasswordIn, RolesOut, SessionOut, TenantOut};

/// The cursors' lists.
const SESSIONS: &str = "my-sessions";
const COLLEAGUES: &str = "my-colleagues";

/// Show who is calling.
///
/// User or API key, tenant, role and scopes.
#[utoipa::path(get, path = "/v1/me", operation_id = "showMe", tag = "identity", security(("api_key" = [])),
    responses((status = 200, body = MeOut)))]
pub(crate) async fn me(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<MeOut>, Problem> {
    match identity.me(&caller).await {
        Ok(me) => Ok(Json(me.into())),
        Err(Error::NotAUser) => Ok(Json(MeOut {
            user: None,
            principal: caller.principal,
            tenant: TenantOut { id: caller.tenant.0, name: None },
            role: None,
            scopes: caller.scopes,
            tenants: vec![TenantOut { id: caller.tenant.0, name: None }],
        })),
        Err(error) => Err(error.into()),
    }
}

/// Change the password.
///
/// Ends every session of the user, in every tenant, and begins a new one, whose cookie the answer sets.
#[utoipa::path(put, path = "/v1/me/password", operation_id = "changePassword", tag = "identity", request_body = PasswordIn,
    security(("api_key" = [])),
    responses((status = 200, body = MeOut), (status = 401, description = "`login-failed`, `credentials-missing`"),
        (status = 403, description = "`not-a-user`, `csrf-header-missing`"), (status = 422, description = "`password-weak`"),
        (status = 429, description = "`too-many-attempts`, `rate-limited`")))]
pub(crate) async fn change_password(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    came: Came,
    Json(change): Json<PasswordIn>,
) -> Result<Response, Problem> {
    let (current, new) = (SecretString::from(change.current), SecretString::from(change.new));
    let entered = identity.change_password(&caller, current, new, came.door(&identity)).await?;
    entered_as(&identity, entered)
}

/// List one's own sessions.
///
/// Those of this tenant that hold now, the newest first.
#[utoipa::path(get, path = "/v1/me/sessions", operation_id = "listMySessions", tag = "identity", params(PageQuery),
    security(("api_key" = [])),
    responses((status = 200, body = Page<SessionOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`"),
        (status = 403, description = "`not-a-user`")))]
pub(crate) async fn sessions(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    current: Option<Extension<CurrentSession>>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<SessionOut>>, Problem> {
    let limit = page.limit()?;
    let after: Option<(i64, Uuid)> = page.after(SESSIONS)?;
    let rows = identity.own_sessions(&caller, after, limit.rows()).await?;
    let current = current.map(|Extension(CurrentSession(id))| id);
    let place = |listed: &Listed| (listed.created_us, listed.id);
    Ok(Json(Page::of(SESSIONS, limit, rows, place, |listed| SessionOut::of(listed, current))?))
}

/// End a session of one's own.
///
/// In this tenant, for example where one forgot to sign out.
#[utoipa::path(delete, path = "/v1/me/sessions/{id}", operation_id = "endMySession", tag = "identity",
    params(("id" = String, Path, description = "The session.")), security(("api_key" = [])),
    responses((status = 204, description = "ended"), (status = 403, description = "`not-a-user`"),
        (status = 404, description = "`session-not-found`")))]
pub(crate) async fn end_session(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    identity.end_own_session(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End all sessions of one's own.
///
/// In this tenant, the present one included.
#[utoipa::path(delete, path = "/v1/me/sessions", operation_id = "endMySessions", tag = "identity", security(("api_key" = [])),
    responses((status = 204, description = "ended"), (status = 403, description = "`not-a-user`")))]
pub(crate) async fn end_sessions(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
) -> Result<StatusCode, Problem> {
    identity.end_sessions(&caller, user_of(&caller.principal)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the names of one's colleagues.
///
/// Everybody who belongs or belonged to this tenant, the caller too, the oldest first: what a record calls `user/<id>`, as people know it.
#[utoipa::path(get, path = "/v1/me/colleagues", operation_id = "listMyColleagues", tag = "identity", params(PageQuery),
    security(("api_key" = [])),
    responses((status = 200, body = Page<ColleagueOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`"),
        (status = 403, description = "`not-a-user`")))]
pub(crate) async fn colleagues(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ColleagueOut>>, Problem> {
    // People know each other; an API key that may not see the users learns no names.
    user_of(&caller.principal)?;
    let limit = page.limit()?;
    let after: Option<Uuid> = page.after(COLLEAGUES)?;
    let rows = identity.members(caller.tenant, after, limit.rows()).await?;
    Ok(Json(Page::of(COLLEAGUES, limit, rows, |member| member.user, ColleagueOut::from)?))
}

/// List the roles.
///
/// With their scopes, and what each scope opens.
#[utoipa::path(get, path = "/v1/roles", operation_id = "listRoles", tag = "identity", security(("api_key" = [])),
    responses((status = 200, body = RolesOut)))]
pub(crate) async fn roles() -> Json<RolesOut> {
    Json(RolesOut::all())
}
