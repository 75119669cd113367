//! What a connection to this connector is made of, as a JSON Schema: what a form is drawn from, and a draft is held against.

use std::collections::BTreeMap;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::manifest::{Endpoint, Manifest};
use crate::violation::Violation;
use crate::words;

/// Longest secret, in characters.
const SECRET_CHARS_MAX: u32 = 8_192;
/// Most mistakes that are told at once.
const VIOLATIONS_MAX: usize = 50;

impl Manifest {
    /// The schema (draft 2020-12) of a connection: `name`, `environment`, `endpoints`, `settings`, `secrets` by slot and field, and
    /// where the connector has such doors `sftp` and `webhook`. Secrets are `writeOnly`, with a hint where their value is found;
    /// `x-words` has titles and descriptions in other languages, by the English text or by the name of a property without title.
    #[must_use]
    pub fn connection_schema(&self) -> Value {
        let mut properties = Map::new();
        let mut required = vec!["name", "environment"];
        properties.insert("name".to_owned(), name());
        properties.insert("environment".to_owned(), environment());
        if !self.endpoints.is_empty() {
            let endpoints = self.endpoints_schema();
            if endpoints.get("required").is_some() {
                required.push("endpoints");
            }
            properties.insert("endpoints".to_owned(), endpoints);
        }
        let none = || json!({ "type": "object", "maxProperties": 0 });
        properties.insert("settings".to_owned(), self.settings.clone().unwrap_or_else(none));
        if !self.auth.is_empty() {
            required.push("secrets");
        }
        if !self.auth.is_empty() || !self.crypto.is_empty() {
            properties.insert("secrets".to_owned(), self.secrets_schema());
        }
        if self.operations.files {
            properties.insert("sftp".to_owned(), sftp());
        }
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.connector.title, "type": "object", "additionalProperties": false,
        });
        if self.operations.webhooks {
            properties.insert("webhook".to_owned(), webhook());
            let slots: Vec<&String> = self.crypto.keys().collect();
            let hook =
                json!({ "properties": { "webhook": { "const": true } }, "required": ["webhook"] });
            let then = json!({ "properties": { "secrets": { "required": slots } }, "required": ["secrets"] });
            if let (Some(schema), false) = (schema.as_object_mut(), slots.is_empty()) {
                schema.insert("allOf".to_owned(), json!([{ "if": hook, "then": then }]));
            }
        }
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("required".to_owned(), json!(required));
            schema.insert("properties".to_owned(), Value::Object(properties));
        }
        let words = words::of(self, &schema);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("x-words".to_owned(), words);
        }
        schema
    }

    /// Holds a draft of a connection against [`Manifest::connection_schema`]. No value of the draft is quoted: it may be a secret,
    /// also in the wrong place.
    ///
    /// # Errors
    /// Every violation, with the path of the value that is wrong or missing.
    pub fn check_connection(&self, draft: &Value) -> Result<(), Vec<Violation>> {
        let validator = match jsonschema::draft202012::new(&self.connection_schema()) {
            Ok(validator) => validator,
            Err(error) => return Err(vec![Violation::new("settings", error.to_string())]),
        };
        let violations = told(&validator, draft);
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }

    fn endpoints_schema(&self) -> Value {
        let schemas: Map<String, Value> = self
            .endpoints
            .iter()
            .map(|(name, endpoint)| (name.clone(), endpoint_schema(endpoint)))
            .collect();
        let own: Vec<&String> = self
            .endpoints
            .iter()
            .filter(|(_, endpoint)| endpoint.base.is_empty())
            .map(|(name, _)| name)
            .collect();
        let mut schema = json!({
            "type": "object", "additionalProperties": false, "properties": schemas,
            "description": "Base URLs in place of the connector's own. Changing one asks for its secrets anew.",
        });
        if let (Some(schema), false) = (schema.as_object_mut(), own.is_empty()) {
            schema.insert("required".to_owned(), json!(own));
        }
        schema
    }

    fn secrets_schema(&self) -> Value {
        let mut slots = Map::new();
        for (slot, auth) in &self.auth {
            let fields: Vec<(&str, Option<&str>)> = auth
                .fields
                .iter()
                .map(|field| (field.as_str(), auth.help.get(field).map(String::as_str)))
                .collect();
            slots.insert(slot.clone(), slot_schema(auth.title.as_deref(), &fields));
        }
        for (slot, crypto) in &self.crypto {
            let field = (crypto.field.as_str(), crypto.help.as_deref());
            slots.insert(slot.clone(), slot_schema(crypto.title.as_deref(), &[field]));
        }
        let required: Vec<&String> = self.auth.keys().collect();
        json!({
            "type": "object", "additionalProperties": false, "properties": slots, "required": required,
            "description": "Written, never shown again: answers say which are set, and since when.",
        })
    }
}

fn name() -> Value {
    json!({
        "type": "string", "title": "Name", "minLength": 1, "maxLength": 100, "pattern": r"^[^\x00-\x1f/]+$",
        "description": "Your own name for it, unique among your connections.",
    })
}

fn environment() -> Value {
    json!({
        "enum": ["production", "sandbox"], "title": "Environment",
        "description": "Which of the party's systems it talks to.",
    })
}

fn endpoint_schema(endpoint: &Endpoint) -> Value {
    let bases: BTreeMap<&str, &str> = endpoint
        .base
        .iter()
        .filter(|(environment, _)| matches!(environment.as_str(), "production" | "sandbox"))
        .map(|(environment, base)| (environment.as_str(), base.as_str()))
        .collect();
    let mut schema = json!({
        "type": "string", "format": "uri", "maxLength": 500, "pattern": r"^https?://[^\s?#@]+$",
        "title": "Base URL",
    });
    if let (Some(schema), false) = (schema.as_object_mut(), bases.is_empty()) {
        let listed: Vec<String> =
            bases.iter().map(|(environment, base)| format!("{environment}: {base}")).collect();
        let description = format!("{}{}.", words::OWN_BASES, listed.join(", "));
        schema.insert("description".to_owned(), json!(description));
        schema.insert("x-bases".to_owned(), json!(bases));
    }
    schema
}

fn slot_schema(title: Option<&str>, fields: &[(&str, Option<&str>)]) -> Value {
    let mut properties = Map::new();
    for (field, help) in fields {
        let mut schema = json!({
            "type": "string", "writeOnly": true, "minLength": 1, "maxLength": SECRET_CHARS_MAX,
        });
        if let (Some(schema), Some(help)) = (schema.as_object_mut(), help) {
            schema.insert("description".to_owned(), json!(help));
        }
        properties.insert((*field).to_owned(), schema);
    }
    let required: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
    let mut schema = json!({
        "type": "object", "additionalProperties": false, "properties": properties, "required": required,
    });
    if let (Some(schema), Some(title)) = (schema.as_object_mut(), title) {
        schema.insert("title".to_owned(), json!(title));
    }
    schema
}

fn sftp() -> Value {
    json!({
        "type": "object", "title": "SFTP account", "additionalProperties": false, "required": ["user", "public_keys"],
        "properties": {
            "user": {
                "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{1,62}$",
                "description": "Unique over this whole installation.",
            },
            "public_keys": {
                "type": "array", "minItems": 1, "maxItems": 10, "items": { "type": "string", "maxLength": 4_000 },
                "description": "The party's OpenSSH public keys, a line each: the text of its id_ed25519.pub.",
            },
        },
    })
}

fn webhook() -> Value {
    json!({
        "type": "boolean", "title": "Webhook",
        "description": "Give the party an address of its own to post to; it is shown once.",
    })
}

/// What `draft` breaks, each at the value that is wrong, or that is missing.
fn told(validator: &Validator, draft: &Value) -> Vec<Violation> {
    let mut found: Vec<Violation> =
        validator.iter_errors(draft).flat_map(|error| violations_of(&error)).collect();
    found.sort();
    found.dedup();
    found.truncate(VIOLATIONS_MAX);
    found
}

fn violations_of(error: &ValidationError<'_>) -> Vec<Violation> {
    let at = error.instance_path().as_str();
    let below = |name: &str| {
        let name = name.replace('~', "~0").replace('/', "~1");
        format!("{at}/{name}")
    };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            vec![Violation::at_pointer(&below(property), "is missing")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Violation::at_pointer(&below(name), "is not known here"))
            .collect(),
        _ => vec![Violation::at_pointer(at, error.masked().to_string())],
    }
}
