//! The broker as the sandbox sees it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use caravan_fault::Class;
use caravan_hub_capabilities::{Broker, MemoryReplies, MemoryState, Parts};
use caravan_hub_resilience::{Config, Egress};
use caravan_hub_sandbox::{
    Algorithm, CryptoError, HttpError, HttpRequest, Method, Observed, Services as _, StateError,
};
use caravan_net::guard;
use tokio::time::Instant;

use crate::{grants, manifest};

async fn broker() -> (Broker, Arc<MemoryReplies>) {
    let echo = |request: axum::extract::Request| async move {
        // The number asked for is the status answered, where it is one.
        let asked = request.uri().query().and_then(|query| query.strip_prefix("id=")?.parse().ok());
        if let Some(status) = asked.and_then(|code: u16| StatusCode::from_u16(code).ok()) {
            return (status, String::new());
        }
        let key = request.headers().get("x-key").map(|key| key.to_str().unwrap().to_owned());
        (StatusCode::OK, format!("{} {} {key:?}", request.method(), request.uri()))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(echo)).await.unwrap() });
    let mut grants = grants();
    grants.endpoints.insert("api".into(), base);
    grants.allow_http = true;
    let guard = guard::Config { allow_test_nets: true, own: Vec::new() };
    let replies = Arc::new(MemoryReplies::default());
    let parts = Parts {
        manifest: Arc::new(manifest()),
        grants: Arc::new(grants),
        egress: Egress::new(Config { guard, ..Config::default() }).unwrap(),
        state: Arc::new(MemoryState::default()),
        replies: Arc::clone(&replies) as _,
        deadline: Instant::now() + Duration::from_secs(10),
    };
    (Broker::new(parts), replies)
}

fn get(path: &str) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        endpoint: "api".into(),
        path: path.into(),
        query: vec![("id".into(), "7".into())],
        headers: Vec::new(),
        body: Vec::new(),
        auth: Some("key".into()),
        timeout_ms: Some(5_000),
        idempotency_key: None,
    }
}

#[tokio::test]
async fn a_reply_is_kept_redacted_under_the_index_that_the_guest_gets() {
    let (broker, replies) = broker().await;
    for expected in 1..=2 {
        let response = broker.http(get("/track")).await.unwrap();
        assert_eq!((response.status, response.document), (200, expected));
        assert_eq!(response.body, br#"GET /v1/track?id=7 Some("*********")"#);
    }
    assert_eq!(replies.kept()[1], &br#"GET /v1/track?id=7 Some("*********")"#[..]);
}

#[tokio::test]
async fn a_refusal_reaches_the_guest_with_its_line() {
    let (broker, replies) = broker().await;
    let denied =
        broker.http(HttpRequest { method: Method::Delete, ..get("/track") }).await.unwrap_err();
    let expected = r#"DELETE is not allowed at the endpoint "api"; add to connector.toml: [endpoints.api] methods = ["DELETE"]"#;
    assert_eq!(denied, HttpError::Denied(expected.into()));
    assert!(replies.kept().is_empty());
    let denied = broker.state_put("other".into(), vec![1], None).await.unwrap_err();
    assert!(matches!(denied, StateError::Denied(text) if text.contains("[state] keys")));
    let denied = broker.hmac_sign("hook".into(), Algorithm::Sha256, vec![]).await.unwrap_err();
    assert!(matches!(denied, CryptoError::Denied(text) if text.contains("hmac-sign")));
}

#[tokio::test]
async fn signatures_are_checked_and_values_kept() {
    let (broker, _) = broker().await;
    let signature =
        hex::decode("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").unwrap();
    let data = b"what do ya want for nothing?".to_vec();
    let verify = |data: Vec<u8>| {
        broker.hmac_verify("hook".into(), Algorithm::Sha256, data, signature.clone())
    };
    assert_eq!(verify(data).await, Ok(true));
    assert_eq!(verify(b"something else".to_vec()).await, Ok(false));
    assert_eq!(broker.secret_equals("hook".into(), b"Jefe".to_vec()).await, Ok(true));
    assert_eq!(broker.secret_equals("hook".into(), b"Jef".to_vec()).await, Ok(false));
    assert_eq!(
        broker.state_put("cursor".into(), vec![0; 65_537], None).await,
        Err(StateError::TooLarge)
    );
    assert_eq!(broker.state_put("cursor".into(), vec![7], None).await, Ok(1));
    assert_eq!(broker.state_get("cursor".into()).await.unwrap().unwrap().value, [7]);
}

/// What the host would hold against a guest after a request of this status.
async fn seen_after(statuses: &[&str]) -> Observed {
    let (broker, _) = broker().await;
    for status in statuses {
        let query = vec![("id".to_owned(), (*status).to_owned())];
        broker.http(HttpRequest { query, ..get("/track") }).await.unwrap();
    }
    broker.observed()
}

fn having_failed(class: Class, status: u16) -> Observed {
    let mut observed = Observed::default();
    observed.failed(class, format!("the party answered HTTP {status}"), None);
    observed
}

#[tokio::test]
async fn the_class_of_every_reply_is_kept_for_the_sandbox() {
    assert_eq!(seen_after(&["401"]).await, having_failed(Class::Auth, 401));
    assert_eq!(seen_after(&["404"]).await, having_failed(Class::Permanent, 404));
    assert_eq!(seen_after(&["500"]).await, having_failed(Class::Transient, 500));
    // The manifest says what this party means by it.
    assert_eq!(seen_after(&["403"]).await, having_failed(Class::RateLimited, 403));
    let mut answered = Observed::default();
    answered.answered();
    assert_eq!(seen_after(&["200"]).await, answered);
}

#[tokio::test]
async fn a_refusal_of_ours_and_a_lost_answer_are_kept_too() {
    let (broker, _) = broker().await;
    broker.http(HttpRequest { endpoint: "nowhere".into(), ..get("/track") }).await.unwrap_err();
    let text =
        r#"the endpoint "nowhere" is not declared; add to connector.toml: [endpoints.nowhere]"#;
    let mut expected = Observed::default();
    expected.failed(Class::Config, text, None);
    assert_eq!(broker.observed(), expected);
}
