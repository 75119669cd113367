//! JSON bodies: read with our answers, written as they are.

mod duplicates;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::{Problem, Violation};

/// Longest message of a mistake that is passed on, in characters: it may quote what was sent.
const MESSAGE_CHARS_MAX: usize = 400;

/// A JSON body, in both directions. As an extractor it answers problems; an empty body reads as `null`, so that `Json<Option<T>>`
/// takes it. As an answer it is `application/json`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        parse(&headers, &read(request).await?).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, Problem> {
        // `null` is no body as well: that is what the document of an optional one says.
        let headers = request.headers().clone();
        let body: Option<T> = parse(&headers, &read(request).await?)?;
        Ok(body.map(Self))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], bytes).into_response()
            }
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// The whole body, under the cap of whoever limited it (the gateway, or axum's default).
pub(crate) async fn read(request: Request) -> Result<Bytes, Problem> {
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            let detail =
                "The body is larger than this path takes; send less at once, or documents by SFTP.";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
        }
        _ => Problem::bad_request(
            "body-cut-short",
            "The body ended before it was complete; send it again.",
        ),
    })
}

/// Reads `bytes` as a `T`: the content type must be JSON's, no key may come twice, and what is wrong is said with its place.
///
/// # Errors
/// 415 `content-type-unsupported`, 400 `body-missing`, `json-invalid` or `json-key-twice`, 422 `body-invalid`.
pub fn parse<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Problem> {
    if bytes.is_empty() {
        return serde_json::from_str("null").map_err(|_| {
            let detail = "This needs a JSON body, with `content-type: application/json`.";
            Problem::bad_request("body-missing", detail)
        });
    }
    if !is_json(headers) {
        let detail = "Only JSON is read here; send it with `content-type: application/json`.";
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-type-unsupported",
            detail,
        ));
    }
    // First everything that is wrong with the text itself, also in parts that `T` does not look at.
    if let Err(error) = duplicates::refuse(bytes) {
        let code = if error.is_data() { "json-key-twice" } else { "json-invalid" };
        return Err(at("", code, StatusCode::BAD_REQUEST, &error));
    }
    let deserializer = &mut serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        at(&pointer, "body-invalid", StatusCode::UNPROCESSABLE_ENTITY, error.inner())
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The problem that `error` is, with its place.
fn at(pointer: &str, code: &'static str, status: StatusCode, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    // The place is said once, in our words.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let message: String = without_value(text).chars().take(MESSAGE_CHARS_MAX).collect();
    let place = match pointer {
        "" => format!("line {line}, column {column}"),
        pointer => format!("{pointer} (line {line}, column {column})"),
    };
    let violation = Violation { pointer: pointer.to_owned(), code, message: message.clone() };
    Problem::new(status, code, format!("The body cannot be taken: {message}, at {place}."))
        .member("line", line)
        .member("column", column)
        .errors(&[violation])
}

/// serde quotes a text of the wrong type; it may be a password in the wrong field, so it is left out.
fn without_value(text: &str) -> String {
    match text.split_once("string \"").zip(text.rsplit_once("\", expected")) {
        Some(((before, _), (_, after))) => format!("{before}a text, expected{after}"),
        None => text.to_owned(),
    }
}

/// RFC 6901: `~` and `/` in a key are escaped.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => pointer.push('?'),
        }
    }
    pointer
}

#[cfg(test)]
mod tests;
