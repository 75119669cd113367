//! A party's profile: the code tables and options with which a shared component speaks to one party.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::schema;
use crate::violation::Violation;

/// A profile. The component reads [`Profile::value`]; the host only the common fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Whose it is: `odfl`.
    pub party: String,
    /// The profile that this one overrides, by party.
    pub extends: Option<String>,
    /// How far it is verified.
    pub verification: Verification,
    /// Zone of times that carry none: an IANA name or `+hh:mm`.
    pub zone: Option<String>,
    value: Value,
}

/// How far a profile or connector is verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verification {
    /// From published documents only.
    #[default]
    Spec,
    /// Against the party's sandbox.
    Sandbox,
    /// In production.
    Production,
}

impl Verification {
    /// As written in a profile.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }
}

#[derive(Deserialize)]
struct Common {
    party: String,
    #[serde(default)]
    extends: Option<String>,
    #[serde(default)]
    verification: Verification,
    #[serde(default)]
    zone: Option<String>,
}

impl Profile {
    /// Reads and checks a `profile.json`.
    ///
    /// # Errors
    /// Every violation found; a text that is no JSON is one violation without path.
    pub fn parse(json: &str) -> Result<Self, Vec<Violation>> {
        let value = serde_json::from_str(json)
            .map_err(|error| vec![Violation::new("", error.to_string())])?;
        Self::from_value(value)
    }

    /// Checks a profile that is already JSON.
    ///
    /// # Errors
    /// Every violation found.
    pub fn from_value(value: Value) -> Result<Self, Vec<Violation>> {
        let violations = schema::PROFILE.violations(&value);
        if !violations.is_empty() {
            return Err(violations);
        }
        let common = Common::deserialize(&value)
            .map_err(|error| vec![Violation::new("", error.to_string())])?;
        let Common { party, extends, verification, zone } = common;
        Ok(Self { party, extends, verification, zone, value })
    }

    /// This profile put over the one that it extends: see [`merge`]. The result extends what `base` extends.
    ///
    /// # Errors
    /// When the merged value breaks the schema (a table of one is a list in the other).
    pub fn over(&self, base: &Self) -> Result<Self, Vec<Violation>> {
        let mut value = merge(&base.value, &self.value);
        if let Some(object) = value.as_object_mut() {
            match &base.extends {
                Some(next) => object.insert("extends".to_owned(), Value::String(next.clone())),
                None => object.remove("extends"),
            };
            // Verified is what was verified: a base's grade says nothing of the party.
            object.insert(
                "verification".to_owned(),
                Value::String(self.verification.as_str().to_owned()),
            );
        }
        Self::from_value(value)
    }

    /// The whole profile.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// The whole profile as JSON, as a guest's `config.profile` gives it.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        self.value.to_string().into_bytes()
    }
}

/// `over` put on `base` as a JSON merge patch (RFC 7396): objects merge by key, null removes, anything else replaces.
#[must_use]
pub fn merge(base: &Value, over: &Value) -> Value {
    let Value::Object(over) = over else { return over.clone() };
    let mut merged = base.as_object().cloned().unwrap_or_else(Map::new);
    for (key, value) in over {
        if value.is_null() {
            merged.remove(key);
        } else {
            let below = merged.get(key).unwrap_or(&Value::Null);
            let value = merge(below, value);
            merged.insert(key.clone(), value);
        }
    }
    Value::Object(merged)
}
