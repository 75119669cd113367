//! What the layers need to know of a request and of its result.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use caravan_fault::Class;
use tokio::time::Instant;

/// What a breaker, a budget or a limit belongs to: one endpoint of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The connection's id.
    pub connection: Arc<str>,
    /// The endpoint's name.
    pub endpoint: Arc<str>,
}

impl Key {
    /// The key of `endpoint` as called by `connection`.
    pub fn new(connection: impl Into<Arc<str>>, endpoint: impl Into<Arc<str>>) -> Self {
        Self { connection: connection.into(), endpoint: endpoint.into() }
    }
}

/// How far an attempt came. Shared between the attempt and the layers that may have to abandon it.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicBool>);

impl Progress {
    /// Notes that the request may have left this machine.
    pub fn sent(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the request may have left this machine: an abandoned attempt then has an unknown outcome.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A request, as the layers see it.
pub trait Call: Clone + Send + 'static {
    /// What its breaker, budget and limits belong to.
    fn key(&self) -> &Key;
    /// When nobody waits for the answer any more.
    fn deadline(&self) -> Instant;
    /// Whether doing it twice does no harm.
    fn is_idempotent(&self) -> bool;
    /// Attempts made before this one.
    fn attempt(&self) -> u8;
    /// Makes this the next attempt, with a progress of its own.
    fn next_attempt(&mut self);
    /// How far this attempt came.
    fn progress(&self) -> &Progress;
    /// The rate that the other side publishes, in requests a second, if it publishes one.
    fn requests_per_s(&self) -> Option<u32> {
        None
    }
}

/// A response or an error, as the layers see it.
pub trait Outcome {
    /// The failure class; none for a success.
    fn class(&self) -> Option<Class>;
    /// Not before this, when the other side said so.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
    /// Whether the other side certainly did nothing: not reached, or it said so (429, 503).
    fn had_no_effect(&self) -> bool {
        false
    }
    /// Whether we refused the call ourselves: says nothing about the other side.
    fn is_local(&self) -> bool {
        false
    }
}

impl<T: Outcome, E: Outcome> Outcome for Result<T, E> {
    fn class(&self) -> Option<Class> {
        match self {
            Ok(response) => response.class(),
            Err(error) => error.class(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Ok(response) => response.retry_after(),
            Err(error) => error.retry_after(),
        }
    }

    fn had_no_effect(&self) -> bool {
        match self {
            Ok(response) => response.had_no_effect(),
            Err(error) => error.had_no_effect(),
        }
    }

    fn is_local(&self) -> bool {
        match self {
            Ok(response) => response.is_local(),
            Err(error) => error.is_local(),
        }
    }
}
