//! Rate limits by GCRA (governor), with a bounded number of keys: an attacker chooses addresses, so the map must not grow.

mod keys;

use core::hash::Hash;
use core::num::NonZeroU32;
use core::ops::ControlFlow;
use core::time::Duration;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use caravan_model::TenantId;
use caravan_tenancy::Caller;
use caravan_web::Problem;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};

use self::keys::Bounded;
use crate::around::Around;

/// The most keys of a limit. With so many the idle ones are dropped, looked at once a second: who is idle for a second is as good as
/// new, so what stays is what asked within the last one.
const KEYS_MAX: usize = 100_000;
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");

type Inner<K> = RateLimiter<K, Bounded<K>, DefaultClock, StateInformationMiddleware>;

/// A limit of so many requests a second per key.
pub(crate) struct Limit<K: Clone + Hash + Eq> {
    inner: Arc<Inner<K>>,
    per_second: NonZeroU32,
    keys_max: usize,
    swept: Arc<Swept>,
}

/// When the keys were last counted, in seconds from the start.
struct Swept {
    start: Instant,
    at: AtomicU64,
}

impl Swept {
    /// Whether it is time to do so again; true for one caller of a second only.
    fn is_due(&self) -> bool {
        let now = self.start.elapsed().as_secs();
        let at = self.at.load(Ordering::Relaxed);
        at < now && self.at.compare_exchange(at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl<K: Clone + Hash + Eq> Clone for Limit<K> {
    fn clone(&self) -> Self {
        let (inner, swept) = (Arc::clone(&self.inner), Arc::clone(&self.swept));
        let Self { per_second, keys_max, .. } = *self;
        Self { inner, per_second, keys_max, swept }
    }
}

impl<K: Clone + Hash + Eq> Limit<K> {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        Self::of_keys(per_second, KEYS_MAX)
    }

    fn of_keys(per_second: NonZeroU32, keys_max: usize) -> Self {
        let (quota, clock) = (Quota::per_second(per_second), DefaultClock::default());
        let inner: Inner<K> = RateLimiter::new(quota, Bounded::new(keys_max), clock);
        let swept = Swept { start: Instant::now(), at: AtomicU64::new(0) };
        Self { inner: Arc::new(inner), per_second, keys_max, swept: Arc::new(swept) }
    }

    /// Remaining burst, or how long to wait.
    fn check(&self, key: &K) -> Result<u32, Duration> {
        if self.inner.len() >= self.keys_max && self.swept.is_due() {
            self.inner.retain_recent();
        }
        match self.inner.check_key(key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(not_until) => Err(not_until.wait_time_from(DefaultClock::default().now())),
        }
    }

    /// Lets a request of `key` pass, or answers it; `who` says what the key is.
    fn enter(&self, key: &K, who: &'static str) -> ControlFlow<Response, Held> {
        let wait = match self.check(key) {
            Ok(remaining) => return ControlFlow::Continue(Some((self.per_second, remaining))),
            Err(wait) => wait,
        };
        metrics::counter!("caravan_http_rate_limited_total", "who" => who).increment(1);
        let most = self.per_second;
        let detail = format!("more than {most} requests a second of one {who}; wait and try again");
        let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", detail)
            .retry_after(wait)
            .into_response();
        response.headers_mut().insert(LIMIT, HeaderValue::from(most.get()));
        response.headers_mut().insert(REMAINING, HeaderValue::from(0));
        ControlFlow::Break(response)
    }
}

/// The limit that held, and what is left of its burst; none where nobody was held to one.
type Held = Option<(NonZeroU32, u32)>;

/// Several limits hold; the caller is told of the one that it is nearest to.
fn tell(held: Held, response: &mut Response) {
    let Some((per_second, remaining)) = held else { return };
    let headers = response.headers_mut();
    let told = headers.get(&REMAINING).and_then(|value| value.to_str().ok()?.parse().ok());
    if told.is_none_or(|told: u32| remaining < told) {
        headers.insert(LIMIT, HeaderValue::from(per_second.get()));
        headers.insert(REMAINING, HeaderValue::from(remaining));
    }
}

/// Which requests count against an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// All, before any key is looked up.
    Everybody,
    /// Attempts to sign in, besides what identity does by account: each costs us a hash.
    Login,
    /// What anybody may ask: it asks the database, and there is no key to hold it to.
    Visitor,
}

/// Limits by the peer's address.
pub(crate) struct ByAddress(pub(crate) Limit<IpAddr>, pub(crate) Of);

impl Around for ByAddress {
    type Held = Held;

    fn before(&self, request: &mut Request) -> ControlFlow<Response, Held> {
        let who = match self.1 {
            Of::Everybody => "address",
            Of::Login if *request.method() != Method::POST => return ControlFlow::Continue(None),
            Of::Login => "address that signs in",
            Of::Visitor => "visitor's address",
        };
        let Some(address) = peer(request) else {
            let detail = "the connection has no peer address";
            let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no-peer", detail);
            return ControlFlow::Break(problem.into_response());
        };
        self.0.enter(&address, who)
    }

    fn after(&self, held: Held, response: &mut Response) {
        tell(held, response);
    }
}

/// Limits by tenant, after the key is known.
pub(crate) struct ByTenant(pub(crate) Limit<TenantId>);

impl Around for ByTenant {
    type Held = Held;

    fn before(&self, request: &mut Request) -> ControlFlow<Response, Held> {
        match request.extensions().get::<Caller>() {
            Some(caller) => self.0.enter(&caller.tenant, "tenant"),
            None => ControlFlow::Continue(None),
        }
    }

    fn after(&self, held: Held, response: &mut Response) {
        tell(held, response);
    }
}

/// What one key or user may ask a second, by what it costs us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerKey {
    /// GET and HEAD.
    pub reads: NonZeroU32,
    /// Every other method.
    pub writes: NonZeroU32,
    /// Writes of routes that are [`Heavy`](crate::Class::Heavy).
    pub heavy: NonZeroU32,
}

/// The limits by key and class.
#[derive(Clone)]
pub(crate) struct Keys {
    reads: Limit<(TenantId, String)>,
    writes: Limit<(TenantId, String)>,
    heavy: Limit<(TenantId, String)>,
}

impl Keys {
    pub(crate) fn new(per_key: PerKey) -> Self {
        Self {
            reads: Limit::new(per_key.reads),
            writes: Limit::new(per_key.writes),
            heavy: Limit::new(per_key.heavy),
        }
    }
}

/// Limits by key or user, so that one runaway program does not use up its tenant's share.
pub(crate) struct ByKey {
    pub(crate) keys: Keys,
    /// Whether the routes' writes are.
    pub(crate) heavy: bool,
}

impl Around for ByKey {
    type Held = Held;

    fn before(&self, request: &mut Request) -> ControlFlow<Response, Held> {
        let Some(caller) = request.extensions().get::<Caller>() else {
            return ControlFlow::Continue(None);
        };
        // A user of two tenants has a quota in each.
        let key = (caller.tenant, caller.principal.clone());
        let limit = match *request.method() {
            Method::GET | Method::HEAD => &self.keys.reads,
            _ if self.heavy => &self.keys.heavy,
            _ => &self.keys.writes,
        };
        limit.enter(&key, "key")
    }

    fn after(&self, held: Held, response: &mut Response) {
        tell(held, response);
    }
}

/// Who is at the other end. An IPv6 host owns a /64, so that is the key.
fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| network(info.0.ip()))
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
    fn there_are_so_many_keys_and_no_more() {
        let limit = Limit::<u32>::of_keys(NonZeroU32::new(2).unwrap(), 100);
        for key in 0..100 {
            assert_eq!(limit.check(&key), Ok(1), "{key} has a quota of its own");
        }
        // Who comes now shares one.
        assert_eq!([limit.check(&100), limit.check(&101)], [Ok(1), Ok(0)]);
        for key in 102..200 {
            assert!(limit.check(&key).is_err(), "{key}");
        }
        assert_eq!(limit.inner.len(), 100);
        assert_eq!(limit.check(&7), Ok(0), "who is known keeps his own");
    }

    #[test]
    fn a_sweep_frees_the_places_of_idle_keys() {
        // So many a second are as good as new at once.
        let limit = Limit::<u32>::of_keys(NonZeroU32::new(1_000_000_000).unwrap(), 10);
        for key in 0..20 {
            assert!(limit.check(&key).is_ok(), "{key}");
        }
        assert_eq!(limit.inner.len(), 10);
        let limit =
            Limit { swept: Arc::new(Swept { start: long_ago(), at: AtomicU64::new(0) }), ..limit };
        assert!(limit.check(&20).is_ok());
        assert!(limit.inner.len() < 10, "{} keys", limit.inner.len());
    }

    fn long_ago() -> Instant {
        Instant::now().checked_sub(Duration::from_secs(5)).unwrap()
    }

    #[test]
    fn idle_keys_are_dropped_by_one_caller_a_second() {
        let swept = Swept { start: long_ago(), at: AtomicU64::new(0) };
        assert!(swept.is_due());
        assert!(!swept.is_due(), "the same second");
    }

    #[test]
    fn one_ipv6_network_is_one_key() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
    }
}
