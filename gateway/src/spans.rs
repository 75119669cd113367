//! The spans of a request: one at the door, one in the service that answers in another process.
//!
//! They are named by method and set of paths, as the access log is: a path holds references, and tokens.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use caravan_model::TraceId;
use caravan_telemetry::traces::{self, Place, Span, SpanKind};

/// W3C Trace Context. Inwards it says where our own span is.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Where a request comes from, by what its header says.
pub(crate) fn origin(headers: &HeaderMap) -> Option<Place> {
    headers.get(TRACEPARENT).and_then(|value| Place::read(value.to_str().ok()?))
}

/// Begins the span of a request at the door, under its caller's, and has the request say so further in. `text` is the trace's.
pub(crate) fn at_the_door(
    headers: &mut HeaderMap,
    (trace, text): (TraceId, &str),
    caller: Option<Place>,
) -> Span {
    let span = traces::begin(SpanKind::Server, "request", trace);
    let span = match caller {
        Some(caller) => span.under(caller.span),
        None => span,
    };
    // A second one is refused further in, where it must still be seen.
    if headers.get_all(TRACEPARENT).iter().nth(1).is_some() {
        return span;
    }
    let told = match span.place() {
        Some(place) => Some(place.header(true)),
        // The trace is known further in, whether we have a span of it or not; a caller's own word for it will do.
        None => caller.is_none().then(|| unseen(text)),
    };
    if let Some(value) = told.and_then(|told| HeaderValue::try_from(told).ok()) {
        headers.insert(TRACEPARENT, value);
    }
    span
}

/// The `traceparent` of a trace without a span of ours. A span that nobody sees must have an id, too.
fn unseen(trace: &str) -> String {
    ["00-", trace, "-", trace.get(16..).unwrap_or_default(), "-00"].concat()
}

/// What became of a span's request.
pub(crate) fn answered(span: &mut Span, method: &Method, route: Option<&str>, status: StatusCode) {
    if span.place().is_none() {
        return;
    }
    let method = known(method);
    span.rename(|| [Some(method), route].into_iter().flatten().collect::<Vec<_>>().join(" "));
    span.set("http.request.method", method);
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if let Some(route) = route {
        span.set("http.route", route.to_owned());
    }
    if status.is_server_error() {
        span.fail("5xx");
    }
}

/// A layer of a service in a process of its own, below the one that restores the context: its span of a request, under the
/// gateway's.
pub async fn traced(request: Request, next: Next) -> Response {
    let Some(gateway) = origin(request.headers()) else { return next.run(request).await };
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut span = traces::begin(SpanKind::Server, "request", gateway.trace).under(gateway.span);
    let response = span.run(next.run(request)).await;
    let route = route.as_ref().map(MatchedPath::as_str);
    answered(&mut span, &method, route, response.status());
    response
}

/// A method as it may be shown: whoever calls can make up others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
