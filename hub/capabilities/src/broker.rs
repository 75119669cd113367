//! The broker: answers a guest's imports for one connection, by what it was granted.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use caravan_fault::Class;
use caravan_hub_resilience::{Egress, EgressError, EgressRequest, EgressResponse, mentions};
use caravan_hub_sandbox::{
    Algorithm, CryptoError, HttpError, HttpRequest, HttpResponse, Method, Observed, Services,
    StateError, StateItem,
};
use caravan_manifest::{CryptoUse, Manifest, StatusMeaning};
use caravan_net::{Outcome as _, Refused};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use crate::crypto;
use crate::grant::{Denied, UseEndpoint, UseKey, UseState, UsedEndpoint, grant};
use crate::grants::ConnectionGrants;
use crate::replies::ReplySink;
use crate::state::{HOST_FAULT, StateStore, VALUE_BYTES_MAX};

/// What a broker works with.
#[derive(Clone)]
pub struct Parts {
    /// What the connector declares.
    pub manifest: Arc<Manifest>,
    /// What the operator granted.
    pub grants: Arc<ConnectionGrants>,
    /// The way out.
    pub egress: Egress,
    /// The connection's kept values.
    pub state: Arc<dyn StateStore>,
    /// Where this call's replies are kept.
    pub replies: Arc<dyn ReplySink>,
    /// No request outlives it: see [`deadline_within`].
    pub deadline: Instant,
}

/// Until when the requests of a guest's call may last that begins now and is stopped after `wall`: a tenth of the time, at
/// most a second, is left for the guest to say what became of them. A silent party must not look like a guest that hangs.
#[must_use]
pub fn deadline_within(wall: Duration) -> Instant {
    let grace = (wall / 10).min(Duration::from_secs(1));
    let now = Instant::now();
    now.checked_add(wall.saturating_sub(grace)).unwrap_or(now)
}

/// Answers the imports of one call for one connection.
#[derive(Clone)]
pub struct Broker {
    parts: Parts,
    /// What became of the call's requests; the sandbox holds the guest's words against it.
    observed: Arc<Mutex<Observed>>,
}

/// Longest wait for a request whose guest names none.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

impl Broker {
    /// A broker for one call.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self { parts, observed: Arc::default() }
    }

    fn note(&self, note: impl FnOnce(&mut Observed)) {
        note(&mut self.observed.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes down what a request came to. A lost answer to a question that may be repeated leaves nothing unknown.
    fn note_exchange(
        &self,
        endpoint: &str,
        idempotent: bool,
        exchange: &Result<EgressResponse, EgressError>,
    ) {
        match exchange {
            Ok(reply) => match self.class_of(endpoint, reply) {
                None => self.note(Observed::answered),
                Some(class) => {
                    let what = format!("the party answered HTTP {}", reply.status);
                    self.note(|observed| observed.failed(class, what, reply.retry_after));
                }
            },
            Err(error) => {
                let class = match error.failure_class() {
                    Class::Unknown if idempotent => Class::Transient,
                    class => class,
                };
                let what = error.fault().shown;
                self.note(|observed| observed.failed(class, what, error.retry_after()));
            }
        }
    }

    /// The class of a reply: what the manifest says that this party means by its status, else what the status says.
    fn class_of(&self, endpoint: &str, reply: &EgressResponse) -> Option<Class> {
        let declared = self.parts.manifest.endpoints.get(endpoint)?.meaning_of(reply.status);
        declared.map_or(reply.class, |meaning| {
            Some(match meaning {
                StatusMeaning::Auth => Class::Auth,
                StatusMeaning::RateLimited => Class::RateLimited,
                StatusMeaning::Transient => Class::Transient,
                StatusMeaning::Permanent => Class::Permanent,
            })
        })
    }

    /// Our own store's failure is not the party's and not the guest's.
    fn noted<T>(&self, result: Result<T, StateError>) -> Result<T, StateError> {
        if let Err(StateError::Other(code, what)) = &result
            && code == HOST_FAULT
        {
            self.note(|observed| observed.failed(Class::HostFault, what.as_str(), None));
        }
        result
    }

    fn granted(&self, request: &HttpRequest) -> Result<UsedEndpoint, Denied> {
        let operation = UseEndpoint {
            endpoint: &request.endpoint,
            method: request.method.as_str(),
            path: &request.path,
            auth: request.auth.as_deref(),
            mentions: &mentions(&request.body),
        };
        grant(&self.parts.manifest, &self.parts.grants, &operation)
    }

    fn state_granted(&self, key: &str) -> Result<(), StateError> {
        grant(&self.parts.manifest, &self.parts.grants, &UseState { key })
            .map_err(|denied| StateError::Denied(denied.to_string()))
    }

    fn key(
        &self,
        slot: &str,
        usage: CryptoUse,
        algorithm: Option<Algorithm>,
    ) -> Result<SecretString, CryptoError> {
        let operation = UseKey { slot, usage, algorithm: algorithm.map(crypto::declared) };
        grant(&self.parts.manifest, &self.parts.grants, &operation)
            .map_err(|denied| CryptoError::Denied(denied.to_string()))
    }

    fn deadline(&self, timeout_ms: Option<u32>) -> Instant {
        let wait = timeout_ms.map_or(TIMEOUT_DEFAULT, |ms| Duration::from_millis(u64::from(ms)));
        let asked = Instant::now().checked_add(wait).unwrap_or(self.parts.deadline);
        asked.min(self.parts.deadline)
    }
}

#[async_trait]
impl Services for Broker {
    async fn http(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let granted = self.granted(&request).map_err(|denied| {
            let text = denied.to_string();
            self.note(|observed| observed.failed(Class::Config, text.as_str(), None));
            HttpError::Denied(text)
        })?;
        let endpoint = Arc::clone(&granted.endpoint.name);
        let idempotent = is_idempotent(request.method) || request.idempotency_key.is_some();
        let exchange = self
            .parts
            .egress
            .call(EgressRequest {
                connection: Arc::clone(&self.parts.grants.connection),
                endpoint: granted.endpoint,
                method: method(request.method),
                path: request.path,
                query: request.query,
                headers: request.headers,
                body: Bytes::from(request.body),
                auth: granted.auth,
                placeholders: granted.placeholders,
                deadline: self.deadline(request.timeout_ms),
                idempotent,
            })
            .await;
        self.note_exchange(&endpoint, idempotent, &exchange);
        let reply = exchange.map_err(|error| http_error(&error))?;
        let document = self.parts.replies.keep(reply.body.clone()).await;
        Ok(HttpResponse {
            status: reply.status,
            headers: reply.headers,
            body: reply.body.to_vec(),
            document,
            attempts: reply.attempts,
        })
    }

    async fn state_get(&self, key: String) -> Result<Option<StateItem>, StateError> {
        self.state_granted(&key)?;
        self.noted(self.parts.state.get(&key).await)
    }

    async fn state_put(
        &self,
        key: String,
        value: Vec<u8>,
        if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        self.state_granted(&key)?;
        if value.len() > VALUE_BYTES_MAX {
            return Err(StateError::TooLarge);
        }
        self.noted(self.parts.state.put(&key, value, if_version).await)
    }

    async fn state_delete(&self, key: String) -> Result<(), StateError> {
        self.state_granted(&key)?;
        self.noted(self.parts.state.delete(&key).await)
    }

    async fn hmac_verify(
        &self,
        slot: String,
        algorithm: Algorithm,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<bool, CryptoError> {
        let key = self.key(&slot, CryptoUse::HmacVerify, Some(algorithm))?;
        Ok(crypto::verify(algorithm, key.expose_secret().as_bytes(), &data, &signature))
    }

    async fn hmac_sign(
        &self,
        slot: String,
        algorithm: Algorithm,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError> {
        let key = self.key(&slot, CryptoUse::HmacSign, Some(algorithm))?;
        crypto::sign(algorithm, key.expose_secret().as_bytes(), &data).ok_or_else(|| {
            CryptoError::Other("key".to_owned(), "the key cannot be used".to_owned())
        })
    }

    async fn secret_equals(&self, slot: String, presented: Vec<u8>) -> Result<bool, CryptoError> {
        let secret = self.key(&slot, CryptoUse::SecretEquals, None)?;
        Ok(crypto::equal(secret.expose_secret().as_bytes(), &presented))
    }

    fn observed(&self) -> Observed {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

const fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}

/// RFC 9110 §9.2.2.
const fn is_idempotent(method: Method) -> bool {
    matches!(method, Method::Get | Method::Head | Method::Put | Method::Delete)
}

/// What a guest learns of a failure: enough to decide, nothing of our network.
fn http_error(error: &EgressError) -> HttpError {
    let milliseconds = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    match error {
        EgressError::Refused(Refused::Deadline { .. }) | EgressError::Timeout => HttpError::Timeout,
        EgressError::Refused(Refused::BreakerOpen { retry_after }) => {
            HttpError::Unavailable(milliseconds(*retry_after))
        }
        EgressError::Refused(Refused::RateLimited { retry_after }) => {
            HttpError::RateLimited(Some(milliseconds(*retry_after)))
        }
        EgressError::Refused(Refused::QueueFull) => HttpError::RateLimited(None),
        EgressError::Destination(_) => HttpError::Denied(
            "the endpoint's address is not allowed; change the connection's base URL".to_owned(),
        ),
        EgressError::Request { what } => HttpError::Other("request".to_owned(), what.clone()),
        EgressError::Unreachable { .. } => {
            HttpError::Transport("the party cannot be reached".to_owned())
        }
        EgressError::Broken { .. } => {
            HttpError::Transport("the connection broke; the outcome is not known".to_owned())
        }
        EgressError::TooLarge { bytes_max } => HttpError::TooLarge(*bytes_max),
        EgressError::Token { class: Class::Auth, .. } => HttpError::Other(
            "auth".to_owned(),
            "the party refused the connection's credentials".to_owned(),
        ),
        EgressError::Token { class: Class::RateLimited, retry_after, .. } => {
            HttpError::RateLimited(retry_after.map(milliseconds))
        }
        EgressError::Token { .. } => {
            HttpError::Transport("the party gave no access token".to_owned())
        }
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("grants", &self.parts.grants).finish_non_exhaustive()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("grants", &self.grants).finish_non_exhaustive()
    }
}
