//! The HTTP side: timelines and the list of shipments, for the tenant of the caller.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use caravan_tenancy::{Caller, Database};

use crate::problem::Problem;

/// `GET /v1/shipments` and `GET /v1/shipments/{reference}/timeline` over `database` (role `caravan_tracking`).
///
/// Reads [`Caller`] from the request's extensions; whoever mounts the router puts it there and has checked the scope.
pub fn router(database: Database) -> Router {
    Router::new().route("/v1/shipments/{reference}/timeline", get(timeline)).with_state(database)
}

async fn timeline(
    State(_): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(reference): Path<String>,
) -> Response {
    let detail = format!("{reference} {}", caller.tenant);
    Problem::new(StatusCode::NOT_FOUND, "shipment-not-found", detail).candidates(Vec::new()).into_response()
}
