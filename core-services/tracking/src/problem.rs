//! RFC 9457 problems of this service, in the gateway's form.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What a request gets that cannot be answered. The codes are stable.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    candidates: Vec<Value>,
}

impl Problem {
    /// `detail` says in a sentence what is wrong and what to do next.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), candidates: Vec::new() }
    }

    /// What the caller may have meant.
    pub(crate) fn candidates(mut self, candidates: Vec<Value>) -> Self {
        self.candidates = candidates;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, detail, candidates } = self;
        let mut body = json!({
            "type": format!("https://caravan.invalid/problems/{code}"),
            "title": status.canonical_reason().unwrap_or("Problem"),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        if let (Some(body), false) = (body.as_object_mut(), candidates.is_empty()) {
            body.insert("candidates".to_owned(), candidates.into());
        }
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string())
                .into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A failed read: ours to repair. What failed is for the log, not for the caller.
impl From<caravan_tenancy::Error> for Problem {
    fn from(error: caravan_tenancy::Error) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(%error, cause, "a timeline could not be read");
        if error.is_transient() {
            let detail = "The timelines cannot be reached right now; try again in a second.";
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, "tracking-unavailable", detail);
        }
        let detail = "The timeline could not be read; the operator finds the cause in the log under this request's trace id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "tracking-failed", detail)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        caravan_tenancy::Error::from(error).into()
    }
}
