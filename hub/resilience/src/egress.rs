//! The way out: configuration, construction, and the one call.

use core::time::Duration;
use std::sync::Arc;

use caravan_net::breaker::BreakerLayer;
use caravan_net::guard::{self, Guard, GuardedResolver};
use caravan_net::{Key, breaker, bulkhead, rate, retry};
use tokio::time::Instant;
use tower::ServiceExt as _;
use url::Url;

use crate::error::EgressError;
use crate::exchange::Exchange;
use crate::probe::{Obstacle, Probe};
use crate::request::EgressRequest;
use crate::response::EgressResponse;
use crate::stack::{self, Stack};
use crate::telemetry;
use crate::transport::{Timeouts, Transport};

/// Every number of the stack, with defaults for production.
#[derive(Debug, Clone)]
pub struct Config {
    /// What may be dialled beyond public addresses.
    pub guard: guard::Config,
    /// Where addresses come from.
    pub resolver: Arc<dyn guard::Resolve>,
    /// Fast retries.
    pub retry: retry::Config,
    /// Circuit breakers.
    pub breaker: breaker::Config,
    /// Places per connection.
    pub bulkhead: bulkhead::Config,
    /// Rate per connection and endpoint.
    pub rate: rate::Config,
    /// TCP and TLS together.
    pub connect_timeout: Duration,
    /// Between two reads of a reply.
    pub read_timeout: Duration,
    /// One attempt, whatever the deadline.
    pub attempt_timeout: Duration,
    /// Ceiling of reply bodies in bytes.
    pub reply_bytes_max: u64,
    /// `User-Agent` of calls whose connector sets none.
    pub user_agent: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            guard: guard::Config::default(),
            resolver: Arc::new(guard::System),
            retry: retry::Config::default(),
            breaker: breaker::Config::default(),
            bulkhead: bulkhead::Config::default(),
            rate: rate::Config::default(),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(15),
            attempt_timeout: Duration::from_secs(30),
            reply_bytes_max: 8 * 1024 * 1024,
            user_agent: concat!("caravan/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The way out. Cheap to clone; clones share breakers, budgets, places, rates, tokens and sockets.
#[derive(Debug, Clone)]
pub struct Egress {
    stack: Stack,
    breaker: BreakerLayer,
    probe: Probe,
    reply_bytes_max: u64,
}

/// The HTTP client could not be made: no usable TLS roots, or no resolver.
#[derive(Debug, thiserror::Error)]
#[error("build the HTTP client")]
pub struct BuildError(#[source] reqwest::Error);

impl Egress {
    /// Builds the stack.
    ///
    /// # Errors
    /// When the system offers no usable TLS configuration.
    pub fn new(config: Config) -> Result<Self, BuildError> {
        let guard = Guard::new(config.guard.clone());
        let resolver = GuardedResolver::new(guard.clone(), Arc::clone(&config.resolver));
        let timeouts = Timeouts {
            connect: config.connect_timeout,
            read: config.read_timeout,
            total: config.attempt_timeout,
        };
        let transport =
            Transport::new(resolver, timeouts, &config.user_agent).map_err(BuildError)?;
        let probe = Probe {
            guard: guard.clone(),
            resolver: Arc::clone(&config.resolver),
            client: transport.client(),
        };
        let breaker = BreakerLayer::new(config.breaker);
        let stack = stack::build(&config, breaker.clone(), guard, transport);
        Ok(Self { stack, breaker, probe, reply_bytes_max: config.reply_bytes_max })
    }

    /// Makes a call. A response of any status is `Ok`; its `class` says what the status means.
    ///
    /// # Errors
    /// When there is no response: see [`EgressError`].
    pub async fn call(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let started = Instant::now();
        let exchange = Exchange::freeze(request, self.reply_bytes_max)?;
        let (key, method) = (exchange.key.clone(), exchange.method.clone());
        let result = self.stack.clone().oneshot(exchange).await;
        telemetry::CallEnded {
            key: &key,
            method: &method,
            result: &result,
            took: started.elapsed(),
        }
        .emit();
        result
    }

    /// How many addresses the host of `url` has; all of them may be called.
    ///
    /// # Errors
    /// The [`Obstacle`]: no such name, or an address that the guard denies.
    pub async fn look_up(
        &self,
        url: &Url,
        allow_http: bool,
        within: Duration,
    ) -> Result<usize, Obstacle> {
        self.probe.look_up(url, allow_http, within).await
    }

    /// Connects to `url` and, over https, shakes hands, with no secret; what is answered does not matter.
    ///
    /// # Errors
    /// The [`Obstacle`].
    pub async fn connect(
        &self,
        url: &Url,
        allow_http: bool,
        within: Duration,
    ) -> Result<(), Obstacle> {
        self.probe.connect(url, allow_http, within).await
    }

    /// State of a breaker, for people: `closed`, `open` or `half-open`.
    #[must_use]
    pub fn breaker_state(&self, connection: &str, endpoint: &str) -> &'static str {
        self.breaker.state(&Key::new(connection, endpoint))
    }

    /// Every breaker that was asked and is still remembered, by connection and endpoint.
    #[must_use]
    pub fn breakers(&self) -> Vec<breaker::Seen> {
        self.breaker.all()
    }
}
