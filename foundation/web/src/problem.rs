//! RFC 9457 problems: what is wrong, where, and what to do next. The codes are stable; docs/errors.md lists them.

use core::fmt;
use core::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use caravan_fault::error_chain;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::wire::ProblemBody;

/// The media type of a problem.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
/// What every problem has (RFC 9457, section 3.1), `code` of ours among them.
const RESERVED: [&str; 6] = ["type", "title", "status", "detail", "instance", "code"];
/// When to try again after a failure that says something about the moment only.
const SOON: Duration = Duration::from_secs(1);

/// What a request gets that cannot be answered.
///
/// ```
/// # use axum::http::StatusCode;
/// # use caravan_web::Problem;
/// let problem = Problem::new(StatusCode::CONFLICT, "order-closed", "This order is closed; duplicate it to order again.")
///     .member("closed_at", "2026-11-25T10:00:00Z");
/// assert_eq!(problem.status(), StatusCode::CONFLICT);
/// ```
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    members: Map<String, Value>,
    retry_after: Option<Duration>,
}

/// One mistake of several in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Violation {
    /// JSON pointer (RFC 6901) into the body; for a query parameter its name.
    #[schema(example = "/lines/0/quantity")]
    pub pointer: String,
    /// Stable kebab-case code.
    #[schema(value_type = String, example = "value-invalid")]
    pub code: &'static str,
    /// One sentence: what is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// `code` is stable and in docs/errors.md; `detail` says in a sentence what is wrong and what to do next.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), members: Map::new(), retry_after: None }
    }

    /// 400: the request cannot be carried out as it is.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 404: there is nothing of that name, or it is another tenant's, which must look the same.
    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// 409: what is there does not allow it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422: the request can be read and says something that cannot be.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 403: the caller lacks `scope`.
    #[must_use]
    pub fn scope_missing(scope: &str) -> Self {
        let detail = format!(
            "This needs the scope {scope}; ask the tenant's owner for a role or an API key that has it."
        );
        Self::new(StatusCode::FORBIDDEN, "scope-missing", detail).member("scope", scope)
    }

    /// 503: it cannot be done now, and may be in a second.
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(SOON)
    }

    /// 500: a defect of ours. The chain of `error` goes to the log, not to the caller.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        let detail = "This met a defect of ours; the operator finds the cause in the log under the trace id of this answer.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).caused_by(error)
    }

    /// Logs the chain of `error` as the cause; the caller does not see it.
    #[must_use]
    pub fn caused_by(self, error: &dyn std::error::Error) -> Self {
        let (status, code) = (self.status.as_u16(), self.code);
        tracing::error!(error = error_chain(error), status, code, "A request failed.");
        self
    }

    /// Adds a member, for example the candidates of an ambiguous name. What cannot be written as JSON, or would hide a member that
    /// every problem has, is left out and logged.
    #[must_use]
    pub fn member(mut self, name: &'static str, value: impl Serialize) -> Self {
        if RESERVED.contains(&name) {
            tracing::error!(name, code = self.code, "A problem's member would hide another.");
            return self;
        }
        match serde_json::to_value(value) {
            Ok(value) => {
                self.members.insert(name.to_owned(), value);
            }
            Err(error) => tracing::error!(%error, name, "A problem's member cannot be written."),
        }
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Lists each mistake, as `errors`.
    #[must_use]
    pub fn errors(self, errors: &[Violation]) -> Self {
        self.member("errors", errors)
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for the caller.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status.as_u16(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, detail, members, retry_after } = self;
        let body = ProblemBody::new(status, code, detail, members);
        // Texts and values always have a JSON form; should they not, the status still says the most.
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = retry_after {
            let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The database did not do it: in a moment perhaps (503), or never (500). What failed is for the log, not for the caller.
impl From<caravan_tenancy::Error> for Problem {
    fn from(error: caravan_tenancy::Error) -> Self {
        if error.is_transient() {
            let detail = "The database cannot be reached or is busy; nothing was changed; try again in a second.";
            return Self::unavailable("database-unavailable", detail).caused_by(&error);
        }
        Self::internal(&error)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        caravan_tenancy::Error::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn shown(problem: Problem) -> (Response<()>, Value) {
        let (parts, body) = problem.into_response().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(parts, ()), serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn a_problem_has_the_form_of_rfc_9457_and_its_own_members() {
        let problem = Problem::conflict("reference-ambiguous", "Which one?")
            .member("candidates", ["a", "b"])
            .errors(&[Violation {
                pointer: "/a".into(),
                code: "value-invalid",
                message: "No.".into(),
            }]);
        let (response, body) = shown(problem).await;
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let expected = serde_json::json!({
            "type": "/docs/problems/reference-ambiguous", "title": "Conflict", "status": 409,
            "code": "reference-ambiguous", "detail": "Which one?", "candidates": ["a", "b"],
            "errors": [{"pointer": "/a", "code": "value-invalid", "message": "No."}],
        });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn no_member_hides_one_that_every_problem_has() {
        let (_, body) =
            shown(Problem::conflict("reference-ambiguous", "Which?").member("status", "open"))
                .await;
        assert_eq!(body["status"], 409);
    }

    #[tokio::test]
    async fn the_headers_say_when_to_come_back_and_how_to_authenticate() {
        let (response, _) =
            shown(Problem::unavailable("busy", "Later.").retry_after(Duration::from_millis(1_200)))
                .await;
        assert_eq!(response.headers()["retry-after"], "2", "rounded up");
        assert!(!response.headers().contains_key("www-authenticate"));
        let (response, _) = shown(Problem::new(StatusCode::UNAUTHORIZED, "who", "Who?")).await;
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }

    #[tokio::test]
    async fn a_lost_database_is_for_later_and_a_refused_statement_is_ours_and_neither_is_shown() {
        for (error, status, code) in [
            (sqlx::Error::PoolTimedOut, 503, "database-unavailable"),
            (sqlx::Error::ColumnNotFound("secret".into()), 500, "internal"),
        ] {
            let (response, body) = shown(error.into()).await;
            assert_eq!((response.status().as_u16(), body["code"].as_str()), (status, Some(code)));
            assert_eq!(response.headers().contains_key("retry-after"), status == 503);
            assert!(!body.to_string().contains("secret"), "{body}");
        }
    }
}
