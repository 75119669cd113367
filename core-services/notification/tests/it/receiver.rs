//! Somebody who is sent webhooks: a real HTTP server that notes what comes and answers as it is told.

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::sync::watch;

/// What it answers.
#[derive(Clone)]
pub(crate) enum Reply {
    Status(u16),
    Headers(u16, &'static str, String),
    Body(u16, String),
    /// Nothing, for ever.
    Silence,
}

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

type Behaviour = Arc<dyn Fn(usize) -> Reply + Send + Sync>;

#[derive(Clone)]
struct Shared {
    got: watch::Sender<Vec<Got>>,
    behaviour: Arc<Mutex<Behaviour>>,
}

pub(crate) struct Receiver {
    shared: Shared,
    port: u16,
}

impl Receiver {
    /// One that answers the n-th message, from 0, by `behaviour`.
    pub(crate) async fn start(behaviour: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let behaviour: Behaviour = Arc::new(behaviour);
        let (got, _) = watch::channel(Vec::new());
        let shared = Shared { got, behaviour: Arc::new(Mutex::new(behaviour)) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(take).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, port }
    }

    pub(crate) async fn taking() -> Self {
        Self::start(|_| Reply::Status(204)).await
    }

    pub(crate) fn behave(&self, behaviour: impl Fn(usize) -> Reply + Send + Sync + 'static) {
        *self.shared.behaviour.lock().unwrap() = Arc::new(behaviour);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks/s3cret", self.port)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.shared.got.borrow().clone()
    }

    /// Waits until so many messages have come.
    pub(crate) async fn wait_for(&self, messages: usize) -> Vec<Got> {
        let mut got = self.shared.got.subscribe();
        let waited = got.wait_for(|got| got.len() >= messages);
        let all = tokio::time::timeout(crate::world::PATIENCE, waited).await;
        all.unwrap_or_else(|_| panic!("{} of {messages} messages came", self.got().len()))
            .unwrap()
            .clone()
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut place = 0;
    shared.got.send_modify(|got| {
        place = got.len();
        got.push(Got { headers, body: String::from_utf8(body.to_vec()).unwrap() });
    });
    let behaviour = Arc::clone(&shared.behaviour.lock().unwrap());
    match behaviour(place) {
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::Headers(status, name, value) => {
            (StatusCode::from_u16(status).unwrap(), [(name, value)]).into_response()
        }
        Reply::Body(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Reply::Silence => std::future::pending().await,
    }
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// For each signature whether `secret` made it: written after the standard's text, not with our code.
    pub(crate) fn signed_by(&self, secret: &str) -> Vec<bool> {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let text = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let signatures = self.header("webhook-signature").split(' ');
        let verify = |signature: &str| {
            let signature = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
            hmac::verify(&key, text.as_bytes(), &signature).is_ok()
        };
        signatures.map(verify).collect()
    }
}
