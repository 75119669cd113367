//! OpenAPI 3.1 as 3.0, for tools that read nothing newer (SAP Cloud SDK calls 3.1 experimental, progenitor refuses it).
//!
//! Only what our own documents use is translated; a test asserts that nothing else of 3.1 is left. The differences are those of
//! the two specifications: 3.0.3 knows `nullable` instead of a type `null`, booleans for exclusive limits, one `example`, and no
//! sibling of `$ref`.

use serde_json::{Map, Value, json};

/// Keys of a 3.1 document or schema that 3.0 has no word for.
const UNKNOWN: &[&str] = &[
    "jsonSchemaDialect",
    "webhooks",
    "$schema",
    "$id",
    "$defs",
    "$comment",
    "propertyNames",
    "patternProperties",
    "unevaluatedProperties",
    "dependentRequired",
    "contentEncoding",
    "contentMediaType",
    "if",
    "then",
    "else",
];

/// The 3.0 rendering of a document.
pub(crate) fn convert(mut document: Value) -> Value {
    if let Some(document) = document.as_object_mut() {
        document.insert("openapi".to_owned(), "3.0.3".into());
    }
    walk(&mut document, "");
    document
}

/// `key` is under which `value` stands: what is called `properties` holds names of the caller's, which are no keywords.
fn walk(value: &mut Value, key: &str) {
    match value {
        Value::Object(object) => {
            let holds_names = matches!(
                key,
                "properties"
                    | "schemas"
                    | "paths"
                    | "responses"
                    | "parameters"
                    | "headers"
                    | "content"
                    | "securitySchemes"
                    | "mapping"
                    | "scopes"
            );
            if !holds_names {
                keywords(object);
            }
            for (key, value) in object.iter_mut() {
                // What is data is not looked into.
                if holds_names || !matches!(key.as_str(), "example" | "default" | "enum") {
                    walk(value, if holds_names { "" } else { key });
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| walk(value, "")),
        _ => {}
    }
}

fn keywords(object: &mut Map<String, Value>) {
    for key in UNKNOWN {
        object.remove(*key);
    }
    if let Some(value) = object.remove("const") {
        object.insert("enum".to_owned(), json!([value]));
    }
    // A schema's list of examples; the `examples` of a media type are an object, which 3.0 has too.
    if let Some(Value::Array(examples)) = object.get("examples") {
        let first = examples.first().cloned();
        object.remove("examples");
        if let Some(first) = first {
            object.entry("example").or_insert(first);
        }
    }
    for (exclusive, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(number @ Value::Number(_)) = object.get(exclusive).cloned() {
            object.insert(limit.to_owned(), number);
            object.insert(exclusive.to_owned(), true.into());
        }
    }
    // Tuples: 3.0 knows one schema for all items.
    if object.remove("prefixItems").is_some() {
        object.insert("items".to_owned(), json!({}));
    }
    types(object);
    alternatives(object);
    reference(object);
}

/// `type: [string, null]` and `type: null`.
fn types(object: &mut Map<String, Value>) {
    let Some(kind) = object.get("type") else { return };
    let kinds = match kind {
        Value::Array(kinds) => kinds.clone(),
        // The `type` of a security scheme is a text that is no type of JSON.
        Value::String(_) => vec![kind.clone()],
        _ => return,
    };
    let some: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
    if some.len() < kinds.len() {
        object.insert("nullable".to_owned(), true.into());
    }
    object.remove("type");
    match some.as_slice() {
        [] => {}
        [one] => {
            object.insert("type".to_owned(), one.clone());
        }
        _ => {
            let any = some.into_iter().map(|kind| json!({ "type": kind })).collect();
            object.insert("anyOf".to_owned(), Value::Array(any));
        }
    }
}

/// `oneOf: [{type: null}, X]`.
fn alternatives(object: &mut Map<String, Value>) {
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(alternatives)) = object.get(key) else { continue };
        let is_null = |schema: &&Value| schema.get("type").is_some_and(|kind| kind == "null");
        let some: Vec<Value> =
            alternatives.iter().filter(|schema| !is_null(schema)).cloned().collect();
        if some.len() == alternatives.len() {
            continue;
        }
        object.insert("nullable".to_owned(), true.into());
        object.remove(key);
        // `nullable` beside a `$ref` would be passed over, and a `oneOf` of one is an `allOf`.
        let kept = if some.len() == 1 { "allOf" } else { key };
        object.insert(kept.to_owned(), Value::Array(some));
    }
}

/// What stands beside a `$ref` is passed over in 3.0, so the reference goes into an `allOf`.
fn reference(object: &mut Map<String, Value>) {
    if object.len() > 1 && object.get("$ref").is_some_and(Value::is_string) {
        let reference = object.remove("$ref").unwrap_or_default();
        object.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(schema: Value) -> Value {
        let document = json!({ "openapi": "3.1.0", "components": { "schemas": { "X": schema } } });
        let converted = convert(document);
        assert_eq!(converted["openapi"], "3.0.3");
        converted["components"]["schemas"]["X"].clone()
    }

    #[test]
    fn each_difference_is_rendered() {
        for (new, old) in [
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (
                json!({"type": ["string", "integer"]}),
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/a"}]}),
                json!({"allOf": [{"$ref": "#/a"}], "nullable": true}),
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/a"}, {"type": "string"}]}),
                json!({"oneOf": [{"$ref": "#/a"}, {"type": "string"}], "nullable": true}),
            ),
            (json!({"const": "a"}), json!({"enum": ["a"]})),
            (json!({"examples": [1, 2]}), json!({"example": 1})),
            (
                json!({"type": "integer", "exclusiveMinimum": 0}),
                json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true}),
            ),
            (
                json!({"$ref": "#/a", "description": "b"}),
                json!({"allOf": [{"$ref": "#/a"}], "description": "b"}),
            ),
            (
                json!({"type": "array", "prefixItems": [{"type": "string"}], "items": false}),
                json!({"type": "array", "items": {}}),
            ),
            (json!({"propertyNames": {"type": "string"}}), json!({})),
            (
                json!({"type": "array", "items": {"type": ["integer", "null"]}}),
                json!({"type": "array", "items": {"type": "integer", "nullable": true}}),
            ),
        ] {
            assert_eq!(schema(new.clone()), old, "{new}");
        }
    }

    #[test]
    fn names_and_data_are_left_alone() {
        let same = json!({
            "type": "object",
            "properties": {"const": {"type": "string"}, "type": {"type": "string"}, "if": {"type": "string"}},
            "example": {"type": ["string", "null"], "const": 1},
            "enum": [{"$schema": 1}],
        });
        assert_eq!(schema(same.clone()), same);
    }
}
