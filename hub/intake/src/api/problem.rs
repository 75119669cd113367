//! RFC 9457 problems of the hub's routes.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use caravan_fault::error_chain;
use serde_json::json;

/// A problem: status, stable code, and a sentence that says what to do.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
}

impl Problem {
    /// There is nothing of that name, or it is not the caller's.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "not-found", detail: detail.into() }
    }

    /// The request cannot be carried out as it is.
    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, detail: detail.into() }
    }

    /// The caller lacks a scope.
    pub(crate) fn forbidden(scope: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: "scope-missing",
            detail: format!(
                "this API key lacks the scope {scope}; ask the tenant's owner for a key that has it"
            ),
        }
    }

    /// Something of ours failed; the chain goes to the log, not to the caller.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = error_chain(error), "Request failed.");
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "hub-unavailable",
            detail: "the hub could not answer; try again, and give the operator this response's trace id".to_owned(),
        }
    }
}

macro_rules! internal_from {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::internal(&error)
            }
        }
    )+};
}
internal_from!(
    sqlx::Error,
    caravan_tenancy::Error,
    caravan_hub_registry::StoreError,
    crate::object::ObjectError,
    crate::receive::ReceiveError,
    crate::process::IntakeError,
    serde_json::Error,
);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Problem");
        let body = json!({
            "type": format!("https://caravan.invalid/problems/{}", self.code),
            "title": title, "status": self.status.as_u16(), "code": self.code, "detail": self.detail,
        });
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string())
            .into_response()
    }
}
