//! What a page of another site makes a browser send is refused, with or without credentials.
//!
//! Browsers say where a request comes from: `Sec-Fetch-Site` (Fetch Metadata) and, with everything but plain reads, `Origin`
//! (RFC 6454). Programs send neither, and are let through: they have no cookie that they did not mean to send. We allow no other
//! origin to read from us either: no CORS header is ever sent.

use core::ops::ControlFlow;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_web::Problem;

use crate::around::Around;
use crate::auth;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses changes, and sockets, that another site's page asks for.
pub(crate) struct Origin {
    /// Our own origins besides that of the request's host, where a proxy changes the host; in lower case.
    pub(crate) ours: Vec<String>,
}

impl Around for Origin {
    type Held = ();

    fn before(&self, request: &mut Request) -> ControlFlow<Response> {
        // A WebSocket begins as a GET, is bound by no same-origin policy, and carries changes.
        let socket = request.headers().contains_key(header::UPGRADE);
        if (auth::changes(request.method()) || socket) && is_foreign(request, &self.ours) {
            metrics::counter!("caravan_http_cross_site_total").increment(1);
            let detail = "This came from a page of another site, which can change nothing here; send it from the portal or with an API key from a program.";
            let problem = Problem::new(StatusCode::FORBIDDEN, "cross-site", detail);
            return ControlFlow::Break(problem.into_response());
        }
        ControlFlow::Continue(())
    }
}

fn is_foreign(request: &Request, origins: &[String]) -> bool {
    let text = |headers: &HeaderMap, name: &HeaderName| {
        headers.get(name).map(|value| value.to_str().unwrap_or("unreadable").to_ascii_lowercase())
    };
    let headers = request.headers();
    // `none` is what the user itself began, by a bookmark or the address bar.
    let site = text(headers, &FETCH_SITE);
    if site.as_deref().is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        // A proxy that changes the host may make our own page look like another's; then the origin decides.
        return !text(headers, &header::ORIGIN).is_some_and(|origin| origins.contains(&origin));
    }
    let Some(origin) = text(headers, &header::ORIGIN) else { return false };
    if origins.contains(&origin) {
        return false;
    }
    // HTTP/2 has the host in the URI, HTTP/1.1 in a header.
    let host = request.uri().authority().map(|authority| authority.as_str().to_ascii_lowercase());
    let host = host.or_else(|| text(headers, &header::HOST));
    let of_origin = origin.split_once("://").map(|(_, rest)| rest);
    of_origin.is_none() || of_origin != host.as_deref()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn foreign(headers: &[(&str, &str)]) -> bool {
        let mut request = Request::post("/v1/orders").header("host", "hub.example:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let origins = ["https://portal.example".to_owned()];
        is_foreign(&request.body(Body::empty()).unwrap(), &origins)
    }

    #[test]
    fn our_own_pages_and_programs_are_not_foreign() {
        for ours in [
            &[][..],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://hub.example:8080")],
            &[("origin", "https://HUB.example:8080")],
            &[("origin", "https://portal.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://portal.example")],
        ] {
            assert!(!foreign(ours), "{ours:?}");
        }
    }

    #[test]
    fn everything_else_is() {
        for theirs in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null")],
            &[("origin", "https://hub.example")],
            &[("origin", "https://portal.example.evil.example")],
            &[("origin", "https://hub.example:8080.evil.example")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        ] {
            assert!(foreign(theirs), "{theirs:?}");
        }
    }
}
