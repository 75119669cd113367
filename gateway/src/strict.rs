//! Requests that two parties could read differently are refused before anybody reads them.
//!
//! The framing itself is hyper's: two lengths that differ are refused, a length beside a transfer coding is dropped and the
//! connection closed behind the request (RFC 9112 §6.3), and what travels on is framed anew.

use core::ops::ControlFlow;

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use caravan_web::Problem;

use crate::around::Around;

/// Headers of which a second one would be somebody's guess.
const ONCE: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "content-type",
    "authorization",
    "x-api-key",
    "origin",
    "sec-fetch-site",
    "upgrade",
    "traceparent",
    "idempotency-key",
    "last-event-id",
];

/// Lets only requests through that can be read in one way.
pub(crate) struct Strict;

impl Around for Strict {
    type Held = ();

    fn before(&self, request: &mut Request) -> ControlFlow<Response> {
        match refusal(request) {
            Some(problem) => ControlFlow::Break(problem.into_response()),
            None => ControlFlow::Continue(()),
        }
    }
}

fn refusal(request: &Request) -> Option<Problem> {
    if let Some(name) = repeated(request.headers()) {
        let detail = format!("The header {name} came twice; send it once.");
        return Some(Problem::bad_request("header-repeated", detail));
    }
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    if !known.contains(request.method()) {
        let detail = "This method is not served here.";
        return Some(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail));
    }
    if is_ambiguous(request.uri().path()) {
        let detail = "The path holds a dot segment, an empty segment, a backslash or a NUL, in plain or encoded; write it without.";
        return Some(Problem::bad_request("path-ambiguous", detail));
    }
    if request.uri().query().is_some_and(|query| query.contains("%00")) {
        let detail = "The query holds a NUL, which no text of ours has; write it without.";
        return Some(Problem::bad_request("query-nul", detail));
    }
    None
}

fn repeated(headers: &HeaderMap) -> Option<&'static str> {
    // Almost always every header comes once, which is known without a look at any.
    if headers.len() == headers.keys_len() {
        return None;
    }
    ONCE.iter().copied().find(|name| headers.get_all(*name).iter().nth(1).is_some())
}

/// Whether a path means something else to somebody who decodes or tidies it. A `%2F` is part of a segment, as in references, and
/// stays one: nobody behind us decodes before routing.
fn is_ambiguous(path: &str) -> bool {
    // Almost no path has anything of what could be, so most are read once.
    if !path.contains(['%', '\\', ';']) && !path.contains("//") && !path.contains("/.") {
        return false;
    }
    let tidied = path.to_ascii_lowercase().replace("%2e", ".").replace("%5c", "\\");
    let odd = |segment: &str| {
        let name = segment.split(';').next().unwrap_or_default();
        name == "." || name == ".."
    };
    tidied.contains('\\')
        || tidied.contains("%00")
        || tidied.contains("//")
        || tidied.replace("%2f", "/").split('/').any(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_have_one_meaning() {
        for path in [
            "/",
            "/v1/orders",
            "/v1/shipments/B%2F8/timeline",
            "/v1/x/a.b",
            "/v1/x/...",
            "/hooks/t/",
        ] {
            assert!(!is_ambiguous(path), "{path}");
        }
        for path in [
            "/v1/../admin",
            "/v1/%2e%2e/admin",
            "/v1/%2E./x",
            "/v1/..;/admin",
            "/v1/.",
            "//admin",
            "/v1//x",
            "/v1/a%00",
            "/v1\\x",
            "/v1/%5C..",
            "/v1/x%2F..%2Fy",
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
    }
}
