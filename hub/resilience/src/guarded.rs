//! The egress guard as a layer: what can be judged of a URL before its name is looked up. The addresses are judged by the
//! transport's resolver, which dials nothing else.

use core::task::{Context, Poll};

use caravan_net::guard::Guard;
use futures_util::future::{Either, Ready, ready};
use tower::{Layer, Service};

use crate::error::EgressError;
use crate::exchange::Exchange;

/// Refuses URLs that the guard denies.
#[derive(Debug, Clone)]
pub(crate) struct GuardLayer {
    guard: Guard,
}

impl GuardLayer {
    pub(crate) const fn new(guard: Guard) -> Self {
        Self { guard }
    }
}

/// The service made by [`GuardLayer`].
#[derive(Debug, Clone)]
pub(crate) struct Guarded<S> {
    inner: S,
    guard: Guard,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Guarded { inner, guard: self.guard.clone() }
    }
}

impl<S> Service<Exchange> for Guarded<S>
where
    S: Service<Exchange, Error = EgressError>,
{
    type Response = S::Response;
    type Error = EgressError;
    type Future = Either<S::Future, Ready<Result<S::Response, EgressError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, exchange: Exchange) -> Self::Future {
        match self.guard.check_url(&exchange.url, exchange.allow_http) {
            Ok(()) => Either::Left(self.inner.call(exchange)),
            Err(denied) => Either::Right(ready(Err(EgressError::Destination(denied)))),
        }
    }
}
