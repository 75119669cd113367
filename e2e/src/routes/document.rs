//! Routes as the OpenAPI document describes them: what each asks of its caller, and a request that would do.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::bodies;
use super::sample::sample;
use crate::http::{Http, list, text};
use crate::wrong::{Wrong, ensure};

/// What a caller must have: all scopes of one of these sets. An empty set is any caller's.
pub(super) type Needs = Vec<BTreeSet<String>>;

/// One route.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: Method,
    /// Its name in the document.
    pub(super) operation: String,
    /// The path, with its parameters in braces.
    pub(super) template: String,
    /// None where nobody is asked who it is.
    pub(super) needs: Option<Needs>,
    /// The parameters of the query that must be there.
    pub(super) query: Vec<(String, String)>,
    /// Media type and bytes.
    pub(super) body: Option<(String, Vec<u8>)>,
    /// Its answer has no end.
    pub(super) endless: bool,
}

impl Route {
    /// As `GET /v1/orders/{id}`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Whether it only reads.
    pub(super) fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// The path up to its last parameter; none without one.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.template.rfind('}').and_then(|end| self.template.get(..=end))
    }

    /// The path where its prefix leads to `thing`.
    pub(super) fn at(&self, thing: &str) -> String {
        let rest = self.template.get(self.prefix().unwrap_or_default().len()..);
        format!("{thing}{}", rest.unwrap_or_default())
    }

    /// Whether these scopes open it.
    pub(super) fn opens_to(&self, scopes: &BTreeSet<String>) -> bool {
        let all = scopes.contains("*");
        self.needs.as_ref().is_none_or(|needs| needs.iter().any(|set| all || set.is_subset(scopes)))
    }
}

/// Holds the rendering for older tools against the OpenAPI Initiative's own schema.
pub(super) async fn older(http: &Http) -> Result<String, Wrong> {
    let schema = include_str!("../../../fixtures/openapi/oas-3.0-2021-09-28.json");
    let schema = serde_json::from_str(schema)?;
    let published = jsonschema::draft4::new(&schema).map_err(|error| Wrong(error.to_string()))?;
    let answer = http.get_without_key("/openapi-3.0.json").await?.expect(200)?;
    let document = answer.json()?;
    let wrong = published.iter_errors(&document).map(|error| {
        let shown: String = error.to_string().chars().take(300).collect();
        format!("{}: {shown}", error.instance_path())
    });
    let wrong: Vec<String> = wrong.collect();
    ensure(wrong.is_empty(), || wrong.join("\n      "))?;
    Ok(format!("{} bytes", answer.body.len()))
}

/// Every route of the document.
pub(super) fn routes(document: &Value) -> Result<Vec<Route>, Wrong> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut routes = Vec::new();
    for (template, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let route = route(document, method, template, operation);
            routes.push(route.map_err(|wrong| Wrong(format!("{method} {template}: {wrong}")))?);
        }
    }
    ensure(!routes.is_empty(), || "the document describes no route".to_owned())?;
    Ok(routes)
}

fn route(
    document: &Value,
    method: &str,
    template: &str,
    operation: &Value,
) -> Result<Route, Wrong> {
    let method = Method::from_bytes(method.to_uppercase().as_bytes())
        .map_err(|_| Wrong::new("it is no method"))?;
    let security = operation.get("security").and_then(Value::as_array);
    let security = security.ok_or_else(|| Wrong::new("it does not say what it asks for"))?;
    let sets = security.iter().map(|requirement| {
        let schemes = requirement.as_object().into_iter().flatten();
        let scopes = schemes.flat_map(|(_, scopes)| scopes.as_array().into_iter().flatten());
        scopes.filter_map(|scope| scope.as_str().map(str::to_owned)).collect()
    });
    // `security: [{}]` is how OpenAPI says that nothing is asked.
    let open = security.iter().any(|requirement| *requirement == serde_json::json!({}));
    let needed = list(operation, "parameters").into_iter().filter(|parameter| {
        text(parameter, "in") == "query" && parameter.get("required") == Some(&Value::Bool(true))
    });
    let query = needed.map(|parameter| {
        let value = parameter.get("example").cloned();
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let value = value.unwrap_or_else(|| sample(document, schema));
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (text(&parameter, "name").to_owned(), value)
    });
    Ok(Route {
        operation: text(operation, "operationId").to_owned(),
        template: template.to_owned(),
        needs: (!open).then(|| sets.collect()),
        query: query.collect(),
        body: body(document, operation)?,
        endless: is_endless(operation),
        method,
    })
}

fn body(document: &Value, operation: &Value) -> Result<Option<(String, Vec<u8>)>, Wrong> {
    if let Some((kind, bytes)) = bodies::of(text(operation, "operationId")) {
        return Ok(Some((kind.to_owned(), bytes)));
    }
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    let Some((kind, media)) = content.and_then(|content| content.iter().next()) else {
        return Ok(None);
    };
    ensure(kind == "application/json", || {
        format!("it takes {kind}; name a body in e2e/src/routes/bodies.rs")
    })?;
    let schema = media.get("schema").unwrap_or(&Value::Null);
    let example = media.get("example").cloned();
    let value = example.unwrap_or_else(|| sample(document, schema));
    Ok(Some((kind.clone(), serde_json::to_vec(&value)?)))
}

fn is_endless(operation: &Value) -> bool {
    let answer = operation.pointer("/responses/200/content").and_then(Value::as_object);
    let mut kinds = answer.into_iter().flatten().map(|(kind, _)| kind.as_str());
    kinds.any(|kind| matches!(kind, "text/event-stream" | "application/x-ndjson"))
}
