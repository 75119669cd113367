//! Rate limits by GCRA (governor), with a bounded number of keys: an attacker chooses addresses, so the map must not grow.

use core::hash::Hash;
use core::num::NonZeroU32;
use core::time::Duration;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::Caller;
use caravan_web::Problem;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// Most keys of one limiter; idle ones are dropped first.
const KEYS_MAX: usize = 100_000;

type Inner<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// A limit of so many requests a second per key.
pub(crate) struct Limit<K: Clone + Hash + Eq> {
    inner: Arc<Inner<K>>,
    per_second: NonZeroU32,
}

impl<K: Clone + Hash + Eq> Clone for Limit<K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), per_second: self.per_second }
    }
}

impl<K: Clone + Hash + Eq> Limit<K> {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        let quota = Quota::per_second(per_second);
        let inner = RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>();
        Self { inner: Arc::new(inner), per_second }
    }

    /// Remaining burst, or how long to wait.
    fn check(&self, key: &K) -> Result<u32, Duration> {
        if self.inner.len() > KEYS_MAX {
            self.inner.retain_recent();
        }
        match self.inner.check_key(key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(not_until) => Err(not_until.wait_time_from(DefaultClock::default().now())),
        }
    }

    async fn pass(&self, key: &K, request: Request, next: Next) -> Response {
        match self.check(key) {
            Ok(remaining) => {
                let mut response = next.run(request).await;
                let headers = response.headers_mut();
                // An inner limit, the tenant's, has spoken already: it is the one that the caller can act on.
                if !headers.contains_key("ratelimit-limit") {
                    headers.insert("ratelimit-limit", HeaderValue::from(self.per_second.get()));
                    headers.insert("ratelimit-remaining", HeaderValue::from(remaining));
                }
                response
            }
            Err(wait) => {
                metrics::counter!("caravan_http_rate_limited_total").increment(1);
                let detail =
                    format!("more than {} requests a second; wait and try again", self.per_second);
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", detail)
                    .retry_after(wait)
                    .into_response()
            }
        }
    }
}

/// Limits by the peer's address, for everything, before any key is looked up.
pub(crate) async fn by_address(
    State(limit): State<Limit<IpAddr>>,
    request: Request,
    next: Next,
) -> Response {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    match address {
        // An IPv6 host owns a /64, so that is the key.
        Some(address) => limit.pass(&network(address), request, next).await,
        None => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "no-peer",
            "the connection has no peer address",
        )
        .into_response(),
    }
}

/// Limits by tenant, after the key is known.
pub(crate) async fn by_tenant(
    State(limit): State<Limit<caravan_model::TenantId>>,
    request: Request,
    next: Next,
) -> Response {
    match request.extensions().get::<Caller>().map(|caller| caller.tenant) {
        Some(tenant) => limit.pass(&tenant, request, next).await,
        None => next.run(request).await,
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_the_next_is_told_to_wait() {
        let limit = Limit::<u8>::new(NonZeroU32::new(3).unwrap());
        assert_eq!([limit.check(&1), limit.check(&1), limit.check(&1)], [Ok(2), Ok(1), Ok(0)]);
        let wait = limit.check(&1).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(limit.check(&2), Ok(2), "another key has its own quota");
    }

    #[test]
    fn one_ipv6_network_is_one_key() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
    }
}
