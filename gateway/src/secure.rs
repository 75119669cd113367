//! Headers that tell a browser what our answers may do: next to nothing.

use core::ops::ControlFlow;
use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

use crate::around::Around;

/// What an answer says that says nothing else about it.
static HEADERS: LazyLock<Vec<(HeaderName, HeaderValue)>> = LazyLock::new(|| {
    let line = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
    vec![
        // Scripts, styles and calls of our own origin, nothing inline, no plug-ins, in nobody's frame. A page that needs another
        // policy brings its own.
        line(
            "content-security-policy",
            "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        // Bytes that somebody sent us are not run as what they look like.
        line("x-content-type-options", "nosniff"),
        // Paths hold references, which are no other site's business.
        line("referrer-policy", "same-origin"),
        line("cross-origin-opener-policy", "same-origin"),
        line("cross-origin-resource-policy", "same-origin"),
        line("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        // An answer is one caller's; what may be kept says so itself.
        line("cache-control", "no-store"),
    ]
});

/// A year, and the name's subdomains (RFC 6797 §6.1).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Adds to every answer what it does not say itself.
pub(crate) struct Secure {
    /// Whether we are reached by https only.
    pub(crate) https_only: bool,
}

impl Around for Secure {
    type Held = ();

    fn before(&self, _: &mut Request) -> ControlFlow<Response> {
        ControlFlow::Continue(())
    }

    fn after(&self, (): (), response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in HEADERS.iter() {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        if self.https_only {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
        }
    }
}
