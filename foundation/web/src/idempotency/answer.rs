//! An answer that can be given twice.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::{Problem, etag};

/// The answer to a change: all of it that a repetition must show again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: Option<String>,
    pub(super) version: Option<i64>,
    pub(super) body: String,
}

impl Answer {
    /// An answer with a JSON body.
    ///
    /// # Errors
    /// 500, when the body cannot be written as JSON.
    pub fn new(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(body).map_err(|error| Problem::internal(&error))?;
        Ok(Self { status, location: None, version: None, body })
    }

    /// An answer without a body: 204.
    #[must_use]
    pub fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, location: None, version: None, body: String::new() }
    }

    /// Where what was made is to be found.
    #[must_use]
    pub fn location(mut self, path: impl Into<String>) -> Self {
        self.location = Some(path.into());
        self
    }

    /// The version of what is shown, as its entity tag.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    pub(super) fn response(self) -> Response {
        let Self { status, location, version, body } = self;
        let mut response = if body.is_empty() {
            status.into_response()
        } else {
            (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body)
                .into_response()
        };
        let headers = response.headers_mut();
        // A path with characters that no header can carry is left out; the body has the id.
        if let Some(location) = location.and_then(|path| HeaderValue::try_from(path).ok()) {
            headers.insert(header::LOCATION, location);
        }
        if let Some(version) = version {
            headers.insert(header::ETAG, etag(version));
        }
        response
    }

    pub(super) fn replayed(self) -> Response {
        let mut response = self.response();
        let name = HeaderName::from_static("idempotency-replayed");
        response.headers_mut().insert(name, HeaderValue::from_static("true"));
        response
    }
}
