//! JSON text that is borrowed where it can be, and empty where a party says nothing.

use core::fmt;
use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A text field of a party's JSON: absent (`#[serde(default)]`) and null are empty, numbers and booleans are their text.
///
/// Unlike `Option<Cow<str>>` it borrows from the document whenever the text holds no escapes.
///
/// ```
/// use caravan_connector_sdk::text::Text;
/// #[derive(serde::Deserialize)]
/// struct Scan<'a> { #[serde(borrow, default)] city: Text<'a>, #[serde(borrow, default)] pin: Text<'a>, #[serde(borrow, default)] note: Text<'a> }
/// let scan: Scan = serde_json::from_str(r#"{"city":" Delhi ","pin":110001,"note":null}"#).unwrap();
/// assert_eq!((scan.city.as_str(), scan.pin.as_str(), scan.note.to_option()), ("Delhi", "110001", None));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The text without surrounding white space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.trim()
    }

    /// Whether there is nothing but white space.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// The text without surrounding white space; none when empty.
    #[must_use]
    pub fn to_option(&self) -> Option<String> {
        let text = self.as_str();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or null")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(if flag { "true" } else { "false" })))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
}
