//! Counts the time that a call spends on a guest thread, and stops it when its budget is spent.
//!
//! The epoch says *when* to look (an OS thread raises it every few milliseconds, so a guest that never yields is seen too); the meter
//! says *how much* was used: the sum of its polls by the clock. Waiting for the host costs nothing. Time that the operating system
//! gives to others while a guest is being polled does count, so budgets are generous.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// One instance's use of its thread.
#[derive(Debug)]
pub(crate) struct Meter {
    origin: Instant,
    entered_ns: AtomicU64,
    spent_ns: AtomicU64,
    limit_ns: AtomicU64,
}

impl Meter {
    pub(crate) fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            origin: Instant::now(),
            entered_ns: AtomicU64::new(0),
            spent_ns: AtomicU64::new(0),
            limit_ns: AtomicU64::new(nanos(limit)),
        })
    }

    /// Time used by finished polls.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed))
    }

    /// Sets the budget, counted from the instance's beginning.
    pub(crate) fn set_limit(&self, limit: Duration) {
        self.limit_ns.store(nanos(limit), Ordering::Relaxed);
    }

    /// Whether the budget is spent, asked from inside a poll.
    pub(crate) fn is_exhausted(&self) -> bool {
        let running = self.now_ns().saturating_sub(self.entered_ns.load(Ordering::Relaxed));
        self.spent_ns.load(Ordering::Relaxed).saturating_add(running)
            >= self.limit_ns.load(Ordering::Relaxed)
    }

    /// Milliseconds since the instance was made, by the clock.
    pub(crate) fn age_ms(&self) -> i64 {
        i64::try_from(self.origin.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn now_ns(&self) -> u64 {
        nanos(self.origin.elapsed())
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A future whose polls are charged to a meter.
#[derive(Debug)]
pub(crate) struct Metered<F> {
    meter: Arc<Meter>,
    future: F,
}

impl<F> Metered<Pin<Box<F>>> {
    pub(crate) fn new(meter: Arc<Meter>, future: F) -> Self {
        Self { meter, future: Box::pin(future) }
    }
}

impl<F: Future> Future for Metered<Pin<Box<F>>> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let entered = self.meter.now_ns();
        self.meter.entered_ns.store(entered, Ordering::Relaxed);
        let polled = self.future.as_mut().poll(cx);
        let used = self.meter.now_ns().saturating_sub(entered);
        self.meter.spent_ns.fetch_add(used, Ordering::Relaxed);
        polled
    }
}
