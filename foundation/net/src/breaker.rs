//! The circuit breaker: one per connection × endpoint.
//!
//! # Why
//! A carrier that is down must not cost each caller a timeout, nor be hit harder while it recovers. Another tenant's or
//! another endpoint's calls are not affected.
//!
//! # Trip conditions
//! Five failures in a row, or at least half of at least 20 calls within 30 s. A failure is a class that
//! [`caravan_fault::Class::trips_breaker`]: transient or unknown. Refused credentials and bad requests show that the other side is
//! there; throttling and our own refusals show nothing.
//!
//! # Recovery
//! Open for 5 s, doubled at each reopening up to 5 min, with up to half of it on top. Then exactly one real call goes out as
//! probe, and the others are still refused: its success closes the breaker, its failure opens it again. A probe whose caller
//! goes away gives its token back; one that never returns loses it after [`Config::probe_timeout`], and its late
//! result counts for nothing.

use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tower::{Layer, Service, ServiceExt as _};

use crate::call::{Call, Key, Outcome};
use crate::jitter::Jitter;
use crate::keyed::Keyed;
use crate::refused::Refused;
use crate::telemetry;

mod state;

pub use state::{Machine, Moved, Token, Verdict};

/// When it opens, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Failures in a row that open it.
    pub consecutive_max: u32,
    /// Share of failures that opens it.
    pub failure_percent: usize,
    /// Calls in the window before the share counts.
    pub samples_min: usize,
    /// The window.
    pub window: Duration,
    /// First penalty.
    pub penalty: Duration,
    /// Largest penalty, before jitter.
    pub penalty_max: Duration,
    /// Jitter on top of a penalty, as a share of it.
    pub penalty_jitter: f64,
    /// When a probe that has not returned loses its token.
    pub probe_timeout: Duration,
    /// Where chance comes from.
    pub jitter: Jitter,
    /// Keys remembered.
    pub keys_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            consecutive_max: 5,
            failure_percent: 50,
            samples_min: 20,
            window: Duration::from_secs(30),
            penalty: Duration::from_secs(5),
            penalty_max: Duration::from_secs(300),
            penalty_jitter: 0.5,
            probe_timeout: Duration::from_secs(35),
            jitter: Jitter::Random,
            keys_max: 10_000,
        }
    }
}

/// A breaker, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whose calls it lets through or not.
    pub key: Key,
    /// `closed`, `open` or `half-open`.
    pub state: &'static str,
    /// How long calls are still refused.
    pub refuses_for: Duration,
}

/// Every breaker of a stack. Cheap to clone; clones share.
#[derive(Debug, Clone)]
pub struct BreakerLayer {
    config: Config,
    machines: Keyed<Key, Mutex<Machine>>,
}

impl BreakerLayer {
    /// Breakers, all closed.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, machines: Keyed::new(config.keys_max) }
    }

    /// The state of one breaker, for people: `closed`, `open` or `half-open`.
    #[must_use]
    pub fn state(&self, key: &Key) -> &'static str {
        let machine = self.machines.get_or_make(key, Mutex::default);
        machine.lock().unwrap_or_else(PoisonError::into_inner).name()
    }

    /// Every breaker that was asked since the start and is still remembered, by key.
    #[must_use]
    pub fn all(&self) -> Vec<Seen> {
        let now = Instant::now();
        let seen = |(key, machine): (Key, Arc<Mutex<Machine>>)| {
            let machine = machine.lock().unwrap_or_else(PoisonError::into_inner);
            Seen { key, state: machine.name(), refuses_for: machine.refuses_for(now) }
        };
        let mut all: Vec<Seen> = self.machines.entries().into_iter().map(seen).collect();
        all.sort_by(|one, other| {
            (&one.key.connection, &one.key.endpoint)
                .cmp(&(&other.key.connection, &other.key.endpoint))
        });
        all
    }

    fn acquire(&self, key: &Key) -> Result<Permit, Refused> {
        let machine = self.machines.get_or_make(key, Mutex::default);
        let acquired = machine
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .acquire(&self.config, Instant::now());
        let token = acquired.map_err(|retry_after| Refused::BreakerOpen { retry_after })?;
        Ok(Permit {
            config: self.config,
            key: key.clone(),
            machine,
            token,
            verdict: Verdict::Neutral,
        })
    }
}

/// A call that is out. Its verdict is recorded on drop, so an abandoned call gives its token back.
struct Permit {
    config: Config,
    key: Key,
    machine: Arc<Mutex<Machine>>,
    token: Token,
    verdict: Verdict,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let moved = self.machine.lock().unwrap_or_else(PoisonError::into_inner).record(
            &self.config,
            self.token,
            self.verdict,
            Instant::now(),
        );
        let (to, penalty_ms) = match moved {
            Moved::Not => return,
            Moved::Opened(penalty) => ("open", penalty.as_millis()),
            Moved::Closed => ("closed", 0),
        };
        telemetry::BreakerMoved { key: &self.key, to, penalty_ms }.emit();
    }
}

/// What `outcome` tells about the other side.
fn verdict(outcome: &impl Outcome) -> Verdict {
    match outcome.class() {
        _ if outcome.is_local() => Verdict::Neutral,
        Some(class) if class.trips_breaker() => Verdict::Failure,
        Some(
            caravan_fault::Class::RateLimited
            | caravan_fault::Class::Config
            | caravan_fault::Class::HostFault,
        ) => Verdict::Neutral,
        Some(_) | None => Verdict::Success,
    }
}

/// The service made by [`BreakerLayer`].
#[derive(Debug, Clone)]
pub struct Breaker<S> {
    inner: S,
    layer: BreakerLayer,
}

impl<S> Layer<S> for BreakerLayer {
    type Service = Breaker<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Breaker { inner, layer: self.clone() }
    }
}

impl<S, R> Service<R> for Breaker<S>
where
    R: Call,
    S: Service<R> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Outcome + Send,
    S::Error: Outcome + From<Refused> + Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let (inner, layer) = (self.inner.clone(), self.layer.clone());
        Box::pin(async move {
            let mut permit = layer.acquire(request.key())?;
            let result = inner.oneshot(request).await;
            permit.verdict = verdict(&result);
            result
        })
    }
}

#[cfg(test)]
mod tests;
