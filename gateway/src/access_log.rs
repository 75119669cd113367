//! One line and one measurement per request; the outermost view of what we answered.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use caravan_telemetry::Traffic;
use metrics::{counter, histogram};

use crate::identity::Trace;
use crate::stack::Route;
use crate::upstream::OWN_ROLE;

/// Logs and counts a request by its set of paths, never by its path: paths hold references and would be countless.
pub(crate) async fn layer(
    State(traffic): State<Traffic>,
    request: Request,
    next: Next,
) -> Response {
    let clock = Instant::now();
    let method = request.method().clone();
    let trace =
        request.extensions().get::<Trace>().map(|trace| trace.0.to_string()).unwrap_or_default();
    let response = next.run(request).await;
    let Route { role, prefix: route } = response
        .extensions()
        .get::<Route>()
        .copied()
        .unwrap_or(Route { role: OWN_ROLE, prefix: "none" });
    let status = response.status().as_u16();
    let took = clock.elapsed();
    traffic.record(role, route, status, took);
    let seconds = took.as_secs_f64();
    counter!("caravan_http_requests_total", "route" => route, "status" => status.to_string())
        .increment(1);
    histogram!("caravan_http_request_seconds", "route" => route).record(seconds);
    tracing::debug!(%method, route, status, seconds, trace_id = trace, "Request answered.");
    response
}
