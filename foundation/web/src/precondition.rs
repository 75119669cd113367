//! Two people editing one thing: a row's version as a strong entity tag, asked for by `If-Match` (RFC 9110, §8.8.3 and §13.1).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::{Json, Problem};

/// Most tags of one header that are looked at.
const TAGS_MAX: usize = 32;

/// The entity tag of a row's version: strong, as the version changes with every byte of the representation.
#[must_use]
pub fn etag(version: i64) -> HeaderValue {
    // Digits, a sign and quotes are always a header value.
    HeaderValue::from_str(&tag(version)).unwrap_or(HeaderValue::from_static("\"\""))
}

fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// What a header says about versions.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Absent,
    Any,
    Of(Vec<String>),
}

impl Tags {
    fn read(headers: &HeaderMap, name: &HeaderName) -> Self {
        let mut tags = Vec::new();
        for value in headers.get_all(name) {
            // Our tags hold no commas; another's is cut into pieces that match nothing, as it should.
            let text = value.to_str().unwrap_or_default();
            tags.extend(text.split(',').map(|tag| tag.trim().to_owned()).take(TAGS_MAX));
        }
        match tags.as_slice() {
            [] => Self::Absent,
            [any] if any == "*" => Self::Any,
            _ => Self::Of(tags),
        }
    }
}

/// `If-Match`: the version that a change was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Tags);

impl IfMatch {
    /// The expectation, which a change must state.
    ///
    /// # Errors
    /// 428 `precondition-required`.
    pub fn required(self) -> Result<Expected, Problem> {
        if self.0 == Tags::Absent {
            let detail =
                "Say which version you change: send the `etag` of what you read as `if-match`.";
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition-required",
                detail,
            ));
        }
        Ok(Expected(self.0))
    }

    /// The expectation where stating one is the caller's choice: without a header, any version will do.
    #[must_use]
    pub fn optional(self) -> Expected {
        Expected(if self.0 == Tags::Absent { Tags::Any } else { self.0 })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(Tags::read(&parts.headers, &header::IF_MATCH)))
    }
}

/// A stated expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected(Tags);

impl Expected {
    /// Passes when `version` is what was expected. Ask it inside the transaction, on the locked row. `current` is the row as it is
    /// now, in the form that a GET shows, so that the caller can show both versions side by side.
    ///
    /// # Errors
    /// 412 `version-conflict` with the members `current`, `current_etag` and `expected`.
    pub fn check(&self, version: i64, current: &impl Serialize) -> Result<(), Problem> {
        let tags = match &self.0 {
            Tags::Any | Tags::Absent => return Ok(()),
            Tags::Of(tags) => tags,
        };
        let now = tag(version);
        // Strong comparison: a weak tag matches nothing.
        if tags.contains(&now) {
            return Ok(());
        }
        let detail = "Somebody changed this since you read it; compare with `current`, and send your change again with `if-match: <current_etag>`.";
        Err(Problem::new(StatusCode::PRECONDITION_FAILED, "version-conflict", detail)
            .member("current", current)
            .member("current_etag", now)
            .member("expected", tags))
    }
}

/// `If-None-Match`: the version that a reader has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfNoneMatch(Tags);

impl IfNoneMatch {
    /// 304 when the reader has `version` already, else 200 with `body` and its tag.
    pub fn or<T: Serialize>(&self, version: i64, body: T) -> Response {
        let now = tag(version);
        // Weak comparison (RFC 9110, §13.1.2): proxies may have made our tag weak.
        let has = match &self.0 {
            Tags::Absent => false,
            Tags::Any => true,
            Tags::Of(tags) => tags.iter().any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == now),
        };
        if has {
            return (StatusCode::NOT_MODIFIED, validators(version)).into_response();
        }
        Tagged { version, body }.into_response()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(Tags::read(&parts.headers, &header::IF_NONE_MATCH)))
    }
}

/// A JSON answer with the version of what it shows.
#[derive(Debug, Clone)]
pub struct Tagged<T> {
    /// The row's version.
    pub version: i64,
    /// What is shown.
    pub body: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        (validators(self.version), Json(self.body)).into_response()
    }
}

/// Kept by the caller only, and asked about before each use.
fn validators(version: i64) -> [(HeaderName, HeaderValue); 2] {
    let private = HeaderValue::from_static("private, no-cache");
    [(header::ETAG, etag(version)), (header::CACHE_CONTROL, private)]
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};

    use super::*;

    fn tags(values: &[&'static str]) -> Tags {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        Tags::read(&headers, &header::IF_MATCH)
    }

    fn required(values: &[&'static str]) -> Result<Expected, Problem> {
        IfMatch(tags(values)).required()
    }

    #[test]
    fn a_change_says_which_version_it_is_of() {
        let problem = required(&[]).unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (428, "precondition-required"));
        assert!(IfMatch(tags(&[])).optional().check(7, &()).is_ok());
        for matching in [&["\"7\""][..], &["*"], &["\"6\", \"7\""], &["\"6\"", "\"7\""]] {
            assert!(required(matching).unwrap().check(7, &()).is_ok(), "{matching:?}");
        }
        for other in [&["\"6\""][..], &["W/\"7\""], &["7"], &[""], &["\"77\""]] {
            assert!(required(other).unwrap().check(7, &()).is_err(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn a_conflict_shows_what_is_there_now() {
        let problem = required(&["\"6\""]).unwrap().check(7, &json!({"weight_g": 5})).unwrap_err();
        let response = problem.into_response();
        assert_eq!(response.status(), 412);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "version-conflict");
        assert_eq!(body["current"], json!({"weight_g": 5}));
        assert_eq!(
            (&body["current_etag"], &body["expected"]),
            (&json!("\"7\""), &json!(["\"6\""]))
        );
    }

    #[test]
    fn a_reader_who_has_it_is_told_so() {
        let status = |values: &[&'static str]| IfNoneMatch(tags(values)).or(7, json!(1)).status();
        assert_eq!(
            (status(&["\"7\""]), status(&["W/\"7\""])),
            (StatusCode::NOT_MODIFIED, StatusCode::NOT_MODIFIED)
        );
        assert_eq!((status(&["\"6\""]), status(&[])), (StatusCode::OK, StatusCode::OK));
        let response = Tagged { version: 7, body: 1 }.into_response();
        assert_eq!(response.headers()["etag"], "\"7\"");
        assert_eq!(response.headers()["cache-control"], "private, no-cache");
    }
}
