//! Which request this is: one trace id through all steps, and no header that only we may set.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use caravan_model::TraceId;
use uuid::Uuid;

use crate::spans;
use crate::stack::Route;
use crate::step::Next;

/// Prefixes of headers that the outside must not set: they would speak with our voice further in.
const OURS: &[&str] = &["x-tenant-", "x-user-", "x-caravan-", "x-forwarded-"];
/// Single headers of that sort.
const OURS_EXACT: &[&str] = &[
    "x-deadline-ms",
    "forwarded",
    "x-real-ip",
    // Whoever heeded one of these would do something else than the scope was asked for.
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

/// The request's trace, in its extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace(pub(crate) TraceId);

/// Strips what the outside must not say, takes up or begins the trace, and names it in the answer.
pub(crate) async fn layer(mut request: Request, next: Next) -> Response {
    strip(request.headers_mut());
    let caller = spans::origin(request.headers());
    let trace = caller.map_or_else(|| TraceId(*Uuid::new_v4().as_bytes()), |caller| caller.trace);
    request.extensions_mut().insert(Trace(trace));
    let text = trace.to_string();
    let mut span = spans::at_the_door(request.headers_mut(), (trace, &text), caller);
    let method = request.method().clone();
    let mut response = span.run(next.run(request)).await;
    let route = response.extensions().get::<Route>().map(|route| route.prefix);
    spans::answered(&mut span, &method, route, response.status());
    if let Ok(value) = HeaderValue::try_from(text) {
        response.headers_mut().insert(HeaderName::from_static("caravan-trace"), value);
    }
    response
}

fn strip(headers: &mut HeaderMap) {
    let foreign: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            OURS_EXACT.contains(&name) || OURS.iter().any(|prefix| name.starts_with(prefix))
        })
        .cloned()
        .collect();
    for name in foreign {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_are_ours_do_not_come_in() {
        let mut headers = HeaderMap::new();
        for name in ["x-tenant-id", "x-deadline-ms", "x-forwarded-for", "x-file-name"] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("1"));
        }
        strip(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-file-name"]);
    }
}
