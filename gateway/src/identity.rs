//! Which request this is: one trace id through all steps, and no header that only we may set.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use caravan_model::TraceId;
use uuid::Uuid;

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
    let trace = request
        .headers()
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .and_then(trace_of)
        .unwrap_or_else(|| TraceId(*Uuid::new_v4().as_bytes()));
    request.extensions_mut().insert(Trace(trace));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&trace.to_string()) {
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

/// The trace id of a W3C `traceparent` (Trace Context, §3.2): `00-<32 hex>-<16 hex>-<2 hex>`, not all zero.
fn trace_of(text: &str) -> Option<TraceId> {
    let mut parts = text.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    if version.len() != 2 || version == "ff" || trace.len() != 32 || parent.len() != 16 {
        return None;
    }
    let trace: TraceId = trace.parse().ok()?;
    (trace.0 != [0; 16]).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_is_taken_up() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_of(good).unwrap().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        for bad in [
            "",
            "00",
            "00-zz-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_of(bad), None, "{bad}");
        }
    }

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
