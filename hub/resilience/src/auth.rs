//! The auth layer: secrets go into the frozen request here, and out of the reply.
//!
//! # Why here
//! Below retry, breaker and limits, which may keep or log a request; above the guard, so that a token request is guarded too.
//!
//! # A refused token
//! A 401 to an OAuth2 client is answered once by a new token and one more try; a second 401 is class Auth, like any 401 or 403.

use core::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret as _, SecretString};
use tower::{Layer, Service, ServiceExt as _};

use crate::error::EgressError;
use crate::exchange::Exchange;
use crate::oauth::{Tokens, basic, secret_header};
use crate::recipe::{AuthRecipe, ClientCredentials};
use crate::redact::{self, Used};
use crate::response::EgressResponse;
use crate::{placeholder, telemetry};

/// Adds credentials to what passes.
#[derive(Debug, Clone)]
pub(crate) struct AuthLayer {
    tokens: Tokens,
}

impl AuthLayer {
    pub(crate) fn new(keys_max: usize) -> Self {
        Self { tokens: Tokens::new(keys_max) }
    }
}

/// The service made by [`AuthLayer`].
#[derive(Debug, Clone)]
pub(crate) struct Auth<S> {
    inner: S,
    tokens: Tokens,
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Auth { inner, tokens: self.tokens.clone() }
    }
}

impl<S> Service<Exchange> for Auth<S>
where
    S: Service<Exchange, Response = EgressResponse, Error = EgressError> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = EgressResponse;
    type Error = EgressError;
    type Future = BoxFuture<'static, Result<EgressResponse, EgressError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, exchange: Exchange) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { this.authenticated(exchange).await })
    }
}

impl<S> Auth<S>
where
    S: Service<Exchange, Response = EgressResponse, Error = EgressError> + Clone + Send + 'static,
    S::Future: Send,
{
    async fn authenticated(self, mut exchange: Exchange) -> Result<EgressResponse, EgressError> {
        let secrets = std::sync::Arc::clone(&exchange.secrets);
        let mut used = Used::default();
        exchange.body =
            placeholder::fill(&exchange.body, &exchange.headers, &secrets.placeholders, &mut used)?;
        let filled = secrets.placeholders.iter().map(|one| &one.value);
        let long = filled.filter(|value| value.expose_secret().len() >= redact::BYTES_MIN);
        used.secrets.extend(long.cloned());
        let key = exchange.key.clone();
        let mut response = match &secrets.auth {
            Some(AuthRecipe::OAuth2(client)) => {
                self.with_token(exchange, client, &mut used.secrets).await?
            }
            recipe => {
                if let Some(recipe) = recipe {
                    inject(&mut exchange, recipe, &mut used.secrets)?;
                }
                self.inner.oneshot(exchange).await?
            }
        };
        let echoes = redact::redact(&mut response, &used);
        if echoes > 0 {
            telemetry::secret_echoed(&key, echoes);
        }
        Ok(response)
    }

    async fn with_token(
        self,
        exchange: Exchange,
        client: &ClientCredentials,
        used: &mut Vec<SecretString>,
    ) -> Result<EgressResponse, EgressError> {
        used.push(client.client_secret.clone());
        let token = self.tokens.get(self.inner.clone(), &exchange, client, None).await?;
        let first = bearing(exchange.clone(), &token.value, used)?;
        let response = self.inner.clone().oneshot(first).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let token =
            self.tokens.get(self.inner.clone(), &exchange, client, Some(token.serial)).await?;
        let mut response = self.inner.oneshot(bearing(exchange, &token.value, used)?).await?;
        response.attempts = response.attempts.saturating_add(1);
        Ok(response)
    }
}

fn bearing(
    mut exchange: Exchange,
    token: &SecretString,
    used: &mut Vec<SecretString>,
) -> Result<Exchange, EgressError> {
    used.push(token.clone());
    exchange
        .headers
        .insert(AUTHORIZATION, secret_header(&format!("Bearer {}", token.expose_secret()))?);
    Ok(exchange)
}

fn inject(
    exchange: &mut Exchange,
    recipe: &AuthRecipe,
    used: &mut Vec<SecretString>,
) -> Result<(), EgressError> {
    let (name, value) = match recipe {
        AuthRecipe::Header { name, prefix, value } => {
            used.push(value.clone());
            (name.clone(), secret_header(&format!("{prefix}{}", value.expose_secret()))?)
        }
        AuthRecipe::Basic { username, password } => {
            let header = basic(username.expose_secret(), password.expose_secret())?;
            used.push(password.clone());
            used.extend(
                header
                    .to_str()
                    .ok()
                    .and_then(|text| text.strip_prefix("Basic "))
                    .map(SecretString::from),
            );
            (AUTHORIZATION, header)
        }
        AuthRecipe::Bearer { token } => {
            used.push(token.clone());
            (AUTHORIZATION, secret_header(&format!("Bearer {}", token.expose_secret()))?)
        }
        // Fetched, not injected: see `with_token`.
        AuthRecipe::OAuth2(_) => return Ok(()),
    };
    exchange.headers.insert(name, value);
    Ok(())
}
