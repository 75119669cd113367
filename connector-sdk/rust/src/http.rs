//! Requests to the party by endpoint name, and what its answers mean.

use crate::failure::{BudgetKind, Failure, UpstreamError};

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// A request to a declared endpoint. The host owns the URL, TLS, tokens, redirects and retries.
///
/// ```
/// use caravan_connector_sdk::HttpRequest;
/// let request = HttpRequest::get("api", "/track/shipments").query("trackingNumber", "7777777770").auth("key");
/// assert_eq!(request.query, [("trackingNumber".to_owned(), "7777777770".to_owned())]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// A name from the manifest's `[endpoints]`, never a URL.
    pub endpoint: String,
    /// Path below the endpoint's base, starting with `/`, percent-encoded.
    pub path: String,
    /// Query parameters; the host encodes them.
    pub query: Vec<(String, String)>,
    /// Headers; the host refuses those that it owns (`authorization`, `host`, `cookie`, …).
    pub headers: Vec<(String, String)>,
    /// Body; may hold `{{slot.field}}` placeholders where the manifest allows them.
    pub body: Vec<u8>,
    /// A name from the manifest's `[auth]`.
    pub auth: Option<String>,
    /// Milliseconds to wait; the host's own limit holds too.
    pub timeout_ms: Option<u32>,
    /// Set when repeating does no harm, or when the party honours this key.
    pub idempotency_key: Option<String>,
}

impl HttpRequest {
    /// A request without query, headers, body or credentials.
    #[must_use]
    pub fn new(method: Method, endpoint: &str, path: impl Into<String>) -> Self {
        Self {
            method,
            endpoint: endpoint.to_owned(),
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            auth: None,
            timeout_ms: None,
            idempotency_key: None,
        }
    }

    /// A GET.
    #[must_use]
    pub fn get(endpoint: &str, path: impl Into<String>) -> Self {
        Self::new(Method::Get, endpoint, path)
    }

    /// A POST of `body`.
    #[must_use]
    pub fn post(
        endpoint: &str,
        path: impl Into<String>,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let request = Self::new(Method::Post, endpoint, path).header("content-type", content_type);
        Self { body: body.into(), ..request }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Names the auth slot that the host applies.
    #[must_use]
    pub fn auth(self, slot: &str) -> Self {
        Self { auth: Some(slot.to_owned()), ..self }
    }

    /// Bounds the wait.
    #[must_use]
    pub fn timeout_ms(self, timeout_ms: u32) -> Self {
        Self { timeout_ms: Some(timeout_ms), ..self }
    }

    /// Says that repeating this call does no harm.
    #[must_use]
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }
}

/// The party's answer.
///
/// ```
/// use caravan_connector_sdk::{Failure, HttpResponse};
/// let busy = HttpResponse::new(429, "").with_header("Retry-After", "30");
/// assert_eq!(busy.check(0), Err(Failure::RateLimited(Some(30_000))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// Status.
    pub status: u16,
    /// Headers as received.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Index for `Span::document`: the host keeps this answer.
    pub document: u32,
    /// How many attempts the host made.
    pub attempts: u8,
}

impl HttpResponse {
    /// An answer as the first document after the input; for tests.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), document: 1, attempts: 1 }
    }

    /// The same answer with one more header; for tests.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name))?;
        Some(found.1.as_str())
    }

    /// The answer when its status is 2xx, else the failure that the status means.
    ///
    /// # Errors
    /// `Auth` for 401 and 403, `NotFound` for 404, `RateLimited` for 429 with its `Retry-After` (seconds, or a date
    /// counted from `now_ms`), else `Upstream`, retryable for 408, 425 and 5xx other than 501.
    pub fn check(self, now_ms: i64) -> Result<Self, Failure> {
        let answered = || format!("the party answered HTTP {}", self.status);
        match self.status {
            200..=299 => Ok(self),
            401 | 403 => Err(Failure::Auth(answered())),
            404 => Err(Failure::NotFound(answered())),
            429 => Err(Failure::RateLimited(self.retry_after_ms(now_ms))),
            status => Err(Failure::Upstream(UpstreamError {
                status: Some(status),
                code: None,
                message: answered(),
                retryable: matches!(status, 408 | 425 | 500 | 502..=599),
            })),
        }
    }

    /// `Retry-After` in milliseconds from `now_ms` (RFC 9110 §10.2.3: seconds or an HTTP date).
    #[must_use]
    pub fn retry_after_ms(&self, now_ms: i64) -> Option<u64> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse::<u64>() {
            return seconds.checked_mul(1000);
        }
        let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
        u64::try_from(date.as_millisecond().saturating_sub(now_ms)).ok()
    }
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not declared or not granted; the text names the manifest line that would allow it.
    #[error("denied: {0}")]
    Denied(String),
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The breaker is open; milliseconds until it may close.
    #[error("the party is held to be down for another {0} ms")]
    Unavailable(u64),
    /// Our own limit or the party's; milliseconds to wait.
    #[error("rate limited")]
    RateLimited(Option<u64>),
    /// The connection failed.
    #[error("transport: {0}")]
    Transport(String),
    /// The answer is larger than the limit; its size as far as known.
    #[error("the answer is too large ({0} bytes)")]
    TooLarge(u64),
    /// The call's budget of requests is spent.
    #[error("the call's budget of requests is spent")]
    Budget,
    /// (code, message) from a newer host.
    #[error("{1} ({0})")]
    Other(String, String),
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        let upstream = |code: &str, retryable| {
            let (code, message) = (Some(code.to_owned()), error.to_string());
            Self::Upstream(UpstreamError { status: None, code, message, retryable })
        };
        match &error {
            HttpError::Timeout => upstream("timeout", true),
            HttpError::Unavailable(_) => upstream("unavailable", true),
            HttpError::Transport(_) => upstream("transport", true),
            HttpError::TooLarge(_) => upstream("too-large", false),
            HttpError::Denied(text) => Self::Denied(text.clone()),
            HttpError::RateLimited(wait_ms) => Self::RateLimited(*wait_ms),
            HttpError::Budget => Self::Budget(BudgetKind::Requests),
            HttpError::Other(code, message) => Self::Other(code.clone(), message.clone()),
        }
    }
}
