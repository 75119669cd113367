//! The tenant's events as they are appended: one CloudEvent a line, for ever.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use caravan_event_log::{Start, tail as follow};
use caravan_events::{Kind, cloud_event};
use caravan_fault::error_chain;
use caravan_tenancy::Caller;
use caravan_web::Query;
use futures_util::StreamExt as _;

use super::wire::TailQuery;
use crate::intake::Intake;

/// Follow the events, a line each.
///
/// NDJSON of CloudEvents 1.0 in structured mode. It ends when the caller hangs up.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "tailEvents", tag = "events",
    params(TailQuery),
    security(("api_key" = ["events:read"])),
    responses((status = 200, description = "One event a line.", content_type = "application/x-ndjson", body = String)),
)]
pub(crate) async fn tail(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<TailQuery>,
) -> Response {
    let start =
        if query.from.as_deref() == Some("beginning") { Start::Beginning } else { Start::Now };
    let topics = query.kind.map(Kind::new).into_iter().collect();
    let tenant = caller.tenant;
    let lines =
        follow(Arc::clone(&intake.inner.log), topics, start).filter_map(move |event| async move {
            match event {
                Ok(stored) if stored.envelope.tenant == tenant => Some(
                    cloud_event::to_json(&stored.envelope)
                        .map(|line| Bytes::from(format!("{line}\n")))
                        .map_err(|error| std::io::Error::other(error.to_string())),
                ),
                Ok(_) => None,
                Err(error) => {
                    tracing::error!(error = error_chain(&error), "A tail ended.");
                    Some(Err(std::io::Error::other("the log cannot be read")))
                }
            }
        });
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}
