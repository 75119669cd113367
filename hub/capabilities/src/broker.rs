//! The broker: answers a guest's imports for one connection, by what it was granted.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use caravan_fault::Class;
use caravan_hub_resilience::{Egress, EgressError, EgressRequest, mentions};
use caravan_hub_sandbox::{
    Algorithm, CryptoError, HttpError, HttpRequest, HttpResponse, Method, Services, StateError,
    StateItem,
};
use caravan_manifest::{CryptoUse, Manifest};
use caravan_net::Refused;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use crate::crypto;
use crate::grant::{Denied, UseEndpoint, UseKey, UseState, UsedEndpoint, grant};
use crate::grants::ConnectionGrants;
use crate::replies::ReplySink;
use crate::state::{StateStore, VALUE_BYTES_MAX};

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
    /// When this call of the guest ends: no request outlives it.
    pub deadline: Instant,
}

/// Answers the imports of one call for one connection.
#[derive(Clone)]
pub struct Broker {
    parts: Parts,
}

/// Longest wait for a request whose guest names none.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

impl Broker {
    /// A broker for one call.
    #[must_use]
    pub const fn new(parts: Parts) -> Self {
        Self { parts }
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
        let granted =
            self.granted(&request).map_err(|denied| HttpError::Denied(denied.to_string()))?;
        let reply = self
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
                idempotent: is_idempotent(request.method) || request.idempotency_key.is_some(),
            })
            .await
            .map_err(|error| http_error(&error))?;
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
        self.parts.state.get(&key).await
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
        self.parts.state.put(&key, value, if_version).await
    }

    async fn state_delete(&self, key: String) -> Result<(), StateError> {
        self.state_granted(&key)?;
        self.parts.state.delete(&key).await
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
