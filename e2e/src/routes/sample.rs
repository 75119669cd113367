//! The smallest value that a schema describes.

use serde_json::{Map, Value, json};

/// How deep a schema is looked into; ours end long before.
const DEPTH_MAX: usize = 20;

/// A value of `schema`: its example if it has one, else what must be there and no more.
pub(super) fn sample(document: &Value, schema: &Value) -> Value {
    value(document, schema, DEPTH_MAX)
}

fn value(document: &Value, schema: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    let shown = schema.get("example").or_else(|| schema.get("examples").and_then(|all| all.get(0)));
    if let Some(value) = shown.or_else(|| schema.get("const")) {
        return value.clone();
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let found = document.pointer(reference.trim_start_matches('#'));
        return found.map_or(Value::Null, |found| value(document, found, depth));
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return joined(parts.iter().map(|part| value(document, part, depth)));
    }
    for key in ["oneOf", "anyOf"] {
        let choices = schema.get(key).and_then(Value::as_array).into_iter().flatten();
        let mut some = choices.filter(|choice| choice.get("type") != Some(&json!("null")));
        if let Some(choice) = some.next() {
            return joined([value(document, choice, depth), typed(document, schema, depth)]);
        }
    }
    typed(document, schema, depth)
}

/// Objects as one; of anything else the first.
fn joined(parts: impl IntoIterator<Item = Value>) -> Value {
    let mut all = Map::new();
    for part in parts {
        match part {
            Value::Object(members) => all.extend(members),
            Value::Null => {}
            other => return other,
        }
    }
    Value::Object(all)
}

fn typed(document: &Value, schema: &Value, depth: usize) -> Value {
    match kind(schema) {
        "object" => {
            let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let members = names.filter_map(Value::as_str).map(|name| {
                let schema = schema.get("properties").and_then(|all| all.get(name));
                (name.to_owned(), value(document, schema.unwrap_or(&Value::Null), depth))
            });
            Value::Object(members.collect())
        }
        "array" => {
            let count = number(schema, "minItems").unwrap_or(0);
            let item = value(document, schema.get("items").unwrap_or(&Value::Null), depth);
            json!((0..count).map(|_| item.clone()).collect::<Vec<_>>())
        }
        "integer" | "number" => json!(number(schema, "minimum").unwrap_or(1)),
        "boolean" => json!(false),
        "string" => json!(string(schema)),
        _ => Value::Null,
    }
}

/// The type; of several the first that is not `null`.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn number(schema: &Value, key: &str) -> Option<u64> {
    schema.get(key).and_then(Value::as_u64)
}

fn string(schema: &Value) -> String {
    match schema.get("format").and_then(Value::as_str).unwrap_or_default() {
        "uuid" => "00000000-0000-7000-8000-000000000077".to_owned(),
        "date" => "2026-11-25".to_owned(),
        "date-time" => "2026-11-25T10:00:00Z".to_owned(),
        "uri" | "uri-reference" => "https://example.com/".to_owned(),
        _ => "x".repeat(number(schema, "minLength").and_then(|at| at.try_into().ok()).unwrap_or(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_there_is_and_no_more() {
        let document = json!({ "components": { "schemas": {
            "Place": { "type": "object", "required": ["city"], "properties": { "city": { "type": "string", "minLength": 2 }, "code": {} } },
        } } });
        for (schema, wanted) in [
            (json!({ "$ref": "#/components/schemas/Place" }), json!({ "city": "xx" })),
            (json!({ "type": ["null", "integer"], "minimum": 7 }), json!(7)),
            (
                json!({ "type": "array", "minItems": 1, "items": { "enum": ["a", "b"] } }),
                json!(["a"]),
            ),
            (
                json!({ "oneOf": [{ "type": "null" }, { "type": "string", "example": "e" }] }),
                json!("e"),
            ),
            (
                json!({ "allOf": [{ "$ref": "#/components/schemas/Place" }, { "type": "object", "required": ["at"],
                    "properties": { "at": { "type": "string", "format": "date" } } }] }),
                json!({ "city": "xx", "at": "2026-11-25" }),
            ),
        ] {
            assert_eq!(sample(&document, &schema), wanted, "{schema}");
        }
    }
}
