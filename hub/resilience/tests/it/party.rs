//! A party on loopback that keeps what it saw, and requests for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use caravan_hub_resilience::{Config, Egress, EgressRequest, Endpoint};
use caravan_net::{guard, retry};
use http::Method;
use tokio::time::Instant;
use url::Url;

#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) struct Party {
    pub(crate) base: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Party {
    /// Answers each request with `answer` of it and its number, from 0.
    pub(crate) async fn start(
        answer: impl Fn(&Seen, usize) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let handler = move |request: Request| {
            let (kept, answer) = (Arc::clone(&kept), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let body = String::from_utf8(body.to_vec()).unwrap();
                let one = Seen { path: parts.uri.to_string(), headers: parts.headers, body };
                let number = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(one.clone());
                    kept.len() - 1
                };
                answer(&one, number)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move {
            axum::serve(listener, Router::new().fallback(handler)).await.unwrap()
        });
        Self { base, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn get(&self, path: &str) -> EgressRequest {
        request(self.base.clone(), path)
    }
}

pub(crate) fn request(base: Url, path: &str) -> EgressRequest {
    EgressRequest {
        connection: "connection".into(),
        endpoint: Endpoint {
            name: "api".into(),
            base,
            allow_http: true,
            requests_per_s: Some(10_000),
            reply_bytes_max: None,
        },
        method: Method::GET,
        path: path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Bytes::new(),
        auth: None,
        placeholders: Vec::new(),
        deadline: Instant::now() + Duration::from_secs(10),
        idempotent: true,
    }
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

pub(crate) fn config() -> Config {
    Config {
        guard: guard::Config { allow_test_nets: true, own: Vec::new() },
        retry: retry::Config { backoff: Duration::from_millis(2), ..retry::Config::default() },
        ..Config::default()
    }
}

pub(crate) fn egress() -> Egress {
    Egress::new(config()).unwrap()
}
