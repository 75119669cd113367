//! What every route's description has in common is added here, so that an annotation says only what is its own.

mod common;
pub mod testing;

use serde::Serialize;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::{ProblemBody, Violation};

/// Gives every answer of 400 and above the problem's body, adds the problems that a route of its shape may answer with, and the ways
/// to authenticate.
///
/// What many routes answer stands in the document once, under `components/responses`; a route that describes an answer of that status
/// itself keeps its own words, which then tell its own codes only.
#[must_use]
pub fn complete(mut document: OpenApi) -> OpenApi {
    // A service's package name and version are no business of callers; the whole document has its own.
    document.info = Info::new("Caravan", "1");
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations_mut(item) {
            common::describe(operation);
        }
    }
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components.schemas.insert(Violation::name().into_owned(), Violation::schema());
    components.responses.extend(common::responses());
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key")));
    components.add_security_scheme("api_key", bearer);
    components.add_security_scheme("api_key_header", header);
    document
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
    use serde_json::Value;
    use utoipa::OpenApi as _;

    use super::*;

    #[utoipa::path(
        get, path = "/v1/things/{id}", operation_id = "showThing", params(("id" = String, Path)),
        responses((status = 200, body = String), (status = 404, description = "`thing-not-found`")),
    )]
    #[expect(dead_code, reason = "only its description is asked for")]
    fn show() {}

    #[utoipa::path(
        put, path = "/v1/things/{id}", operation_id = "changeThing", params(("id" = String, Path), ("idempotency-key" = Option<String>, Header)),
        request_body(content = String, content_type = "application/json"),
        responses((status = 200, body = String), (status = 428)),
    )]
    #[expect(dead_code, reason = "only its description is asked for")]
    fn change() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(show, change))]
    struct Api;

    fn document() -> Value {
        serde_json::to_value(complete(Api::openapi())).unwrap()
    }

    /// The statuses that a route describes, and of these the ones that it shares.
    fn statuses(document: &Value, method: &str) -> (Vec<String>, Vec<String>) {
        let responses = &document["paths"]["/v1/things/{id}"][method]["responses"];
        let responses = responses.as_object().unwrap();
        let shared = responses.iter().filter(|(_, response)| response.get("$ref").is_some());
        (responses.keys().cloned().collect(), shared.map(|(status, _)| status.clone()).collect())
    }

    #[test]
    fn a_route_may_answer_what_every_route_of_its_shape_does() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        let every = ["400", "401", "403", "429", "500", "502", "503", "504"];
        let (all, shared) = statuses(&document, "get");
        assert_eq!(shared, every);
        assert_eq!(all, ["200", "400", "401", "403", "404", "429", "500", "502", "503", "504"]);
        let (all, shared) = statuses(&document, "put");
        let of_changes = [
            "400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "500", "502",
            "503", "504",
        ];
        assert_eq!(shared, of_changes);
        assert!(all.contains(&"428".to_owned()));
    }

    #[test]
    fn every_problem_is_described_once() {
        let document = document();
        let problem = "#/components/schemas/Problem";
        let at = "/content/application~1problem+json/schema/$ref";
        let responses = &document["paths"]["/v1/things/{id}"]["get"]["responses"];
        assert_eq!(responses["404"].pointer(at).unwrap(), problem);
        assert_eq!(responses["404"]["description"], "`thing-not-found`");
        assert!(responses["200"]["content"].get("application/problem+json").is_none());
        let shared = responses["429"]["$ref"].as_str().unwrap().trim_start_matches('#');
        assert_eq!(document.pointer(shared).unwrap().pointer(at).unwrap(), problem);
        assert!(document.pointer("/components/schemas/Problem/properties/code").is_some());
        assert!(document.pointer("/components/securitySchemes/api_key").is_some());
    }

    #[test]
    fn who_must_say_a_version_is_told_the_header() {
        let document = document();
        let parameters = document["paths"]["/v1/things/{id}"]["put"]["parameters"].as_array();
        let of_version: Vec<&Value> =
            parameters.unwrap().iter().filter(|each| each["name"] == "if-match").collect();
        assert_eq!(of_version.len(), 1);
        assert_eq!(
            (&of_version[0]["in"], &of_version[0]["required"]),
            (&"header".into(), &true.into())
        );
    }
}
