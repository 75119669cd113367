//! Access tokens of OAuth2 clients (RFC 6749 §4.4): fetched once for all who wait, kept until shortly before they expire.
//!
//! # Why
//! Token endpoints are rate-limited harder than APIs, and a hundred polls that start together need one token, not a hundred.
//!
//! # Single flight
//! Tokens are kept by connection and slot, each behind a lock that is held while one call fetches. Those who waited take the
//! new token, or share the failure if the fetch failed while they waited. A caller that goes away while fetching releases
//! the lock, and the next one fetches.
//!
//! # Changed credentials
//! A token is good, and a failure shared, for the client that it was fetched as: a connection's new secret counts at once.

use core::time::Duration;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use caravan_fault::Class;
use caravan_net::{Keyed, Outcome as _};
use http::{HeaderMap, HeaderValue, Method, header};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tower::{Service, ServiceExt as _};
use url::form_urlencoded;

use crate::error::EgressError;
use crate::exchange::Exchange;
use crate::recipe::{ClientAuth, ClientCredentials};
use crate::response::EgressResponse;
use crate::telemetry;

/// A token is given up this long before it expires, or a fifth of its life when that is less.
const MARGIN: Duration = Duration::from_secs(60);
/// Life of a token whose issuer did not say.
const LIFE_DEFAULT: Duration = Duration::from_secs(300);
/// Longest life that we believe.
const LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The tokens of every connection. Cheap to clone; clones share.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    slots: Keyed<(Arc<str>, Arc<str>), Mutex<Slot>>,
}

#[derive(Debug, Default)]
struct Slot {
    client: Option<ClientCredentials>,
    token: Option<Token>,
    fetched: u64,
    failed: Option<(Instant, EgressError)>,
}

/// A token and which fetch it came from.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    pub(crate) serial: u64,
    good_until: Instant,
}

impl Tokens {
    pub(crate) fn new(keys_max: usize) -> Self {
        Self { slots: Keyed::new(keys_max) }
    }

    /// The token for `client`; `stale` is the serial of one that the party refused.
    pub(crate) async fn get<S>(
        &self,
        inner: S,
        exchange: &Exchange,
        client: &ClientCredentials,
        stale: Option<u64>,
    ) -> Result<Token, EgressError>
    where
        S: Service<Exchange, Response = EgressResponse, Error = EgressError> + Send,
        S::Future: Send,
    {
        let key = (Arc::clone(&exchange.key.connection), Arc::clone(&client.slot));
        let slot = self.slots.get_or_make(&key, Mutex::default);
        let asked = Instant::now();
        let mut slot = slot.lock().await;
        if slot.client.as_ref().is_none_or(|known| !known.is(client)) {
            let fetched = slot.fetched;
            *slot = Slot { client: Some(client.clone()), fetched, ..Slot::default() };
        }
        let usable =
            |token: &&Token| Some(token.serial) != stale && token.good_until > Instant::now();
        if let Some(token) = slot.token.as_ref().filter(usable) {
            return Ok(token.clone());
        }
        if let Some((_, error)) = slot.failed.as_ref().filter(|(at, _)| *at > asked) {
            return Err(error.clone());
        }
        match fetch(inner, exchange, client).await {
            Ok((value, life)) => {
                slot.fetched = slot.fetched.saturating_add(1);
                let keep = life.saturating_sub(MARGIN.min(life / 5));
                let good_until = Instant::now().checked_add(keep).unwrap_or(asked);
                let token = Token { value, serial: slot.fetched, good_until };
                slot.token = Some(token.clone());
                slot.failed = None;
                telemetry::token_fetched(&exchange.key);
                Ok(token)
            }
            Err(error) => {
                slot.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

async fn fetch<S>(
    inner: S,
    exchange: &Exchange,
    client: &ClientCredentials,
) -> Result<(SecretString, Duration), EgressError>
where
    S: Service<Exchange, Response = EgressResponse, Error = EgressError> + Send,
    S::Future: Send,
{
    let response = inner.oneshot(token_request(exchange, client)?).await.map_err(|error| {
        EgressError::Token {
            class: match error.failure_class() {
                // Asking for a token twice does no harm, so an unknown outcome is a plain failure.
                Class::Unknown => Class::Transient,
                class => class,
            },
            detail: error.to_string(),
            retry_after: error.retry_after(),
        }
    })?;
    let failed = |class, detail: &str| EgressError::Token {
        class,
        detail: format!("{detail} (status {})", response.status),
        retry_after: response.retry_after,
    };
    match response.class {
        None => {}
        // RFC 6749 §5.2: a refused client is a 400 or a 401.
        Some(Class::Auth | Class::Permanent) => {
            return Err(failed(Class::Auth, "the credentials were refused"));
        }
        Some(class) => return Err(failed(class, "the token endpoint failed")),
    }
    let reply: serde_json::Value = serde_json::from_slice(&response.body)
        .map_err(|_| failed(Class::Transient, "the reply is no JSON"))?;
    let token = reply
        .get("access_token")
        .and_then(serde_json::Value::as_str)
        .filter(|token| !token.is_empty());
    let Some(token) = token else {
        return Err(failed(Class::Auth, "the reply holds no access_token"));
    };
    let seconds = reply.get("expires_in").and_then(|value| {
        value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
    });
    let life = seconds.map_or(LIFE_DEFAULT, Duration::from_secs).min(LIFE_MAX);
    Ok((SecretString::from(token), life))
}

fn token_request(exchange: &Exchange, client: &ClientCredentials) -> Result<Exchange, EgressError> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if let Some(scope) = &client.scope {
        form.append_pair("scope", scope);
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let (id, secret) = (client.client_id.expose_secret(), client.client_secret.expose_secret());
    match client.client_auth {
        ClientAuth::Body => {
            form.append_pair("client_id", id).append_pair("client_secret", secret);
        }
        ClientAuth::Basic => {
            // RFC 6749 §2.3.1: both parts are form-encoded first.
            let encode =
                |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            headers.insert(header::AUTHORIZATION, basic(&encode(id), &encode(secret))?);
        }
    }
    let body = Bytes::from(form.finish());
    Ok(exchange.aside(Method::POST, client.token_url.clone(), client.allow_http, headers, body))
}

/// `Basic <base64>`, marked as a secret.
pub(crate) fn basic(username: &str, password: &str) -> Result<HeaderValue, EgressError> {
    secret_header(&format!("Basic {}", STANDARD.encode(format!("{username}:{password}"))))
}

/// A header value that nobody prints.
pub(crate) fn secret_header(value: &str) -> Result<HeaderValue, EgressError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| EgressError::Request {
        what: "the secret holds characters that no header can carry".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
