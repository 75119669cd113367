//! The bulkhead: how many calls one connection may have out at once.
//!
//! # Why
//! One slow party must not take all sockets and memory; its own calls queue, the others' do not notice.
//!
//! # Trip conditions
//! All [`Config::calls_max`] are out and [`Config::waiting_max`] wait already, or a call waited [`Config::wait_max`].
//!
//! # Recovery
//! A call that ends or is abandoned gives its place to the longest waiting.

use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{Layer, Service, ServiceExt as _};

use crate::call::Call;
use crate::keyed::Keyed;
use crate::refused::Refused;

/// How many.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Calls of one connection that are out at once.
    pub calls_max: usize,
    /// Calls that may wait.
    pub waiting_max: usize,
    /// How long one may wait.
    pub wait_max: Duration,
    /// Connections remembered.
    pub keys_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { calls_max: 16, waiting_max: 64, wait_max: Duration::from_secs(5), keys_max: 10_000 }
    }
}

/// The places of every connection. Cheap to clone; clones share.
#[derive(Debug, Clone)]
pub struct BulkheadLayer {
    config: Config,
    compartments: Keyed<Arc<str>, Compartment>,
}

#[derive(Debug)]
struct Compartment {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// A place in a compartment; holding the compartment keeps it from being forgotten while calls are out.
struct Place {
    _permit: OwnedSemaphorePermit,
    _compartment: Arc<Compartment>,
}

/// Counts a waiting call for as long as it waits.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl BulkheadLayer {
    /// Places, all free.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, compartments: Keyed::new(config.keys_max) }
    }

    async fn enter(&self, connection: &Arc<str>) -> Result<Place, Refused> {
        let compartment = self.compartments.get_or_make(connection, || Compartment {
            places: Arc::new(Semaphore::new(self.config.calls_max)),
            waiting: AtomicUsize::new(0),
        });
        if let Ok(place) = Arc::clone(&compartment.places).try_acquire_owned() {
            return Ok(Place { _permit: place, _compartment: compartment });
        }
        let before = compartment.waiting.fetch_add(1, Ordering::AcqRel);
        let waiting = Waiting(&compartment.waiting);
        if before >= self.config.waiting_max {
            return Err(Refused::QueueFull);
        }
        let place = Arc::clone(&compartment.places).acquire_owned();
        let waited = tokio::time::timeout(self.config.wait_max, place).await;
        let place = waited.ok().and_then(Result::ok).ok_or(Refused::QueueFull)?;
        drop(waiting);
        Ok(Place { _permit: place, _compartment: compartment })
    }
}

/// The service made by [`BulkheadLayer`].
#[derive(Debug, Clone)]
pub struct Bulkhead<S> {
    inner: S,
    layer: BulkheadLayer,
}

impl<S> Layer<S> for BulkheadLayer {
    type Service = Bulkhead<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Bulkhead { inner, layer: self.clone() }
    }
}

impl<S, R> Service<R> for Bulkhead<S>
where
    R: Call,
    S: Service<R> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: From<Refused> + Send,
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
            let _place = layer.enter(&request.key().connection).await?;
            inner.oneshot(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ask, Reply, service};

    #[tokio::test(start_paused = true)]
    async fn places_and_queue_are_bounded_and_freed() {
        let (inner, _) = service(|_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(Reply::Done)
        });
        let config = Config { calls_max: 2, waiting_max: 3, ..Config::default() };
        let bulkhead = BulkheadLayer::new(config).layer(inner);
        for _ in 0..2 {
            let ten = (0..10).map(|_| bulkhead.clone().oneshot(Ask::new()));
            let results = futures_util::future::join_all(ten).await;
            assert_eq!(results.iter().filter(|one| one.is_ok()).count(), 5, "2 at once, 3 waiting");
        }
        let neighbour = Ask { key: crate::Key::new("another", "api"), ..Ask::new() };
        let (ours, theirs) = tokio::join!(
            futures_util::future::join_all((0..5).map(|_| bulkhead.clone().oneshot(Ask::new()))),
            tokio::time::timeout(Duration::from_millis(1_100), bulkhead.clone().oneshot(neighbour)),
        );
        assert!(ours.iter().all(Result::is_ok));
        theirs.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_abandoned_call_gives_its_place_back() {
        let (inner, _) = service(|ask: Ask| async move {
            if ask.idempotent { Ok(Reply::Done) } else { std::future::pending().await }
        });
        let bulkhead =
            BulkheadLayer::new(Config { calls_max: 1, ..Config::default() }).layer(inner);
        let stuck = bulkhead.clone().oneshot(Ask { idempotent: false, ..Ask::new() });
        tokio::time::timeout(Duration::from_secs(1), stuck).await.unwrap_err();
        bulkhead.oneshot(Ask::new()).await.unwrap();
    }
}
