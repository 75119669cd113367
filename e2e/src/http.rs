//! HTTP from outside, and the reads that steps share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::caravan::Caravan;
use crate::wait::until;
use crate::wrong::{Wrong, ensure};

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Result<Value, Wrong> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Fails unless the status is this one.
    pub(crate) fn expect(self, status: u16) -> Result<Self, Wrong> {
        ensure(self.status == status, || {
            format!("HTTP {}, not {status}: {}", self.status, self.text())
        })?;
        Ok(self)
    }
}

/// The gateway, with the demo's key.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    pub(crate) url: String,
    key: String,
}

impl Http {
    pub(crate) fn new(caravan: &Caravan) -> Result<Self, Wrong> {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        Ok(Self { client, url: caravan.url.clone(), key: caravan.api_key.clone() })
    }

    /// What it shows, for another client.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, Wrong> {
        Self::read(request.send().await?).await
    }

    /// An answer to its end.
    pub(crate) async fn read(mut response: reqwest::Response) -> Result<Answer, Wrong> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            ensure(body.len() <= ANSWER_BYTES_MAX, || "the answer does not end".to_owned())?;
        }
        Ok(Answer { status, headers, body })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Wrong> {
        Self::send(self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.key)).await
    }

    /// Server-Sent Events, to be read as they come; behind `last_id` when it is not empty.
    pub(crate) async fn events(
        &self,
        path: &str,
        last_id: &str,
    ) -> Result<reqwest::Response, Wrong> {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.key);
        Ok(request.header("last-event-id", last_id).send().await?)
    }

    pub(crate) async fn get_without_key(&self, path: &str) -> Result<Answer, Wrong> {
        Self::send(self.client.get(format!("{}{path}", self.url))).await
    }

    /// A read of another address, without a key.
    pub(crate) async fn bare_get(&self, url: &str) -> Result<Answer, Wrong> {
        Self::send(self.client.get(url)).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<Answer, Wrong> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.key);
        Self::send(request.header("content-type", kind).body(body)).await
    }

    /// As [`Http::post`], from within a trace.
    pub(crate) async fn post_in_trace(
        &self,
        path: &str,
        body: Vec<u8>,
        traceparent: &str,
    ) -> Result<Answer, Wrong> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.key);
        Self::send(request.header("traceparent", traceparent).body(body)).await
    }

    /// A change by JSON, under an idempotency key of its own.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, Wrong> {
        static CHANGES: AtomicU64 = AtomicU64::new(0);
        let key = format!("walk-{}", CHANGES.fetch_add(1, Ordering::Relaxed));
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.key).header("idempotency-key", key);
        Self::send(request.json(body)).await
    }

    /// A change without a body, of what was seen under `etag`.
    pub(crate) async fn bare(
        &self,
        method: Method,
        path: &str,
        etag: &str,
    ) -> Result<Answer, Wrong> {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.key).header("if-match", etag);
        Self::send(request.header("idempotency-key", path)).await
    }

    /// A POST about a thing that was read just before, in the version that it had then.
    pub(crate) async fn act(
        &self,
        thing: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Wrong> {
        let etag = self.get(thing).await?.expect(200)?.header("etag").to_owned();
        let Some(body) = body else { return self.bare(Method::POST, path, &etag).await };
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.key);
        let key = format!("{path}#{}", etag.trim_matches('"'));
        let request = request.header("if-match", etag).header("idempotency-key", key);
        Self::send(request.json(body)).await
    }

    /// As [`Http::change`] with POST, for what must succeed with this status.
    pub(crate) async fn posted(
        &self,
        path: &str,
        body: &Value,
        status: u16,
    ) -> Result<Value, Wrong> {
        self.change(Method::POST, path, body).await?.expect(status)?.json()
    }

    /// The same gateway with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// A POST of JSON under a given idempotency key.
    pub(crate) async fn keyed(
        &self,
        path: &str,
        key: &str,
        body: Vec<u8>,
    ) -> Result<Answer, Wrong> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.key);
        let request = request.header("content-type", "application/json");
        Self::send(request.header("idempotency-key", key).body(body)).await
    }

    /// A PUT of what was seen in `version`.
    pub(crate) async fn put_if(
        &self,
        path: &str,
        version: &str,
        body: &Value,
    ) -> Result<Answer, Wrong> {
        let request = self.client.put(format!("{}{path}", self.url)).bearer_auth(&self.key);
        Self::send(request.header("if-match", format!("\"{version}\"")).json(body)).await
    }

    /// A person's browser: no key, and a session once it has logged in.
    pub(crate) fn browser(&self) -> Browser {
        Browser { client: self.client.clone(), url: self.url.clone(), cookie: None }
    }

    /// A request that a party makes: another address, another proof.
    pub(crate) async fn post_to(
        &self,
        url: &str,
        header: (&str, &str),
        body: String,
    ) -> Result<Answer, Wrong> {
        let request = self.client.post(url).header("content-type", "application/json");
        Self::send(request.header(header.0, header.1).body(body)).await
    }

    /// All documents, the newest first, page by page.
    pub(crate) async fn documents(&self, query: &str) -> Result<Vec<Value>, Wrong> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/documents?limit=200{query}{cursor}");
            let page = self.get(&path).await?.expect(200)?.json()?;
            all.extend(list(&page, "items"));
            let next = text(&page, "next");
            if next.is_empty() {
                return Ok(all);
            }
            cursor = format!("&cursor={next}");
        }
    }

    /// Documents of this name.
    pub(crate) async fn named(&self, name: &str) -> Result<Vec<Value>, Wrong> {
        let all = self.documents("").await?;
        Ok(all.into_iter().filter(|each| text(each, "name") == name).collect())
    }

    /// The one document of this name, once it has ended.
    pub(crate) async fn ended(&self, name: &str) -> Result<Value, Wrong> {
        let id = until(Duration::from_secs(20), &format!("{name} is processed"), async || {
            let found = self.named(name).await?;
            let ended = found
                .iter()
                .find(|each| !matches!(text(each, "status"), "received" | "processing"));
            Ok(ended.map(|each| text(each, "id").to_owned()))
        })
        .await?;
        self.get(&format!("/v1/documents/{id}")).await?.expect(200)?.json()
    }

    /// A timeline; none when nothing is known by that number.
    pub(crate) async fn timeline(&self, reference: &str) -> Result<Option<Value>, Wrong> {
        let answer = self.get(&format!("/v1/shipments/{reference}/timeline")).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        answer.expect(200)?.json().map(Some)
    }

    /// The timeline once it is as `right` wants it.
    pub(crate) async fn timeline_when(
        &self,
        reference: &str,
        limit: Duration,
        right: impl Fn(&Value) -> bool,
    ) -> Result<Value, Wrong> {
        until(limit, &format!("the timeline of {reference} is as expected"), async || {
            Ok(self.timeline(reference).await?.filter(|timeline| right(timeline)))
        })
        .await
    }
}

/// A person's browser.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    url: String,
    cookie: Option<String>,
}

impl Browser {
    /// Logs in, and keeps the cookie.
    pub(crate) async fn login(&mut self, email: &str, password: &str) -> Result<Answer, Wrong> {
        let body = serde_json::json!({ "email": email, "password": password });
        let answer = self.call(Method::POST, "/v1/session", Some(&body)).await?;
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
        if !cookie.is_empty() {
            self.cookie = Some(cookie.to_owned());
        }
        Ok(answer)
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Wrong> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        request = request.header("caravan-csrf", "1");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Http::send(request).await
    }
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn number(value: &Value, key: &str) -> i64 {
    value.get(key).and_then(Value::as_i64).unwrap_or(-1)
}

pub(crate) fn list(value: &Value, key: &str) -> Vec<Value> {
    value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}
