//! What is said about a body that cannot be taken.

use axum::body::Body;
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[expect(dead_code, reason = "only whether it can be read is asked")]
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Line {
    #[expect(dead_code, reason = "only whether it can be read is asked")]
    quantity: u32,
}

fn order(text: &str) -> Result<Order, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json; charset=utf-8"));
    parse(&headers, text.as_bytes())
}

fn check(text: &str, status: u16, code: &str, said: &[&str]) {
    let problem = order(text).unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (status, code), "{text}: {problem}");
    for part in said {
        assert!(problem.detail().contains(part), "{text}: {problem} does not say {part:?}");
    }
}

#[test]
fn the_place_of_a_mistake_is_named() {
    check(
        r#"{"lines": [{"quantity": "7"}]}"#,
        422,
        "body-invalid",
        &["/lines/0/quantity", "column 27"],
    );
    check(
        "{\"lines\": [\n  {}\n]}",
        422,
        "body-invalid",
        &["/lines/0 ", "line 2", "missing field `quantity`"],
    );
    check(r#"{"lines": [], "a/b": 1}"#, 422, "body-invalid", &["/a~1b", "unknown field"]);
    check(r#"{"lines": [}"#, 400, "json-invalid", &["line 1, column 12"]);
    check(r#"{"lines": []} x"#, 400, "json-invalid", &["trailing characters"]);
    check("", 400, "body-missing", &["application/json"]);
}

#[test]
fn a_key_that_comes_twice_is_refused_wherever_it_is() {
    check(r#"{"lines": [], "lines": []}"#, 400, "json-key-twice", &["\"lines\"", "column 21"]);
    check(
        r#"{"lines": [{"quantity": 1, "x": {"y": [{"a": 1, "\u0061": 2}]}}]}"#,
        400,
        "json-key-twice",
        &["\"a\""],
    );
    assert!(
        order(r#"{"lines": [{"quantity": 1, "a": {"a": 1}}, {"quantity": 2, "a": 2}]}"#).is_ok()
    );
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    check(&deep, 400, "json-invalid", &["recursion limit"]);
}

#[test]
fn what_was_sent_is_not_quoted() {
    let problem = order(r#"{"lines": [{"quantity": "my password"}]}"#).unwrap_err();
    assert!(!problem.detail().contains("password"), "{problem}");
    assert!(problem.detail().contains("invalid type: a text, expected u32"), "{problem}");
}

#[test]
fn only_json_is_read_as_json() {
    let problem = parse::<Order>(&HeaderMap::new(), b"{}").unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (415, "content-type-unsupported"));
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/merge-patch+json"));
    assert!(parse::<serde_json::Value>(&headers, b"{}").is_ok());
    headers.insert("content-type", HeaderValue::from_static("text/plain"));
    assert!(parse::<serde_json::Value>(&headers, b"{}").is_err());
}

#[tokio::test]
async fn a_body_over_the_cap_is_told_so() {
    let body = http_body_util::Limited::new(Body::from("{\"lines\": []}"), 5);
    let request = Request::post("/")
        .header("content-type", "application/json")
        .body(Body::new(body))
        .unwrap();
    let problem = <Json<Order> as FromRequest<()>>::from_request(request, &()).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (413, "body-too-large"));
}

async fn optional(body: &'static str, kind: &str) -> Result<Option<Json<Order>>, Problem> {
    let request = Request::post("/").header("content-type", kind).body(Body::from(body)).unwrap();
    <Json<Order> as OptionalFromRequest<()>>::from_request(request, &()).await
}

#[tokio::test]
async fn no_body_is_none_where_that_is_allowed() {
    for (nothing, kind) in
        [("", "text/plain"), ("null", "application/json"), (" null\n", "application/json")]
    {
        let read = optional(nothing, kind).await.unwrap();
        assert!(read.is_none(), "{nothing:?}");
    }
    assert!(optional(r#"{"lines": []}"#, "application/json").await.unwrap().is_some());
    let problem = optional(r#"{"lines": [{}]}"#, "application/json").await.unwrap_err();
    assert!(problem.detail().contains("/lines/0 "), "{problem}");
    assert_eq!(optional("null", "text/plain").await.unwrap_err().status().as_u16(), 415);
    assert!(parse::<()>(&HeaderMap::new(), b"").is_ok());
}
