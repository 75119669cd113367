//! Routes that will go: `Deprecation` (RFC 9745, a structured date) and `Sunset` (RFC 8594, an HTTP date), as the document says.
//!
//! An operation says so with the extensions `x-deprecated-at` and `x-sunset-at` (RFC 3339) beside `deprecated: true`. A call of
//! one is counted, so that the operator sees who still makes it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde_json::Value;

/// The headers that every answer of `operation` carries; none while nobody plans its end.
///
/// # Errors
/// A sentence, when a date cannot be read or the end comes before its announcement.
pub(crate) fn headers(operation: &Value) -> Result<Option<HeaderMap>, String> {
    let deprecated = date(operation, "x-deprecated-at")?;
    let sunset = date(operation, "x-sunset-at")?;
    let Some(deprecated) = deprecated else {
        return if sunset.is_some() {
            Err("a sunset without a deprecation".to_owned())
        } else {
            Ok(None)
        };
    };
    let mut headers = HeaderMap::new();
    let value = |text: String| HeaderValue::try_from(text).map_err(|error| error.to_string());
    headers.insert(
        HeaderName::from_static("deprecation"),
        value(format!("@{}", deprecated.as_second()))?,
    );
    if let Some(sunset) = sunset {
        if sunset < deprecated {
            return Err(format!("the sunset {sunset} is before the deprecation {deprecated}"));
        }
        let date = sunset.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        headers.insert(HeaderName::from_static("sunset"), value(date)?);
    }
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    headers.insert(
        header::LINK,
        value(format!("</docs#{id}>; rel=\"deprecation\"; type=\"text/html\""))?,
    );
    Ok(Some(headers))
}

fn date(operation: &Value, name: &str) -> Result<Option<Timestamp>, String> {
    let Some(value) = operation.get(name) else { return Ok(None) };
    let text = value.as_str().unwrap_or_default();
    text.parse().map(Some).map_err(|error| format!("{name} {text:?} is no time: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_dates_have_their_own_form() {
        let operation = json!({
            "operationId": "listThings", "deprecated": true,
            "x-deprecated-at": "2026-01-01T00:00:00Z", "x-sunset-at": "2027-03-31T12:00:00Z",
        });
        let headers = headers(&operation).unwrap().unwrap();
        assert_eq!(headers["deprecation"], "@1767225600");
        assert_eq!(headers["sunset"], "Wed, 31 Mar 2027 12:00:00 GMT");
        assert_eq!(headers["link"], "</docs#listThings>; rel=\"deprecation\"; type=\"text/html\"");
        assert!(super::headers(&json!({})).unwrap().is_none());
    }

    #[test]
    fn dates_that_cannot_be_are_found_at_the_start() {
        for bad in [
            json!({"x-deprecated-at": "soon"}),
            json!({"x-sunset-at": "2027-03-31T12:00:00Z"}),
            json!({"x-deprecated-at": "2027-01-01T00:00:00Z", "x-sunset-at": "2026-01-01T00:00:00Z"}),
        ] {
            assert!(headers(&bad).is_err(), "{bad}");
        }
    }
}
