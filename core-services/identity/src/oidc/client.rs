//! The requests to a provider: through the egress guard, under one deadline, with capped answers, and never redirected.

use core::time::Duration;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use caravan_fault::error_chain;
use caravan_net::body::{ReadError, read_capped};
use caravan_net::client;
use caravan_net::guard::{self, Guard, GuardedResolver};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::metadata::{Metadata, Shows};
use super::refusal::{Refusal, shortened};

const CONNECT: Duration = Duration::from_secs(3);
/// From the first byte sent to the last one read: somebody waits before a browser.
const WHOLE: Duration = Duration::from_secs(10);
/// Largest answer. The largest descriptions and key sets have some ten kilobytes.
const ANSWER_BYTES_MAX: u64 = 256 << 10;

/// Asks providers.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    guard: Guard,
    /// Plain http, for test networks.
    plain: bool,
}

/// What is given for a code (§3.1.3.3).
pub(crate) struct Tokens {
    pub(crate) id: SecretString,
    pub(crate) access: Option<SecretString>,
}

/// No `Debug`: they are secrets.
#[derive(Deserialize)]
struct TokensWire {
    id_token: String,
    access_token: Option<String>,
}

/// What a code is exchanged with.
pub(crate) struct Exchange<'a> {
    pub(crate) client: &'a str,
    pub(crate) secret: &'a SecretString,
    pub(crate) code: &'a str,
    pub(crate) verifier: &'a SecretString,
    pub(crate) redirect: &'a str,
}

/// An error of the token endpoint (RFC 6749 §5.2).
#[derive(Deserialize)]
struct Said {
    error: String,
}

impl Client {
    pub(crate) fn new(config: guard::Config) -> Result<Self, reqwest::Error> {
        let plain = config.allow_test_nets;
        let guard = Guard::new(config);
        let resolver = GuardedResolver::new(guard.clone(), Arc::new(guard::System));
        let timeouts = client::Timeouts { connect: CONNECT, read: WHOLE };
        let http =
            client::build(resolver, timeouts, concat!("caravan/", env!("CARGO_PKG_VERSION")))?;
        Ok(Self { http, guard, plain })
    }

    /// Whether we may go there, as far as that can be told without a look-up.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Refusal> {
        let checked = self.guard.check_url(url, self.plain);
        checked.map_err(|denied| Refusal::Denied { why: denied.to_string() })
    }

    /// A public document of a provider.
    pub(crate) async fn get(&self, what: &'static str, url: &Url) -> Result<Bytes, Refusal> {
        self.check(url)?;
        let request = self.http.get(url.clone()).header(ACCEPT, "application/json");
        let (status, body) = self.send(what, request).await?;
        if !status.is_success() {
            return Err(Refusal::Answer { what, why: format!("HTTP {}", status.as_u16()) });
        }
        Ok(body)
    }

    /// Exchanges a code (§3.1.3.1, RFC 7636 §4.5).
    pub(crate) async fn exchange(
        &self,
        metadata: &Metadata,
        exchange: Exchange<'_>,
    ) -> Result<Tokens, Refusal> {
        const WHAT: &str = "tokens";
        self.check(&metadata.token)?;
        let mut request = self
            .http
            .post(metadata.token.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(exchange.form(metadata.shows));
        if metadata.shows == Shows::Header {
            request = request.header(AUTHORIZATION, basic(exchange.client, exchange.secret)?);
        }
        let (status, body) = self.send(WHAT, request).await?;
        if status.is_success() {
            // What cannot be read is not repeated: it may hold a token.
            let why = "it has no ID token".to_owned();
            let wire: TokensWire =
                serde_json::from_slice(&body).map_err(|_| Refusal::Answer { what: WHAT, why })?;
            let access = wire.access_token.map(SecretString::from);
            return Ok(Tokens { id: wire.id_token.into(), access });
        }
        match serde_json::from_slice::<Said>(&body) {
            Ok(said) => Err(Refusal::Said { error: shortened(&said.error) }),
            Err(_) => Err(Refusal::Answer { what: WHAT, why: format!("HTTP {}", status.as_u16()) }),
        }
    }

    async fn send(
        &self,
        what: &'static str,
        request: reqwest::RequestBuilder,
    ) -> Result<(http::StatusCode, Bytes), Refusal> {
        let response = request.timeout(WHOLE).send().await.map_err(|error| failed(what, &error))?;
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let body = read_capped(body, ANSWER_BYTES_MAX).await.map_err(|error| match error {
            ReadError::TooLarge { bytes_max } => {
                Refusal::Answer { what, why: format!("it has more than {bytes_max} bytes") }
            }
            ReadError::Broken(error) => failed(what, &error),
        })?;
        Ok((parts.status, body))
    }
}

impl Exchange<'_> {
    fn form(&self, shows: Shows) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", self.code)
            .append_pair("redirect_uri", self.redirect)
            .append_pair("code_verifier", self.verifier.expose_secret());
        if shows == Shows::Form {
            form.append_pair("client_id", self.client)
                .append_pair("client_secret", self.secret.expose_secret());
        }
        form.finish()
    }
}

/// Both are form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic(client: &str, secret: &SecretString) -> Result<HeaderValue, Refusal> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client), encoded(secret.expose_secret()));
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|_| Refusal::Denied { why: "the client's name cannot be sent".to_owned() })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a failure says of the other side, without the URL.
fn failed(what: &'static str, error: &reqwest::Error) -> Refusal {
    if let Some(denied) = guard::denied_in(error) {
        return Refusal::Denied { why: denied.to_string() };
    }
    let why = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        std::error::Error::source(error).map_or_else(|| "no cause given".to_owned(), error_chain)
    };
    Refusal::Unreachable { what, why: shortened(&why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_secrets_are_encoded_before_they_are_joined() {
        let value = basic("a:b", &"s3cret/ä".into()).unwrap();
        assert!(value.is_sensitive());
        let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
        let pair = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
        assert_eq!(pair, "a%3Ab:s3cret%2F%C3%A4");
    }

    #[tokio::test]
    async fn private_addresses_are_not_called() {
        let client = Client::new(guard::Config::default()).unwrap();
        for url in [
            "https://127.0.0.1/",
            "http://id.example/",
            "https://localhost/",
            "https://169.254.169.254/",
        ] {
            let refused = client.get("description", &Url::parse(url).unwrap()).await.unwrap_err();
            assert!(matches!(refused, Refusal::Denied { .. }), "{url}: {refused:?}");
        }
    }
}
