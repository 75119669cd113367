//! Requests are held to the document: parameters by name, JSON bodies by schema.
//!
//! Compiled schemas are large (all of them with the document's components took 48 MiB) and most routes are rarely called. So each is
//! tried at the start, where a mistake is ours, kept as the text of what it refers to, and compiled again at its first request.
//!
//! The service checks what it needs to all the same; this is the fence in front of it, and it keeps the document true: a parameter
//! or a body that it does not describe gets nowhere.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_web::{Problem, Violation};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::deprecation;
use crate::gateway::DocumentError;
use crate::step::Next;

/// Largest JSON body that is checked, in bytes; the upstream's own cap is mostly smaller.
const JSON_BYTES_MAX: usize = 16 << 20;
/// Most mistakes that one answer lists.
const ERRORS_MAX: usize = 20;
/// Longest description of a mistake, in characters.
const MESSAGE_CHARS_MAX: usize = 400;

/// What the document says about each of its routes.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    routes: matchit::Router<Vec<(Method, Check)>>,
}

#[derive(Debug)]
struct Check {
    /// Names of the query's parameters; none where they are anybody's to choose.
    query: Option<BTreeSet<String>>,
    /// The schema of the body, where it is JSON and nothing else.
    body: Option<Schema>,
    /// What every answer says about the route's end.
    retiring: Option<HeaderMap>,
}

/// A schema that compiles, with the definitions that it refers to.
#[derive(Debug)]
struct Schema {
    text: Box<str>,
    compiled: OnceLock<Result<Validator, String>>,
}

impl Schema {
    /// # Errors
    /// When it does not compile.
    fn new(schema: &Value) -> Result<Self, String> {
        let text = schema.to_string().into_boxed_str();
        compile(&text)?;
        Ok(Self { text, compiled: OnceLock::new() })
    }

    fn compiled(&self) -> Result<&Validator, &String> {
        self.compiled.get_or_init(|| compile(&self.text)).as_ref()
    }
}

fn compile(text: &str) -> Result<Validator, String> {
    let schema = serde_json::from_str(text).map_err(|error| error.to_string())?;
    jsonschema::draft202012::new(&schema).map_err(|error| error.to_string())
}

impl Checks {
    /// Compiles the merged document.
    ///
    /// # Errors
    /// [`DocumentError::Operation`] names the route whose schema or path is wrong.
    pub(crate) fn compile(document: &Value) -> Result<Self, DocumentError> {
        let mut checks = Self::default();
        let paths = document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            let mut operations = Vec::new();
            for (method, operation) in item.as_object().into_iter().flatten() {
                let name = format!("{} {path}", method.to_uppercase());
                let failed =
                    |why: String| DocumentError::Operation { operation: name.clone(), why };
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                    continue;
                };
                let body = body_schema(document, operation)
                    .map(|schema| Schema::new(&schema))
                    .transpose()
                    .map_err(&failed)?;
                let retiring = deprecation::headers(operation).map_err(failed)?;
                let query = query_names(operation);
                operations.push((method, Check { query, body, retiring }));
            }
            checks.routes.insert(path.clone(), operations).map_err(|error| {
                DocumentError::Operation { operation: path.clone(), why: error.to_string() }
            })?;
        }
        Ok(checks)
    }

    /// What is known of a request; none for a route that is not described.
    fn of(&self, method: &Method, path: &str) -> Option<&Check> {
        let operations = self.routes.at(path).ok()?.value;
        // A HEAD is a GET without its body.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        operations.iter().find(|(of, _)| of == method).map(|(_, check)| check)
    }
}

/// The schema of the only kind of body that the operation takes, if that is JSON; beside it stand those of the document's components
/// that it refers to, or that these do.
fn body_schema(document: &Value, operation: &Value) -> Option<Value> {
    let content = operation.pointer("/requestBody/content")?.as_object()?;
    let schema = content.get("application/json")?.get("schema")?;
    let mut needed = Map::new();
    definitions(document, schema, &mut needed);
    (content.len() == 1).then(|| json!({ "allOf": [schema], "components": { "schemas": needed } }))
}

/// Adds to `needed` what `value` refers to, however indirectly. A reference that leads nowhere is found when it is compiled.
fn definitions(document: &Value, value: &Value, needed: &mut Map<String, Value>) {
    match value {
        Value::Object(object) => {
            let name = object.get("$ref").and_then(Value::as_str);
            let name = name.and_then(|name| name.strip_prefix("#/components/schemas/"));
            let found = name
                .and_then(|name| Some((name, document.pointer("/components/schemas")?.get(name)?)));
            if let Some((name, found)) = found.filter(|(name, _)| !needed.contains_key(*name)) {
                needed.insert(name.to_owned(), found.clone());
                definitions(document, found, needed);
            }
            object.values().for_each(|value| definitions(document, value, needed));
        }
        Value::Array(values) => {
            values.iter().for_each(|value| definitions(document, value, needed))
        }
        _ => {}
    }
}

/// None where a parameter is a map in the style `form`, exploded, as both are by default: then each of its keys is a name of the
/// query (OpenAPI 3.1, "Style Values"), as in what another site sends a browser back with.
fn query_names(operation: &Value) -> Option<BTreeSet<String>> {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let of_query = parameters.into_iter().flatten().filter(|each| each["in"] == "query");
    let mut names = BTreeSet::new();
    for parameter in of_query {
        let open = parameter.pointer("/schema/additionalProperties").is_some_and(Value::is_object);
        if open && parameter["explode"] != false {
            return None;
        }
        names.extend(parameter["name"].as_str().map(str::to_owned));
    }
    Some(names)
}

/// Lets through what the document describes, and what it says nothing about.
pub(crate) async fn layer(
    State(checks): State<Arc<Checks>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(check) = checks.of(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let mut response = checked(check, request, next).await;
    if let Some(headers) = &check.retiring {
        metrics::counter!("caravan_http_deprecated_total").increment(1);
        response.headers_mut().extend(headers.clone());
    }
    response
}

async fn checked(check: &Check, request: Request, next: Next) -> Response {
    if let Err(problem) = query(check, request.uri().query()) {
        return problem.into_response();
    }
    match &check.body {
        Some(schema) if is_json(request.headers()) => match body(schema, request).await {
            Ok(request) => next.run(request).await,
            Err(problem) => problem.into_response(),
        },
        // No JSON: the service says what it takes.
        _ => next.run(request).await,
    }
}

fn query(check: &Check, text: Option<&str>) -> Result<(), Problem> {
    let Some(names) = &check.query else { return Ok(()) };
    for pair in text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default();
        // Our names are plain; one that is written with escapes is none of them.
        if !names.contains(name) {
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let name: String = name.chars().take(80).collect();
            let detail = format!("{name:?} is no parameter of this path; these are: {known}.");
            return Err(Problem::bad_request("query-unknown", detail));
        }
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().ends_with("json"))
}

/// The request with its body read and found good.
async fn body(schema: &Schema, request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, JSON_BYTES_MAX).await.map_err(|_| {
        let detail =
            "The body is larger than this path takes, or was cut short; send less at once.";
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
    })?;
    // An empty one is the service's to judge: whether a body is needed is its matter.
    if !bytes.is_empty() {
        let value: Value = caravan_web::parse(&parts.headers, &bytes)?;
        let schema = schema.compiled().map_err(|why| {
            tracing::error!(%why, "A schema that compiled at the start does not any more.");
            let detail = "The request cannot be checked; give the operator the trace id.";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
        })?;
        let mut errors = Vec::new();
        for error in schema.iter_errors(&value).take(ERRORS_MAX) {
            told(&error, &mut errors);
        }
        errors.truncate(ERRORS_MAX);
        if !errors.is_empty() {
            return Err(refused(&errors));
        }
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Adds what `error` says. Of an optional object the schema is "null, or this": then what is wrong is inside of this, and said there.
fn told(error: &ValidationError<'_>, errors: &mut Vec<Violation>) {
    let here = error.instance_path();
    if let ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } =
        error.kind()
    {
        // A branch of another type is no branch that was meant.
        let of_type = |branch: &&Vec<ValidationError<'static>>| {
            !branch.iter().any(|error| {
                error.instance_path() == here
                    && matches!(error.kind(), ValidationErrorKind::Type { .. })
            })
        };
        let mut meant = context.iter().filter(of_type);
        if let (Some(branch), None) = (meant.next(), meant.next()) {
            branch.iter().for_each(|error| told(error, errors));
            return;
        }
    }
    // What was sent is not repeated: it may be a secret in the wrong place.
    let message = error.masked_with("what was sent").to_string();
    errors.push(Violation {
        pointer: here.to_string(),
        code: "value-invalid",
        message: message.chars().take(MESSAGE_CHARS_MAX).collect(),
    });
}

fn refused(errors: &[Violation]) -> Problem {
    let first = errors.first().map(|error| {
        let place = if error.pointer.is_empty() { "at the top" } else { error.pointer.as_str() };
        format!(": {}, {place}", error.message)
    });
    let detail = format!(
        "The body is not as the document describes it{}. `errors` lists what is wrong, GET /docs what is right.",
        first.unwrap_or_default()
    );
    Problem::unprocessable("request-invalid", detail).errors(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schema: Value) -> Value {
        json!({
            "paths": { "/a": { "post": {
                "requestBody": { "content": { "application/json": { "schema": schema } } },
            } } },
            "components": { "schemas": {
                "Tree": { "type": "object", "properties": { "left": { "$ref": "#/components/schemas/Tree" },
                    "leaf": { "oneOf": [{ "$ref": "#/components/schemas/Leaf" }, { "type": "null" }] } } },
                "Leaf": { "type": "object", "required": ["size"] },
                "Other": { "type": "string" },
            } },
        })
    }

    #[test]
    fn a_schema_keeps_what_it_reaches_and_is_compiled_when_it_is_first_needed() {
        let checks =
            Checks::compile(&document(json!({ "$ref": "#/components/schemas/Tree" }))).unwrap();
        let schema = checks.of(&Method::POST, "/a").unwrap().body.as_ref().unwrap();
        let kept: Value = serde_json::from_str(&schema.text).unwrap();
        let names: Vec<_> = kept["components"]["schemas"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["Leaf", "Tree"]);
        assert!(schema.compiled.get().is_none(), "it was compiled before any request");
        let compiled = schema.compiled().unwrap();
        assert!(compiled.is_valid(&json!({ "left": { "leaf": { "size": 1 } } })));
        assert!(!compiled.is_valid(&json!({ "left": { "leaf": {} } })));
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_found_at_the_start() {
        let failed = Checks::compile(&document(json!({ "$ref": "#/components/schemas/None" })));
        let DocumentError::Operation { operation, why } = failed.unwrap_err() else { panic!() };
        assert_eq!(operation, "POST /a");
        assert!(why.contains("None"), "{why}");
    }
}
