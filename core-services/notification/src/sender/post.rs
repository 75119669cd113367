//! One signed message on its way.

use core::fmt;
use core::time::Duration;

use bytes::Bytes;
use caravan_net::guard::Destination;
use caravan_net::{Call, Key, Progress};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use crate::domain::Signer;

/// CloudEvents in structured mode.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/cloudevents+json");

/// A signed message. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Post {
    pub(super) key: Key,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    allow_http: bool,
    deadline: Instant,
    attempt: u8,
    progress: Progress,
}

impl Post {
    /// The message `id` with `body`, signed for this moment. `lane` keeps a person's test apart from the endpoint's deliveries: it
    /// is made whether or not these pause.
    pub(crate) fn new(
        (webhook, lane): (Uuid, &str),
        url: Url,
        signer: &Signer,
        (id, timestamp_s): (Uuid, i64),
        body: String,
        within: Duration,
    ) -> Result<Self, InvalidHeaderValue> {
        let id = id.to_string();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        let mut insert = |name, value: &str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
            Ok::<_, InvalidHeaderValue>(())
        };
        insert("webhook-id", &id)?;
        insert("webhook-timestamp", &timestamp_s.to_string())?;
        insert("webhook-signature", &signer.sign(&id, timestamp_s, &body))?;
        // Of the URL only the host: the rest may be a secret, and keys are logged. A new host has a breaker of its own.
        let endpoint = format!("{lane} {}", url.host_str().unwrap_or_default());
        Ok(Self {
            key: Key::new(webhook.to_string(), endpoint),
            url,
            headers,
            body: body.into(),
            allow_http: false,
            deadline: Instant::now() + within,
            attempt: 0,
            progress: Progress::default(),
        })
    }

    pub(super) fn allow_http(self, allow_http: bool) -> Self {
        Self { allow_http, ..self }
    }
}

impl Destination for Post {
    fn url(&self) -> &Url {
        &self.url
    }

    fn allow_http(&self) -> bool {
        self.allow_http
    }
}

impl Call for Post {
    fn key(&self) -> &Key {
        &self.key
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    // `webhook-id` tells a repetition.
    fn is_idempotent(&self) -> bool {
        true
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
}

/// The URL may be a secret, and the body is a tenant's: neither is printed.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "POST {}/{}", self.key.connection, self.key.endpoint)
    }
}
