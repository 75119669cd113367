//! The HTTP side. Whoever mounts it has put the [`Caller`] of all but the open routes into the request's extensions, and has
//! refused what another site's page sends (the gateway does both); the scopes are asked for here.

mod audit;
mod keys;
mod me;
mod oidc;
mod page;
mod providers;
mod resets;
mod session;
mod tenant;
mod users;

use axum::Router;
use caravan_tenancy::Caller;
use caravan_web::Problem;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::identity::Identity;

/// Paths that need no caller: they are how one becomes one.
pub const OPEN_PATHS: &[&str] = &["/v1/session", "/v1/invitations", "/v1/password-resets"];
/// Paths for every caller; each route asks for its scope.
pub const PATHS: &[&str] = &[
    "/v1/me",
    "/v1/tenant",
    "/v1/users",
    "/v1/keys",
    "/v1/identity-providers",
    "/v1/roles",
    "/v1/audit",
];

#[derive(utoipa::OpenApi)]
#[openapi(tags((name = "identity", description = "Who may come in, what they may do, and what was done.")))]
struct Api;

fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(session::login, session::logout))
        .routes(routes!(session::switch))
        .routes(routes!(session::accept))
        .routes(routes!(resets::complete))
        .routes(routes!(oidc::begin))
        .routes(routes!(oidc::complete))
        .routes(routes!(tenant::ways_in))
        .routes(routes!(me::me))
        .routes(routes!(tenant::show, tenant::change))
        .routes(routes!(me::change_password))
        .routes(routes!(me::sessions, me::end_sessions))
        .routes(routes!(me::end_session))
        .routes(routes!(me::colleagues))
        .routes(routes!(users::list, users::invite))
        .routes(routes!(users::show, users::change))
        .routes(routes!(users::end_sessions))
        .routes(routes!(resets::make))
        .routes(routes!(keys::list, keys::make))
        .routes(routes!(keys::show, keys::revoke))
        .routes(routes!(providers::list, providers::make))
        .routes(routes!(providers::show, providers::change, providers::remove))
        .routes(routes!(providers::forget))
        .routes(routes!(me::roles))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
}

/// Every route of identity: those of [`OPEN_PATHS`] and those of [`PATHS`].
pub fn router(identity: Identity) -> Router {
    let (router, _) = routes().split_for_parts();
    router.with_state(identity)
}

/// Their description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

/// Refuses a caller without `scope`.
fn need(caller: &Caller, scope: &str) -> Result<(), Problem> {
    if caller.may(scope) { Ok(()) } else { Err(Problem::scope_missing(scope)) }
}
