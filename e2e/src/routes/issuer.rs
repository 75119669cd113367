//! An identity provider that only describes itself, and an address that takes no webhook: what must answer while a thing is made.

use axum::Router;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::wrong::Wrong;

/// It stops when it is dropped.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) url: String,
    task: JoinHandle<std::io::Result<()>>,
}

impl Issuer {
    pub(super) async fn start() -> Result<Self, Wrong> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let description = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys"),
        })
        .to_string();
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || description))
            .route("/keys", get(async || r#"{"keys":[]}"#));
        let serving = axum::serve(listener, router);
        Ok(Self { url, task: tokio::spawn(serving.into_future()) })
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
