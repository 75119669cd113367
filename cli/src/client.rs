//! The commands' way to a running Caravan: its gateway, with the key from the data folder's note.

use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;
use crate::folder::Folder;

/// A client of the gateway.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Client {
    /// From `CARAVAN_URL` and `CARAVAN_API_KEY`, else from the note in the data folder.
    pub(crate) fn open(data: &Path) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| Failure::of("the HTTP client cannot be made", &error))?;
        let from_environment =
            std::env::var("CARAVAN_URL").ok().zip(std::env::var("CARAVAN_API_KEY").ok());
        let (url, key) = match from_environment {
            Some(pair) => pair,
            None => {
                let note = Folder::read_note(data)?;
                let key = note.api_key.ok_or_else(|| {
                    Failure::new("the running Caravan has no demo key")
                        .hint("set CARAVAN_URL and CARAVAN_API_KEY")
                })?;
                (note.url, key)
            }
        };
        Ok(Self { http, url, key })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.json(self.http.get(format!("{}{path}", self.url))).await
    }

    pub(crate) async fn post(&self, path: &str) -> Result<Value, Failure> {
        self.json(self.http.post(format!("{}{path}", self.url))).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.json(self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    /// A response whose body is read bit by bit.
    pub(crate) async fn stream(&self, path: &str) -> Result<reqwest::Response, Failure> {
        self.send(self.http.get(format!("{}{path}", self.url))).await
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, Failure> {
        let response = self.send(request).await?;
        response.json().await.map_err(|error| Failure::of("the answer cannot be read", &error))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Failure> {
        let response = request.bearer_auth(&self.key).send().await.map_err(|error| {
            Failure::of("Caravan cannot be reached", &error)
                .hint("is it running? start it with `caravan up`")
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let problem: Value = response.json().await.unwrap_or_default();
        let detail =
            problem.get("detail").and_then(Value::as_str).unwrap_or("no details were given");
        Err(Failure::new(format!("{detail} ({status})")))
    }
}
