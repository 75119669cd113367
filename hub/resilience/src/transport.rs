//! The innermost service: one HTTP exchange by reqwest, its failure told apart by what was already sent.

use core::task::{Context, Poll};
use core::time::Duration;

use caravan_net::body::{ReadError, read_capped};
use caravan_net::client::{self, Failure};
use caravan_net::guard::GuardedResolver;
use caravan_net::{Call as _, Refused};
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tower::Service;

use crate::error::EgressError;
use crate::exchange::Exchange;
use crate::response::EgressResponse;

/// Kept back from what is left until the deadline, so that the failure is ours to name.
const RESERVE: Duration = Duration::from_millis(50);

/// How long the parts of an exchange may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) total: Duration,
}

/// Sends an [`Exchange`].
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    client: reqwest::Client,
    total: Duration,
}

impl Transport {
    /// No proxies, no redirects, no retries, no addresses but the guarded resolver's.
    pub(crate) fn new(
        resolver: GuardedResolver,
        timeouts: Timeouts,
        agent: &str,
    ) -> Result<Self, reqwest::Error> {
        let parts = client::Timeouts { connect: timeouts.connect, read: timeouts.read };
        let client = client::build(resolver, parts, agent)?;
        Ok(Self { client, total: timeouts.total })
    }

    /// The client, for what is no call of a connection.
    pub(crate) fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    async fn send(self, exchange: Exchange) -> Result<EgressResponse, EgressError> {
        let left =
            exchange.deadline().saturating_duration_since(Instant::now()).saturating_sub(RESERVE);
        if left.is_zero() {
            return Err(Refused::Deadline { sent: false }.into());
        }
        let attempts = exchange.attempt().saturating_add(1);
        let request = self
            .client
            .request(exchange.method.clone(), exchange.url.clone())
            .headers(exchange.headers.clone())
            .body(exchange.body.clone())
            .timeout(left.min(self.total));
        exchange.progress().sent();
        let response = request.send().await.map_err(|error| Failure::from(&error))?;
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let body =
            read_capped(body, exchange.reply_bytes_max).await.map_err(|error| match error {
                ReadError::TooLarge { bytes_max } => EgressError::TooLarge { bytes_max },
                ReadError::Broken(error) => Failure::from(&error).into(),
            })?;
        Ok(EgressResponse::new(parts.status, &parts.headers, body, attempts))
    }
}

impl Service<Exchange> for Transport {
    type Response = EgressResponse;
    type Error = EgressError;
    type Future = BoxFuture<'static, Result<EgressResponse, EgressError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, exchange: Exchange) -> Self::Future {
        Box::pin(self.clone().send(exchange))
    }
}
