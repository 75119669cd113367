//! Validation of a value against a JSON Schema; all violations, with their paths.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::violation::Violation;

/// A schema that ships with this crate, compiled at first use.
pub(crate) struct Shipped {
    text: &'static str,
    compiled: OnceLock<Result<Validator, String>>,
}

pub(crate) static CONNECTOR: Shipped =
    Shipped::new(include_str!("../schema/connector.schema.json"));
pub(crate) static PROFILE: Shipped = Shipped::new(include_str!("../schema/profile.schema.json"));

impl Shipped {
    const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// What `value` breaks. A schema of ours that does not compile is itself a violation: nothing passes then.
    pub(crate) fn violations(&self, value: &Value) -> Vec<Violation> {
        let compiled = self.compiled.get_or_init(|| {
            let schema: Value =
                serde_json::from_str(self.text).map_err(|error| error.to_string())?;
            jsonschema::validator_for(&schema).map_err(|error| error.to_string())
        });
        match compiled {
            Ok(validator) => collect(validator, value),
            Err(reason) => {
                vec![Violation::new("", format!("the shipped schema is broken: {reason}"))]
            }
        }
    }
}

/// What `value` breaks of a schema that somebody else wrote; the error is the schema's own defect.
pub(crate) fn against(schema: &Value, value: &Value) -> Result<Vec<Violation>, String> {
    let validator = jsonschema::validator_for(schema).map_err(|error| error.to_string())?;
    Ok(collect(&validator, value))
}

/// Whether `schema` is one.
pub(crate) fn check_schema(schema: &Value) -> Result<(), String> {
    jsonschema::validator_for(schema).map(|_| ()).map_err(|error| error.to_string())
}

fn collect(validator: &Validator, value: &Value) -> Vec<Violation> {
    let mut found: Vec<Violation> = validator
        .iter_errors(value)
        .map(|error| Violation::at_pointer(error.instance_path().as_str(), error.to_string()))
        .collect();
    found.sort();
    found.dedup();
    found
}
