//! How many requests are answered, how fast, and how many fail: the last minute by route, the last hour in minutes.
//!
//! # Why beside the metrics
//! Prometheus keeps the history of an installation that has one. Who looks at a page of ours must see a spike without it, and the
//! counters at `/metrics` only grow. So one process remembers an hour of itself, in a bounded number of sketches.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use sketches_ddsketch::{Config, DDSketch};

/// Length of a slot of the last minute, in seconds.
const SLOT_S: u64 = 10;
/// Full slots that are the last minute; the slot under way is counted with them.
const SLOTS: u64 = 6;
/// Minutes that are remembered, the one under way among them.
const MINUTES: u64 = 60;

/// One figure of several answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Requests a minute.
    pub requests_per_min: f64,
    /// Share of answers that refuse (4xx), from 0 to 1.
    pub refused: f64,
    /// Share of answers that are failures of ours (5xx), from 0 to 1.
    pub failed: f64,
    /// Nineteen of twenty answers were there within this; none without an answer.
    pub p95: Option<Duration>,
}

/// One minute of the last hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minute {
    /// When it began.
    pub at: SystemTime,
    /// Answers.
    pub requests: u64,
    /// Those that refuse (4xx).
    pub refused: u64,
    /// Those that are failures of ours (5xx).
    pub failed: u64,
    /// Nineteen of twenty were there within this; none without an answer.
    pub p95: Option<Duration>,
}

/// The last minute and the last hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// All answers of the last minute.
    pub all: Figures,
    /// The last minute by role.
    pub roles: Vec<(&'static str, Figures)>,
    /// The last minute by role and route; routes without a request in it are left out.
    pub routes: Vec<(&'static str, &'static str, Figures)>,
    /// The last hour, oldest first; minutes without a request are there too.
    pub minutes: Vec<Minute>,
}

/// What a process answers. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Traffic {
    inner: Arc<Inner>,
}

struct Inner {
    begun: Instant,
    begun_at: SystemTime,
    book: Mutex<Book>,
}

impl core::fmt::Debug for Traffic {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Traffic").finish_non_exhaustive()
    }
}

impl Default for Traffic {
    fn default() -> Self {
        let (begun, begun_at) = (Instant::now(), SystemTime::now());
        Self { inner: Arc::new(Inner { begun, begun_at, book: Mutex::default() }) }
    }
}

impl Traffic {
    /// Notes an answer of `route`, which is one of a fixed set and belongs to `role`.
    pub fn record(&self, role: &'static str, route: &'static str, status: u16, took: Duration) {
        let now = self.inner.begun.elapsed();
        let mut book = self.inner.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.record(now, (role, route), status, took);
    }

    /// What was answered up to now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let now = self.inner.begun.elapsed();
        let mut book = self.inner.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.seen(now, self.inner.begun_at)
    }
}

#[derive(Default)]
struct Book {
    routes: BTreeMap<(&'static str, &'static str), Line>,
    hour: Line,
}

/// Tallies by the number of their slot, oldest first.
#[derive(Default)]
struct Line(VecDeque<(u64, Tally)>);

#[derive(Clone)]
struct Tally {
    requests: u64,
    refused: u64,
    failed: u64,
    seconds: DDSketch,
}

impl Default for Tally {
    fn default() -> Self {
        // Within 2 % from ten microseconds up, in at most 4 KiB.
        let seconds = DDSketch::new(Config::new(0.02, 512, 1e-5));
        Self { requests: 0, refused: 0, failed: 0, seconds }
    }
}

impl Book {
    fn record(
        &mut self,
        now: Duration,
        route: (&'static str, &'static str),
        status: u16,
        took: Duration,
    ) {
        self.routes.entry(route).or_default().at(now.as_secs() / SLOT_S, SLOTS + 1, status, took);
        self.hour.at(now.as_secs() / 60, MINUTES, status, took);
    }

    fn seen(&mut self, now: Duration, begun_at: SystemTime) -> Seen {
        let slot = now.as_secs() / SLOT_S;
        let first = slot.saturating_sub(SLOTS);
        let covered = now.saturating_sub(Duration::from_secs(first * SLOT_S));
        let (mut all, mut roles, mut routes) = (Tally::default(), BTreeMap::new(), Vec::new());
        for ((role, route), line) in &mut self.routes {
            line.forget_before(first);
            let tally = line.sum();
            if tally.requests > 0 {
                all.add(&tally);
                roles.entry(*role).or_insert_with(Tally::default).add(&tally);
                routes.push((*role, *route, tally.figures(covered)));
            }
        }
        let roles = roles.into_iter().map(|(role, tally)| (role, tally.figures(covered))).collect();
        Seen { all: all.figures(covered), roles, routes, minutes: self.minutes(now, begun_at) }
    }

    fn minutes(&mut self, now: Duration, begun_at: SystemTime) -> Vec<Minute> {
        let last = now.as_secs() / 60;
        let first = last.saturating_sub(MINUTES - 1);
        self.hour.forget_before(first);
        let empty = Tally::default();
        let minute = |number| {
            let tally = self.hour.0.iter().find(|(of, _)| *of == number);
            let tally = tally.map_or(&empty, |(_, tally)| tally);
            Minute {
                at: begun_at + Duration::from_secs(number * 60),
                requests: tally.requests,
                refused: tally.refused,
                failed: tally.failed,
                p95: tally.p95(),
            }
        };
        (first..=last).map(minute).collect()
    }
}

impl Line {
    fn at(&mut self, number: u64, most: u64, status: u16, took: Duration) {
        // Clocks of threads may differ by a hair at the border of two slots: what is late counts for the newest.
        if self.0.back().is_none_or(|(of, _)| *of < number) {
            self.forget_before((number + 1).saturating_sub(most));
            self.0.push_back((number, Tally::default()));
        }
        if let Some((_, tally)) = self.0.back_mut() {
            tally.requests += 1;
            tally.refused += u64::from((400..500).contains(&status));
            tally.failed += u64::from(status >= 500);
            tally.seconds.add(took.as_secs_f64());
        }
    }

    fn forget_before(&mut self, number: u64) {
        while self.0.front().is_some_and(|(of, _)| *of < number) {
            self.0.pop_front();
        }
    }

    fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        self.0.iter().for_each(|(_, tally)| sum.add(tally));
        sum
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.refused += other.refused;
        self.failed += other.failed;
        if self.seconds.merge(&other.seconds).is_err() {
            tracing::error!("Two sketches of one shape cannot be added.");
        }
    }

    fn figures(&self, covered: Duration) -> Figures {
        let requests = float(self.requests);
        let share = |part| if self.requests == 0 { 0.0 } else { float(part) / requests };
        // A process that has just begun has not had a second yet.
        let minutes = covered.as_secs_f64().max(1.0) / 60.0;
        Figures {
            requests_per_min: requests / minutes,
            refused: share(self.refused),
            failed: share(self.failed),
            p95: self.p95(),
        }
    }

    fn p95(&self) -> Option<Duration> {
        let seconds = self.seconds.quantile(0.95).ok().flatten()?;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

fn float(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);
    const ORDERS: (&str, &str) = ("order", "/v1/orders");

    fn at(seconds: u32) -> Duration {
        S * seconds
    }

    #[test]
    fn the_last_minute_is_told_by_role_and_route() {
        let mut book = Book::default();
        for second in 0..60 {
            book.record(at(second), ORDERS, 200, 10 * MS);
            book.record(at(second), ("hub", "/hooks"), if second < 6 { 503 } else { 404 }, MS);
        }
        book.record(at(59), ("order", "/v1/orders/imports"), 200, 4 * S);
        let seen = book.seen(at(60), SystemTime::UNIX_EPOCH);
        assert!((seen.all.requests_per_min - 121.0).abs() < 0.01, "{seen:?}");
        let roles: Vec<&str> = seen.roles.iter().map(|(role, _)| *role).collect();
        assert_eq!(roles, ["hub", "order"]);
        let hub = seen.roles[0].1;
        assert!((hub.failed - 0.1).abs() < 0.001 && (hub.refused - 0.9).abs() < 0.001, "{hub:?}");
        assert_eq!(seen.routes.len(), 3);
        let p95 = seen.roles[1].1.p95.unwrap();
        assert!(p95 > 9 * MS && p95 < 11 * MS, "one of 61 that is slow is not the 95th: {p95:?}");
    }

    #[test]
    fn what_is_past_is_forgotten() {
        let mut book = Book::default();
        book.record(at(5), ORDERS, 500, S);
        let seen = book.seen(at(69), SystemTime::UNIX_EPOCH);
        assert!((seen.all.failed - 1.0).abs() < 0.001, "{seen:?}");
        let seen = book.seen(at(70), SystemTime::UNIX_EPOCH);
        assert_eq!((seen.all.p95, seen.routes.len()), (None, 0), "{seen:?}");
        assert_eq!(seen.minutes.len(), 2);
        assert_eq!((seen.minutes[0].failed, seen.minutes[1].requests), (1, 0));
        assert_eq!(seen.minutes[1].at, SystemTime::UNIX_EPOCH + 60 * S);
        let seen = book.seen(at(60 * 60), SystemTime::UNIX_EPOCH);
        assert_eq!(seen.minutes.len(), 60);
        assert!(seen.minutes.iter().all(|minute| minute.requests == 0), "{seen:?}");
    }

    #[test]
    fn a_busy_day_is_kept_in_as_little_as_a_busy_hour() {
        let mut book = Book::default();
        for minute in 0..24 * 60 {
            book.record(at(60 * minute), ORDERS, 200, MS);
            book.record(at(60 * minute + 30), ORDERS, 200, MS);
        }
        assert_eq!(book.hour.0.len(), 60);
        assert!(book.routes[&ORDERS].0.len() <= 7);
    }
}
