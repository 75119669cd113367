//! One attempt on its way through the stack.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;
use caravan_net::guard::Destination;
use caravan_net::{Call, Key, Progress};
use http::{HeaderMap, Method};
use tokio::time::Instant;
use url::Url;

use crate::error::EgressError;
use crate::headers;
use crate::recipe::{AuthRecipe, Placeholder};
use crate::request::EgressRequest;

/// A frozen request. Cheap to clone: each attempt, and the one after a refreshed token, starts from the same.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) key: Key,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) allow_http: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) reply_bytes_max: u64,
    pub(crate) secrets: Arc<Secrets>,
    deadline: Instant,
    idempotent: bool,
    requests_per_s: Option<u32>,
    attempt: u8,
    progress: Progress,
}

/// What the auth layer needs; nobody else looks.
#[derive(Default)]
pub(crate) struct Secrets {
    pub(crate) auth: Option<AuthRecipe>,
    pub(crate) placeholders: Vec<Placeholder>,
}

impl Exchange {
    pub(crate) fn freeze(
        request: EgressRequest,
        reply_bytes_ceiling: u64,
    ) -> Result<Self, EgressError> {
        let url = request.url()?;
        let headers = headers::accepted(&request.headers)?;
        let reply_bytes_max = request
            .endpoint
            .reply_bytes_max
            .unwrap_or(reply_bytes_ceiling)
            .min(reply_bytes_ceiling);
        Ok(Self {
            key: Key { connection: request.connection, endpoint: request.endpoint.name },
            method: request.method,
            url,
            allow_http: request.endpoint.allow_http,
            headers,
            body: request.body,
            reply_bytes_max,
            secrets: Arc::new(Secrets { auth: request.auth, placeholders: request.placeholders }),
            deadline: request.deadline,
            idempotent: request.idempotent,
            requests_per_s: request.endpoint.requests_per_s,
            attempt: 0,
            progress: Progress::default(),
        })
    }

    /// Another request on behalf of this one (for a token): same key and deadline, nothing else in common.
    pub(crate) fn aside(
        &self,
        method: Method,
        url: Url,
        allow_http: bool,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        Self {
            key: self.key.clone(),
            method,
            url,
            allow_http,
            headers,
            body,
            reply_bytes_max: 64 * 1024,
            secrets: Arc::default(),
            deadline: self.deadline,
            idempotent: true,
            requests_per_s: None,
            attempt: 0,
            progress: Progress::default(),
        }
    }
}

impl Destination for Exchange {
    fn url(&self) -> &Url {
        &self.url
    }

    fn allow_http(&self) -> bool {
        self.allow_http
    }
}

impl Call for Exchange {
    fn key(&self) -> &Key {
        &self.key
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    fn attempt(&self) -> u8 {
        self.attempt
    }

    fn next_attempt(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
        self.progress = Progress::default();
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }

    fn requests_per_s(&self) -> Option<u32> {
        self.requests_per_s
    }
}

/// Headers and body may hold secrets by now: neither is printed.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}/{} attempt {}",
            self.method, self.key.connection, self.key.endpoint, self.attempt
        )
    }
}
