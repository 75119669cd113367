//! Counts the processor time that a call uses on a guest thread, and stops it when its budget is spent.
//!
//! The epoch says *when* to look (an OS thread raises it every few milliseconds, so a guest that never yields is seen too); the meter
//! says *how much* was used: the thread's own processor clock, so that a machine which gives the thread's time to others stops no
//! honest guest. Waiting for the host costs nothing.
//!
//! Reading that clock is a call into the kernel, too dear for a call of a few microseconds: a poll that no tick ever saw is
//! charged by the wall clock, and by one [`TICK`] at most.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How often a running guest is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// One instance's use of its thread. Polled by one thread at a time, and read by others.
#[derive(Debug)]
pub(crate) struct Meter {
    origin: Instant,
    /// When the poll under way began, by the wall.
    entered_ns: AtomicU64,
    /// The thread's processor clock when the last tick saw this poll; 0: none did yet.
    seen_ns: AtomicU64,
    spent_ns: AtomicU64,
    limit_ns: AtomicU64,
}

impl Meter {
    pub(crate) fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            origin: Instant::now(),
            entered_ns: AtomicU64::new(0),
            seen_ns: AtomicU64::new(0),
            spent_ns: AtomicU64::new(0),
            limit_ns: AtomicU64::new(nanos(limit)),
        })
    }

    /// Time used by finished polls, and by one under way as far as a tick saw it.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed))
    }

    /// Sets the budget, counted from the instance's beginning.
    pub(crate) fn set_limit(&self, limit: Duration) {
        self.limit_ns.store(nanos(limit), Ordering::Relaxed);
    }

    /// Whether the budget is spent, asked at a tick from inside a poll, on its thread.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.charge(thread_ns());
        self.spent_ns.load(Ordering::Relaxed) >= self.limit_ns.load(Ordering::Relaxed)
    }

    /// Milliseconds since the instance was made, by the clock.
    pub(crate) fn age_ms(&self) -> i64 {
        i64::try_from(self.origin.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Charges what the poll used since it was last seen; `thread_ns` is the thread's processor clock.
    fn charge(&self, thread_ns: u64) {
        let used = match self.seen_ns.swap(thread_ns, Ordering::Relaxed) {
            0 => self.unseen_ns(),
            seen => thread_ns.saturating_sub(seen),
        };
        self.spent_ns.fetch_add(used, Ordering::Relaxed);
    }

    fn unseen_ns(&self) -> u64 {
        let wall = self.now_ns().saturating_sub(self.entered_ns.load(Ordering::Relaxed));
        wall.min(nanos(TICK))
    }

    fn enter(&self) {
        self.entered_ns.store(self.now_ns(), Ordering::Relaxed);
        self.seen_ns.store(0, Ordering::Relaxed);
    }

    fn leave(&self) {
        if self.seen_ns.load(Ordering::Relaxed) == 0 {
            self.spent_ns.fetch_add(self.unseen_ns(), Ordering::Relaxed);
        } else {
            self.charge(thread_ns());
        }
    }

    fn now_ns(&self) -> u64 {
        nanos(self.origin.elapsed())
    }
}

/// The processor time of this thread since it began; at least 1.
fn thread_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, rest) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or(0).saturating_mul(1_000_000_000).saturating_add(rest.unwrap_or(0)).max(1)
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
        self.meter.enter();
        let polled = self.future.as_mut().poll(cx);
        self.meter.leave();
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses the processor until the thread's clock has gone on by `used`.
    fn spin(used: Duration) {
        let begun = thread_ns();
        while thread_ns().saturating_sub(begun) < nanos(used) {
            core::hint::spin_loop();
        }
    }

    #[test]
    fn a_thread_that_waits_uses_nothing() {
        let meter = Meter::new(Duration::from_millis(40));
        meter.enter();
        assert!(!meter.is_exhausted());
        // The processor is with another thread meanwhile, as on a starved machine.
        std::thread::scope(|scope| {
            scope.spawn(|| spin(Duration::from_millis(60)));
        });
        assert!(!meter.is_exhausted(), "{:?}", meter.spent());
        spin(Duration::from_millis(41));
        assert!(meter.is_exhausted(), "{:?}", meter.spent());
        meter.leave();
    }

    #[test]
    fn a_poll_that_no_tick_saw_costs_a_tick_at_most() {
        let meter = Meter::new(Duration::from_millis(40));
        meter.enter();
        std::thread::scope(|scope| {
            scope.spawn(|| spin(Duration::from_millis(60)));
        });
        meter.leave();
        assert_eq!(meter.spent(), TICK);
    }
}
