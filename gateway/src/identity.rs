//! Which request this is: one trace id through all steps, and no header that only we may set.

use core::hash::BuildHasher as _;
use core::sync::atomic::{AtomicU64, Ordering};
use std::hash::RandomState;
use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use caravan_model::TraceId;

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
    let trace = caller.map_or_else(fresh, |caller| caller.trace);
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

/// An id that nobody else has or foresees: a keyed hash of a counter, the key being the process's own. The system is asked for
/// randomness once, and not for each request.
fn fresh() -> TraceId {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let [high, low] = [0_u8, 1].map(|half| u128::from(KEY.hash_one((number, half))));
    TraceId((high << 64 | low).to_be_bytes())
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
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_requests_begin_the_same_trace() {
        let ids: HashSet<TraceId> = (0..100_000).map(|_| fresh()).collect();
        assert_eq!(ids.len(), 100_000);
        // Each bit is set in about half of them: samplers go by the bits.
        let set =
            |bit: u32| ids.iter().filter(|id| u128::from_be_bytes(id.0) >> bit & 1 == 1).count();
        assert!((0..128).all(|bit| (48_000..52_000).contains(&set(bit))));
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
