//! `GET /v1/operations`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Router};
use caravan_tenancy::Caller;
use caravan_web::{Json, Problem};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::installation::Installation;
use crate::wire::OperationsOut;

#[derive(utoipa::OpenApi)]
#[openapi(tags((name = "operations", description = "How the installation stands.")))]
struct Api;

/// The routes and their description, from one list.
fn routes() -> OpenApiRouter<Installation> {
    OpenApiRouter::with_openapi(Api::openapi()).routes(routes!(show))
}

/// The routes under `/v1/operations`.
///
/// Reads [`Caller`] from the request's extensions; whoever mounts the router puts it there and has checked the scope.
pub fn router(installation: Installation) -> Router {
    let (router, _) = routes().split_for_parts();
    router.method_not_allowed_fallback(only_get).with_state(installation)
}

/// What [`router`] serves, as OpenAPI 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

async fn only_get() -> Problem {
    let detail = "How the installation stands is read with GET.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
}

/// Show how the installation stands.
///
/// Health, rates, lags and stores are of the whole installation, the same for every tenant; `yours` is of your tenant alone. What
/// does not answer is shown as `unreachable` and never fails the answer. Rates are those of the gateway that answers you.
#[utoipa::path(
    get, path = "/v1/operations", operation_id = "showOperations", tag = "operations",
    security(("api_key" = ["operations:read"])),
    responses((status = 200, description = "How it stands.", body = OperationsOut)),
)]
async fn show(
    State(installation): State<Installation>,
    Extension(caller): Extension<Caller>,
) -> Json<OperationsOut> {
    Json(installation.stand(&caller).await)
}
