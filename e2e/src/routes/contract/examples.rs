//! A whole request as the example of each operation: random ones are mostly refused, and this shows how a good one is answered.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::document::Route;
use super::super::things::Things;
use super::settings::parameters;

/// The document with them.
pub(super) fn within(mut document: Value, asked: &[Route], things: &Things) -> Value {
    for route in asked {
        let method = route.method.as_str().to_lowercase();
        let place = format!("/paths/{}/{method}", escaped(&route.template));
        let Some(operation) = document.pointer_mut(&place) else { continue };
        if let Some((kind, bytes)) = &route.body {
            let value = serde_json::from_slice(bytes);
            let value = value.unwrap_or_else(|_| json!(String::from_utf8_lossy(bytes)));
            show(operation.pointer_mut(&body(kind)), value);
        }
        let thing = things.of(route).filter(|_| route.method != Method::DELETE);
        let path = thing.map(|thing| route.at(&thing.ours)).unwrap_or_default();
        let values = parameters(&route.template, &path);
        let all = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in all.into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let value = if name == "if-match" { Some("*") } else { values.get(name).copied() };
            let value = value.map(|value| json!(value));
            value.into_iter().for_each(|value| show(Some(parameter), value));
        }
    }
    document
}

/// Where an operation has the body of this media type.
fn body(kind: &str) -> String {
    format!("/requestBody/content/{}", escaped(kind))
}

/// A key as a part of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn show(place: Option<&mut Value>, value: Value) {
    if let Some(place) = place.and_then(Value::as_object_mut) {
        place.insert("example".to_owned(), value);
    }
}
