//! The fast retry: the one of our two retry loops that runs inside a call (the other is the durable schedule).
//!
//! # Why
//! A reset connection or a restarting upstream is usually gone a moment later, and a caller should not see it. Everything
//! longer belongs to the durable schedule. No other layer or client repeats anything: nested loops multiply.
//!
//! # Trip conditions
//! The class may be repeated (transient, rate-limited; unknown only if the call is idempotent); the call is idempotent or the
//! other side certainly did nothing; at most [`Config::retries_max`] times; the wait ends before the deadline with
//! [`Config::reserve`] left to ask again; the budget of the key has a token. Our own refusals are not repeated.
//!
//! # Recovery
//! Waits are drawn evenly from zero to the doubling backoff ("full jitter"); a `Retry-After` is a floor, with up to a tenth on
//! top. The budget lets retries be 20 % of the requests of the last 10 s, and a few a second besides, so that an endpoint
//! that is down is not hit three times as often.

use core::time::Duration;
use std::sync::Arc;

use caravan_fault::Class;
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tower::retry::Policy as TowerPolicy;
use tower::retry::budget::{Budget as _, TpsBudget};

use crate::call::{Call, Key, Outcome};
use crate::jitter::Jitter;
use crate::keyed::Keyed;
use crate::telemetry;

/// How often and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Retries after the first attempt.
    pub retries_max: u8,
    /// Largest first wait; doubles with each retry.
    pub backoff: Duration,
    /// Largest wait.
    pub backoff_max: Duration,
    /// Time that must be left after the wait.
    pub reserve: Duration,
    /// Retries allowed as a share of requests, 0 to 1.
    pub budget_share: f32,
    /// Retries a second allowed besides.
    pub budget_floor_per_s: u32,
    /// Where chance comes from.
    pub jitter: Jitter,
    /// Keys remembered.
    pub keys_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retries_max: 2,
            backoff: Duration::from_millis(200),
            backoff_max: Duration::from_secs(5),
            reserve: Duration::from_millis(50),
            budget_share: 0.2,
            budget_floor_per_s: 3,
            jitter: Jitter::Random,
            keys_max: 10_000,
        }
    }
}

/// The policy for [`tower::retry::RetryLayer`].
#[derive(Debug, Clone)]
pub struct Policy {
    config: Config,
    budgets: Keyed<Key, TpsBudget>,
}

impl Policy {
    /// A policy with budgets of its own.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let share = config.budget_share.clamp(0.0, 1.0);
        let config = Config { budget_share: share, ..config };
        Self { config, budgets: Keyed::new(config.keys_max) }
    }

    fn budget(&self, key: &Key) -> Arc<TpsBudget> {
        let Config { budget_floor_per_s, budget_share, .. } = self.config;
        self.budgets.get_or_make(key, || {
            TpsBudget::new(Duration::from_secs(10), budget_floor_per_s.min(1_000), budget_share)
        })
    }
}

/// The wait before retry number `retry` (0 is the first): full jitter under a doubling cap, not below `floor`.
#[must_use]
pub fn wait(config: &Config, retry: u8, floor: Option<Duration>) -> Duration {
    let factor = 2_u32.saturating_pow(u32::from(retry));
    let cap = config.backoff.saturating_mul(factor).min(config.backoff_max);
    let drawn = config.jitter.up_to(cap);
    floor.map_or(drawn, |floor| drawn.max(config.jitter.above(floor, 0.1)))
}

/// Whether a result of this kind may be repeated at all.
fn may_repeat<R: Call>(request: &R, outcome: &impl Outcome) -> Option<Class> {
    let class = outcome.class().filter(|_| !outcome.is_local())?;
    let allowed = match class {
        Class::Transient | Class::RateLimited => request.is_idempotent() || outcome.had_no_effect(),
        Class::Unknown => request.is_idempotent(),
        Class::Auth | Class::Permanent | Class::Poison | Class::Config | Class::HostFault => false,
    };
    allowed.then_some(class)
}

impl<R, T, E> TowerPolicy<R, T, E> for Policy
where
    R: Call,
    T: Outcome,
    E: Outcome,
{
    type Future = BoxFuture<'static, ()>;

    fn retry(&mut self, request: &mut R, result: &mut Result<T, E>) -> Option<Self::Future> {
        let budget = self.budget(request.key());
        if request.attempt() == 0 {
            budget.deposit();
        }
        let class = may_repeat(request, result)?;
        if request.attempt() >= self.config.retries_max {
            return None;
        }
        let wait = wait(&self.config, request.attempt(), result.retry_after());
        let again_at = Instant::now().checked_add(wait)?;
        if again_at.checked_add(self.config.reserve)? >= request.deadline() {
            return None;
        }
        if !budget.withdraw() {
            telemetry::budget_empty(request.key());
            return None;
        }
        let key = request.key();
        telemetry::AttemptRepeated { key, class: class.as_str(), wait_ms: wait.as_millis() }.emit();
        request.next_attempt();
        Some(Box::pin(tokio::time::sleep_until(again_at)))
    }

    fn clone_request(&mut self, request: &R) -> Option<R> {
        Some(request.clone())
    }
}

#[cfg(test)]
mod tests;
