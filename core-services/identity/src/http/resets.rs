//! A new password for who forgot the old one.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::Caller;
use caravan_web::{Json, Path, Problem};
use secrecy::SecretString;
use uuid::Uuid;

use super::need;
use super::session::Came;
use crate::identity::Identity;
use crate::wire::{CompleteIn, ResetOut};

/// Make a token for a user's new password.
///
/// By an owner, for a user who forgot the old one. The answer holds the token, this once; it is good for 24 hours, and replaces one that
/// was made before. A user who has a place in another tenant too is the operator's to help. An `Idempotency-Key` is not heeded: a stored
/// answer would be a stored secret.
#[utoipa::path(post, path = "/v1/users/{id}/password-reset", operation_id = "makePasswordReset", tag = "identity",
    params(("id" = String, Path, description = "The user.")), security(("api_key" = ["users:write"])),
    responses((status = 201, body = ResetOut), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 404, description = "`user-not-found`"), (status = 409, description = "`no-password`, `password-shared`")))]
pub(crate) async fn make(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    need(&caller, "users:write")?;
    let handed = identity.reset(&caller, id).await?;
    let mut response = (StatusCode::CREATED, Json(ResetOut::from(handed))).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Set a new password by a token.
///
/// Ends every session of the user, in every tenant, and begins none: sign in with the new password. The token is used up by it.
#[utoipa::path(post, path = "/v1/password-resets/complete", operation_id = "completePasswordReset", tag = "identity",
    request_body = CompleteIn, security(()),
    responses((status = 204, description = "set"), (status = 403, description = "`csrf-header-missing`, `cross-site`"),
        (status = 404, description = "`reset-invalid`"), (status = 422, description = "`password-weak`"),
        (status = 429, description = "`too-many-attempts`, `rate-limited`"),
        (status = 503, description = "`logins-busy`, `database-unavailable`")))]
pub(crate) async fn complete(
    State(identity): State<Identity>,
    came: Came,
    Json(complete): Json<CompleteIn>,
) -> Result<StatusCode, Problem> {
    let new = SecretString::from(complete.password);
    identity.complete_reset(&complete.token, new, came.address()).await?;
    Ok(StatusCode::NO_CONTENT)
}
