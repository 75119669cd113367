//! The rate limit: not more requests than the other side publishes that it takes.
//!
//! # Why
//! A party that throttles us may also block us. Staying below its rate is cheaper than being told, and what it tells us
//! (429 with `Retry-After`) holds for every later call, not only for the one that was told.
//!
//! # Trip conditions
//! The bucket of the key (GCRA, one second's burst) is empty: the call waits its turn when that comes before its deadline and
//! within [`Config::wait_max`], else it is refused with the time. A `Retry-After` closes the key until then.
//!
//! # Recovery
//! The bucket fills with time.

use core::num::NonZeroU32;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use caravan_fault::Class;
use futures_util::future::BoxFuture;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;
use tower::{Layer, Service, ServiceExt as _};

use crate::call::{Call, Key, Outcome};
use crate::keyed::Keyed;
use crate::refused::Refused;

/// How many.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Requests a second of a key for which the call names none.
    pub requests_per_s: NonZeroU32,
    /// Longest wait for a turn.
    pub wait_max: Duration,
    /// Keys remembered.
    pub keys_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            requests_per_s: NonZeroU32::MIN.saturating_add(49),
            wait_max: Duration::from_secs(5),
            keys_max: 10_000,
        }
    }
}

/// Governor's clock on tokio's time, so that a paused test pauses this too.
#[derive(Debug, Clone, Copy)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.start.elapsed())
    }
}

#[derive(Debug)]
struct Bucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    clock: TokioClock,
    /// Until when the other side told us to stay away.
    closed_until: Mutex<Option<Instant>>,
}

impl Bucket {
    fn new(requests_per_s: NonZeroU32) -> Self {
        let clock = TokioClock { start: Instant::now() };
        let limiter = RateLimiter::direct_with_clock(Quota::per_second(requests_per_s), clock);
        Self { limiter, clock, closed_until: Mutex::new(None) }
    }

    /// How long until the next call may go; takes a token when that is now.
    fn take(&self) -> Result<(), Duration> {
        let now = Instant::now();
        let closed = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = closed.filter(|until| *until > now) {
            return Err(until.duration_since(now));
        }
        self.limiter.check().map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    fn close_for(&self, wait: Duration) {
        let until = Instant::now().checked_add(wait);
        let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = (*closed).max(until);
    }
}

/// The buckets of every key. Cheap to clone; clones share.
#[derive(Debug, Clone)]
pub struct RateLayer {
    config: Config,
    buckets: Keyed<Key, Bucket>,
}

impl RateLayer {
    /// Buckets, all full.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, buckets: Keyed::new(config.keys_max) }
    }
}

async fn turn(bucket: &Bucket, deadline: Instant, wait_max: Duration) -> Result<(), Refused> {
    let last = Instant::now().checked_add(wait_max).map_or(deadline, |at| at.min(deadline));
    while let Err(wait) = bucket.take() {
        let at = Instant::now().checked_add(wait).filter(|at| *at < last);
        let Some(at) = at else { return Err(Refused::RateLimited { retry_after: wait }) };
        tokio::time::sleep_until(at).await;
    }
    Ok(())
}

/// The service made by [`RateLayer`].
#[derive(Debug, Clone)]
pub struct Rate<S> {
    inner: S,
    layer: RateLayer,
}

impl<S> Layer<S> for RateLayer {
    type Service = Rate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Rate { inner, layer: self.clone() }
    }
}

impl<S, R> Service<R> for Rate<S>
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
            let per_s = request.requests_per_s().and_then(NonZeroU32::new);
            let per_s = per_s.unwrap_or(layer.config.requests_per_s);
            let bucket = layer.buckets.get_or_make(request.key(), || Bucket::new(per_s));
            turn(&bucket, request.deadline(), layer.config.wait_max).await?;
            let result = inner.oneshot(request).await;
            if result.class() == Some(Class::RateLimited)
                && let Some(wait) = result.retry_after()
            {
                bucket.close_for(wait);
            }
            result
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ask, Reply, service};
    use std::sync::atomic::Ordering;

    #[tokio::test(start_paused = true)]
    async fn calls_wait_their_turn_or_are_told_when_it_comes() {
        let (inner, calls) = service(|_| async { Ok(Reply::Done) });
        let rate = RateLayer::new(Config { wait_max: Duration::from_secs(1), ..Config::default() })
            .layer(inner);
        let start = Instant::now();
        let ask = || Ask { requests_per_s: Some(10), ..Ask::new() };
        let thirty = (0..30).map(|_| rate.clone().oneshot(ask()));
        let results = futures_util::future::join_all(thirty).await;
        let passed = results.iter().filter(|one| one.is_ok()).count();
        assert_eq!(calls.load(Ordering::SeqCst), passed);
        assert!((19..=21).contains(&passed), "a burst of 10 and 10 in the next second: {passed}");
        assert!(start.elapsed() <= Duration::from_millis(1_010));
        assert!(
            results.contains(&Err(Reply::Refused(Refused::RateLimited {
                retry_after: Duration::from_millis(100)
            }))) || passed > 0
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_after_closes_the_key_for_everybody() {
        let (inner, calls) = service(|_| async {
            let retry_after = Some(Duration::from_secs(20));
            Err(Reply::Failed { class: Class::RateLimited, retry_after, no_effect: true })
        });
        let rate = RateLayer::new(Config::default()).layer(inner);
        rate.clone().oneshot(Ask::new()).await.unwrap_err();
        let refused = rate.clone().oneshot(Ask::new()).await.unwrap_err();
        assert_eq!(
            refused,
            Reply::Refused(Refused::RateLimited { retry_after: Duration::from_secs(20) })
        );
        tokio::time::advance(Duration::from_secs(20)).await;
        rate.oneshot(Ask::new()).await.unwrap_err();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
