//! The innermost service: one HTTP exchange by reqwest, its failure told apart by what was already sent.

use core::task::{Context, Poll};
use core::time::Duration;

use caravan_fault::error_chain;
use caravan_net::body::{ReadError, read_capped};
use caravan_net::guard::{self, GuardedResolver};
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
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .dns_resolver(resolver)
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .pool_max_idle_per_host(8)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(agent)
            .build()?;
        Ok(Self { client, total: timeouts.total })
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
        let response = request.send().await.map_err(|error| classified(&error))?;
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let body =
            read_capped(body, exchange.reply_bytes_max).await.map_err(|error| match error {
                ReadError::TooLarge { bytes_max } => EgressError::TooLarge { bytes_max },
                ReadError::Broken(error) => classified(&error),
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

/// What a reqwest error says of the other side. The URL is taken out: its query may hold references of a tenant.
fn classified(error: &reqwest::Error) -> EgressError {
    if let Some(denied) = guard::denied_in(error) {
        return EgressError::Destination(denied.clone());
    }
    let detail =
        std::error::Error::source(error).map_or_else(|| "no cause given".to_owned(), error_chain);
    if error.is_connect() {
        EgressError::Unreachable { detail }
    } else if error.is_timeout() {
        EgressError::Timeout
    } else if error.is_builder() {
        EgressError::Request { what: detail }
    } else {
        EgressError::Broken { detail }
    }
}
