//! The public page of one shipment: a file of the portal's build that knows nobody and asks `/v1/public` by the token in its address.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};

use crate::portal;
use crate::upstream::{Access, Upstream};

const PREFIXES: &[&str] = &["/track"];

/// The file in the portal's build.
const PAGE: &str = "/track.html";

/// What the page says of itself besides what all say. Its address opens a shipment, so nobody keeps it, lists it or passes it on.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// The upstream that serves it, to everybody.
pub(crate) fn upstream() -> Upstream {
    let router = Router::new().fallback(async |request: Request| {
        let mut response = portal::page(PAGE, &request);
        for (name, value) in HEADERS {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    });
    Upstream::in_process(PREFIXES, router, Access::Open, 0)
}
