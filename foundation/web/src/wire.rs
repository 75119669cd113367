//! The JSON form of a problem.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A problem as RFC 9457 writes it. Further members say what the code's page in docs/errors.md names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The page that explains the code.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/docs/problems/order-closed")]
    kind: String,
    /// The status in words.
    #[schema(value_type = String, example = "Conflict")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 409)]
    status: u16,
    /// What is wrong, for programs; stable.
    #[schema(value_type = String, example = "order-closed")]
    code: &'static str,
    /// What is wrong and what to do next, for people.
    detail: String,
    /// What else this code says.
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    members: Map<String, Value>,
}

impl ProblemBody {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: String,
        members: Map<String, Value>,
    ) -> Self {
        let title = status.canonical_reason().unwrap_or("Problem");
        Self {
            kind: format!("/docs/problems/{code}"),
            title,
            status: status.as_u16(),
            code,
            detail,
            members,
        }
    }
}
