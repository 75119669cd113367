//! `{{slot.field}}` in a body: found once, filled once, escaped for where it stands.
//!
//! A filled value is never looked at again, so a secret that looks like a placeholder stays what it is. A placeholder for
//! which the endpoint was granted nothing stays as the guest wrote it.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use memchr::memmem;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::EgressError;
use crate::recipe::Placeholder;
use crate::redact::{BYTES_MIN, InPlace, Used};

/// A placeholder that a body mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Slot.
    pub slot: String,
    /// Field.
    pub field: String,
    start: usize,
    end: usize,
}

/// Two names of 64 bytes, the dot and the closing braces.
const NAME_BYTES_MAX: usize = 131;

/// The placeholders of `body`, in order. Names are ASCII letters, digits, `_` and `-`; anything else in braces is text.
#[must_use]
pub fn mentions(body: &[u8]) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((start, inner)) = next_open(body, from) {
        from = inner;
        let rest = body.get(inner..).unwrap_or_default();
        // No further than the longest name, so that a body full of braces is read once, not once a brace.
        let near = rest.get(..NAME_BYTES_MAX).unwrap_or(rest);
        let Some(length) = memmem::find(near, b"}}") else { continue };
        let Some(name) = rest.get(..length).and_then(|name| std::str::from_utf8(name).ok()) else {
            continue;
        };
        let Some((slot, field)) =
            name.split_once('.').filter(|(slot, field)| is_name(slot) && is_name(field))
        else {
            continue;
        };
        let end = inner.saturating_add(length).saturating_add(2);
        found.push(Mention { slot: slot.to_owned(), field: field.to_owned(), start, end });
        from = end;
    }
    found
}

fn next_open(body: &[u8], from: usize) -> Option<(usize, usize)> {
    let start = from.checked_add(memmem::find(body.get(from..)?, b"{{")?)?;
    Some((start, start.checked_add(2)?))
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

/// What of a short value's surroundings is remembered on either side, so that an echo of it can be told from a chance.
const SURROUNDINGS_BYTES: usize = 8;

/// `body` with its granted placeholders filled; the secrets that went in are added to `used`, as they were written.
///
/// # Errors
/// When something is to be filled into a body of a type for which we know no escaping.
pub(crate) fn fill(
    body: &Bytes,
    headers: &HeaderMap,
    granted: &[Placeholder],
    used: &mut Used,
) -> Result<Bytes, EgressError> {
    if granted.is_empty() {
        return Ok(body.clone());
    }
    let mut filled = Vec::with_capacity(body.len());
    let mut copied = 0;
    for mention in mentions(body) {
        let grant =
            granted.iter().find(|grant| grant.slot == mention.slot && grant.field == mention.field);
        let Some(grant) = grant else { continue };
        let value = escape(grant.value.expose_secret(), syntax(headers)?);
        filled.extend_from_slice(body.get(copied..mention.start).unwrap_or_default());
        note(&filled, &value, body.get(mention.end..).unwrap_or_default(), used);
        filled.extend_from_slice(value.as_bytes());
        copied = mention.end;
    }
    filled.extend_from_slice(body.get(copied..).unwrap_or_default());
    Ok(Bytes::from(filled))
}

/// Remembers what was written between `before` and `after`.
fn note(before: &[u8], value: &str, after: &[u8], used: &mut Used) {
    if value.len() >= BYTES_MIN {
        used.secrets.push(SecretString::from(value));
    } else if !value.is_empty() {
        let from = before.len().saturating_sub(SURROUNDINGS_BYTES);
        used.in_place.push(InPlace {
            before: before.get(from..).unwrap_or_default().to_vec(),
            value: SecretString::from(value),
            // One byte: what closes it. More would be the next element's name, which an echo may lack.
            after: after.get(..1).unwrap_or_default().to_vec(),
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Xml,
    Json,
    Form,
}

fn syntax(headers: &HeaderMap) -> Result<Syntax, EgressError> {
    let declared =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/x-www-form-urlencoded" => Ok(Syntax::Form),
        "application/json" | "text/json" => Ok(Syntax::Json),
        "application/xml" | "text/xml" => Ok(Syntax::Xml),
        other if other.ends_with("+json") => Ok(Syntax::Json),
        other if other.ends_with("+xml") => Ok(Syntax::Xml),
        _ => Err(EgressError::Request {
            what: format!(
                "a placeholder needs a content-type of XML, JSON or a form, not {media:?}"
            ),
        }),
    }
}

fn escape(value: &str, syntax: Syntax) -> String {
    match syntax {
        Syntax::Form => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        Syntax::Json => escape_json(value),
        Syntax::Xml => escape_xml(value),
    }
}

/// For within a JSON string.
pub(crate) fn escape_json(value: &str) -> String {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// For XML text and for attribute values in either kind of quotes.
pub(crate) fn escape_xml(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(media: &str, body: &str, value: &str) -> Result<String, EgressError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, media.parse().unwrap());
        let granted =
            [Placeholder { slot: "client".into(), field: "pin".into(), value: value.into() }];
        let mut used = Used::default();
        let body = fill(&Bytes::from(body.to_owned()), &headers, &granted, &mut used)?;
        Ok(String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn each_syntax_has_its_escaping() {
        let secret = r#"a&b<"c>'\"#;
        let xml = filled("text/xml; charset=utf-8", "<p>{{client.pin}}</p>", secret).unwrap();
        assert_eq!(xml, r"<p>a&amp;b&lt;&quot;c&gt;&apos;\</p>");
        let json = filled("application/vnd.x+json", r#"{"p":"{{client.pin}}"}"#, secret).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["p"], secret);
        let form =
            filled("application/x-www-form-urlencoded", "p={{client.pin}}&q=1", secret).unwrap();
        assert_eq!(url::form_urlencoded::parse(form.as_bytes()).next().unwrap().1, secret);
        assert!(filled("text/plain", "{{client.pin}}", secret).is_err());
        assert_eq!(filled("text/plain", "nothing here", secret).unwrap(), "nothing here");
    }

    #[test]
    fn what_is_not_granted_or_no_placeholder_stays() {
        for text in [
            "{{client.other}}",
            "{{other.pin}}",
            "{{client}}",
            "{{ client.pin }}",
            "{{client.pin",
            "}}{{",
        ] {
            assert_eq!(filled("text/xml", text, "s").unwrap(), text);
        }
        assert_eq!(filled("text/xml", "{{{{client.pin}}}}", "s").unwrap(), "{{s}}");
        assert_eq!(
            filled("text/xml", "{{x}}{{client.pin}}{{client.pin}}", "s").unwrap(),
            "{{x}}ss"
        );
    }

    #[test]
    fn a_filled_value_is_not_looked_at_again() {
        assert_eq!(
            filled("text/xml", "{{client.pin}}", "{{client.pin}}").unwrap(),
            "{{client.pin}}"
        );
    }
}
