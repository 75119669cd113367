//! The hub's HTTP interface, as the gateway routes to it: documents, connections, parties, the ERP endpoint.

mod connections;
mod documents;
mod erp;
mod events;
mod problem;

use axum::Router;
use axum::routing::{get, post};

use crate::intake::Intake;

/// Routes under `/v1`. Every request carries a `caravan_tenancy::Caller` that the gateway put there.
pub fn router(intake: Intake) -> Router {
    Router::new()
        .route("/v1/parties", get(connections::parties))
        .route("/v1/connections", get(connections::list))
        .route("/v1/connections/{connection}/watch", post(connections::watch))
        .route("/v1/connections/{connection}/documents", post(erp::post))
        .route("/v1/documents", get(documents::list))
        .route("/v1/documents/{id}", get(documents::show))
        .route("/v1/documents/{id}/raw", get(documents::raw))
        .route("/v1/documents/{id}/replay", post(documents::replay))
        .route("/v1/events", get(events::tail))
        .with_state(intake)
}
