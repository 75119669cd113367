//! The egress guard as a layer: what can be judged of a URL before its name is looked up. The addresses are judged by the
//! client's resolver, which dials nothing else.

use core::task::{Context, Poll};

use futures_util::future::{Either, Ready, ready};
use tower::{Layer, Service};
use url::Url;

use super::{Denied, Guard};

/// A request that says where it goes.
pub trait Destination {
    /// Where to.
    fn url(&self) -> &Url;
    /// Whether plain http is allowed there: demos and test networks.
    fn allow_http(&self) -> bool;
}

/// Refuses URLs that the guard denies.
#[derive(Debug, Clone)]
pub struct GuardLayer {
    guard: Guard,
}

impl GuardLayer {
    /// A layer that asks `guard`.
    #[must_use]
    pub const fn new(guard: Guard) -> Self {
        Self { guard }
    }
}

/// The service made by [`GuardLayer`].
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    inner: S,
    guard: Guard,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Guarded { inner, guard: self.guard.clone() }
    }
}

impl<S, R> Service<R> for Guarded<S>
where
    R: Destination,
    S: Service<R>,
    S::Error: From<Denied>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<S::Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self.guard.check_url(request.url(), request.allow_http()) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(denied) => Either::Right(ready(Err(denied.into()))),
        }
    }
}
