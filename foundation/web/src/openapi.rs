//! What every route's description has in common is added here, so that an annotation says only what is its own.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, Content, Info, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::{ProblemBody, Violation};

/// Problems that every route may answer with: the gateway's, and a database that is away.
const COMMON: &[(u16, &str)] = &[
    (401, "`credentials-missing` or wrong"),
    (403, "`scope-missing`"),
    (429, "`rate-limited`"),
    (500, "`internal`"),
    (503, "`overloaded`, `database-unavailable`"),
];

/// Gives every answer of 400 and above the problem's body, adds the problems that every route has, and the ways to authenticate.
#[must_use]
pub fn complete(mut document: OpenApi) -> OpenApi {
    // A service's package name and version are no business of callers; the whole document has its own.
    document.info = Info::new("Caravan", "1");
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations_mut(item) {
            describe_problems(operation);
        }
    }
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components.schemas.insert(Violation::name().into_owned(), Violation::schema());
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key")));
    components.add_security_scheme("api_key", bearer);
    components.add_security_scheme("api_key_header", header);
    document
}

fn describe_problems(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    for (status, code) in COMMON {
        responses
            .entry(status.to_string())
            .or_insert_with(|| RefOr::T(ResponseBuilder::new().description(*code).build()));
    }
    for (status, response) in responses.iter_mut() {
        let is_problem = status.parse::<u16>().is_ok_and(|status| status >= 400);
        if let (true, RefOr::T(response)) = (is_problem, response) {
            describe_problem(status, response);
        }
    }
}

fn describe_problem(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
        let words = status.and_then(|status| status.canonical_reason()).unwrap_or("Problem");
        words.clone_into(&mut response.description);
    }
    if response.content.is_empty() {
        let problem = Content::new(Some(Ref::from_schema_name(ProblemBody::name())));
        response.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
    }
}

/// The operations of a path, each with its method.
pub fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [
        ("GET", get),
        ("PUT", put),
        ("POST", post),
        ("DELETE", delete),
        ("OPTIONS", options),
        ("HEAD", head),
        ("PATCH", patch),
        ("TRACE", trace),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

/// Every route of a document, as `GET /v1/orders`, in the document's order.
#[must_use]
pub fn routes(document: &OpenApi) -> Vec<(&'static str, String)> {
    let mut document = document.clone();
    let mut routes = Vec::new();
    for (path, item) in &mut document.paths.paths {
        routes.extend(operations_mut(item).map(|(method, _)| (method, path.clone())));
    }
    routes
}

/// For tests: holds `document` against the file at `path`, so that a change shows in review; with `UPDATE=1` in the environment the
/// file is written instead.
///
/// # Errors
/// A sentence for the failing test.
pub fn snapshot(document: &impl Serialize, path: &str) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(document).map_err(|error| error.to_string())?;
    text.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(path, text).map_err(|error| format!("{path}: {error}"));
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if kept == text {
        return Ok(());
    }
    let differs = kept.lines().zip(text.lines()).position(|(kept, now)| kept != now);
    let line = differs.unwrap_or_else(|| kept.lines().count()).saturating_add(1);
    let now = text.lines().nth(line.saturating_sub(1)).unwrap_or("the end");
    Err(format!(
        "{path} is not what the code says; line {line} is now {now:?}\nhint: run the test with UPDATE=1 and look at the difference"
    ))
}

#[cfg(test)]
mod tests {
    use utoipa::OpenApi as _;

    use super::*;

    #[utoipa::path(
        get, path = "/v1/things/{id}", operation_id = "showThing", params(("id" = String, Path)),
        responses((status = 200, body = String), (status = 404, description = "`thing-not-found`")),
    )]
    #[expect(dead_code, reason = "only its description is asked for")]
    fn show() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(show))]
    struct Api;

    #[test]
    fn every_problem_is_described_once() {
        let document = complete(Api::openapi());
        assert_eq!(routes(&document), [("GET", "/v1/things/{id}".to_owned())]);
        let document = serde_json::to_value(&document).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let responses = &document["paths"]["/v1/things/{id}"]["get"]["responses"];
        let problem = "#/components/schemas/Problem";
        for status in ["401", "403", "404", "429", "500", "503"] {
            let schema =
                &responses[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, problem, "{status}: {responses}");
        }
        assert_eq!(responses["404"]["description"], "`thing-not-found`");
        assert!(responses["200"]["content"].get("application/problem+json").is_none());
        assert!(document.pointer("/components/schemas/Problem/properties/code").is_some());
        assert!(document.pointer("/components/securitySchemes/api_key").is_some());
    }
}
