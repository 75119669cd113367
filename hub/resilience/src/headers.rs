//! Which headers a guest may set, and which it gets to see.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::error::EgressError;

/// Set by us, by the transport or by proxies: dropped when a guest sets them.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
];

/// Never shown: session state is the host's, and the others describe a hop that is over.
const HIDDEN: &[HeaderName] = &[
    header::SET_COOKIE,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
];

fn is_reserved(name: &HeaderName) -> bool {
    RESERVED.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-")
}

/// The guest's headers without what it may not set.
///
/// # Errors
/// A name or value that no header can have.
pub(crate) fn accepted(pairs: &[(String, String)]) -> Result<HeaderMap, EgressError> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let refuse = || EgressError::Request { what: format!("the header {name:?} is not valid") };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse())?;
        let value = HeaderValue::from_str(value).map_err(|_| refuse())?;
        if !is_reserved(&name) {
            headers
                .try_append(name, value)
                .map_err(|_| EgressError::Request { what: "too many headers".to_owned() })?;
        }
    }
    Ok(headers)
}

/// The reply's headers as a guest sees them.
pub(crate) fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = headers.iter().filter(|(name, _)| !HIDDEN.contains(name));
    shown
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_headers_are_dropped_and_broken_ones_refused() {
        let set = |name: &str| {
            accepted(&[(name.to_owned(), "x".to_owned())]).map(|headers| headers.len())
        };
        for name in RESERVED.iter().chain(&["X-Forwarded-For", "Authorization", "HOST"]) {
            assert_eq!(set(name), Ok(0), "{name}");
        }
        assert_eq!(set("Accept"), Ok(1));
        assert_eq!(set("SOAPAction"), Ok(1));
        assert!(set("bad name").is_err());
        assert!(accepted(&[("a".to_owned(), "b\r\nhost: evil".to_owned())]).is_err());
    }
}
