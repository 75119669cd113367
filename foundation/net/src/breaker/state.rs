//! The breaker's state machine: pure, every instant is handed in.

use core::time::Duration;
use std::collections::VecDeque;

use tokio::time::Instant;

use super::Config;

/// What a call told about the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is there, whatever it said.
    Success,
    /// It is not there, or not well.
    Failure,
    /// Nothing: we refused, it throttled, or the caller went away.
    Neutral,
}

/// A permission to call; its result goes to [`Machine::record`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    generation: u64,
    /// Whether this call decides over a half-open breaker.
    pub is_probe: bool,
}

/// What a record changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// Nothing.
    Not,
    /// It opened for this long.
    Opened(Duration),
    /// It closed.
    Closed,
}

#[derive(Debug)]
enum State {
    Closed,
    Open {
        until: Instant,
    },
    /// `probe_until`: when the probe that is out loses its token; none: no probe is out.
    HalfOpen {
        probe_until: Option<Instant>,
    },
}

/// One breaker.
#[derive(Debug)]
pub struct Machine {
    state: State,
    /// Counts state changes and probes handed out; a result from an earlier one changes nothing.
    generation: u64,
    consecutive: u32,
    /// Openings since it was last closed: doubles the penalty.
    openings: u32,
    samples: VecDeque<(Instant, bool)>,
    failures: usize,
}

/// Samples kept in a window: past it the oldest go, which bounds memory at any rate of calls.
const SAMPLES_MAX: usize = 1_000;

impl Default for Machine {
    fn default() -> Self {
        Self {
            state: State::Closed,
            generation: 0,
            consecutive: 0,
            openings: 0,
            samples: VecDeque::new(),
            failures: 0,
        }
    }
}

impl Machine {
    /// Asks to call now.
    ///
    /// # Errors
    /// How long to wait: until a probe may go, or until the probe that is out loses its token.
    pub fn acquire(&mut self, config: &Config, now: Instant) -> Result<Token, Duration> {
        match self.state {
            State::Closed => Ok(Token { generation: self.generation, is_probe: false }),
            State::Open { until } if now < until => Err(until.duration_since(now)),
            State::HalfOpen { probe_until: Some(until) } if now < until => {
                Err(until.duration_since(now))
            }
            State::Open { .. } | State::HalfOpen { .. } => {
                self.generation = self.generation.wrapping_add(1);
                self.state = State::HalfOpen { probe_until: now.checked_add(config.probe_timeout) };
                Ok(Token { generation: self.generation, is_probe: true })
            }
        }
    }

    /// Takes the result of the call that `token` allowed.
    pub fn record(
        &mut self,
        config: &Config,
        token: Token,
        verdict: Verdict,
        now: Instant,
    ) -> Moved {
        if token.generation != self.generation {
            return Moved::Not;
        }
        match (&self.state, verdict) {
            (State::HalfOpen { .. }, Verdict::Success) => self.close(),
            (State::HalfOpen { .. }, Verdict::Failure) => self.open(config, now),
            (State::HalfOpen { .. }, Verdict::Neutral) => {
                self.state = State::HalfOpen { probe_until: None };
                Moved::Not
            }
            (State::Closed, Verdict::Success | Verdict::Failure) => {
                self.sample(config, verdict == Verdict::Failure, now)
            }
            (State::Closed, Verdict::Neutral) | (State::Open { .. }, _) => Moved::Not,
        }
    }

    /// `closed`, `open` or `half-open`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.state {
            State::Closed => "closed",
            State::Open { .. } => "open",
            State::HalfOpen { .. } => "half-open",
        }
    }

    /// How long calls are still refused; zero when the next one goes out.
    #[must_use]
    pub fn refuses_for(&self, now: Instant) -> Duration {
        match self.state {
            State::Open { until } | State::HalfOpen { probe_until: Some(until) } => {
                until.saturating_duration_since(now)
            }
            State::Closed | State::HalfOpen { probe_until: None } => Duration::ZERO,
        }
    }

    fn sample(&mut self, config: &Config, failed: bool, now: Instant) -> Moved {
        self.consecutive = if failed { self.consecutive.saturating_add(1) } else { 0 };
        self.samples.push_back((now, failed));
        self.failures += usize::from(failed);
        while let Some(&(at, was_failure)) = self.samples.front() {
            let old = now.saturating_duration_since(at) > config.window;
            if !old && self.samples.len() <= SAMPLES_MAX {
                break;
            }
            self.samples.pop_front();
            self.failures -= usize::from(was_failure);
        }
        let enough = self.samples.len() >= config.samples_min;
        let too_many = enough && self.failures * 100 >= self.samples.len() * config.failure_percent;
        if self.consecutive >= config.consecutive_max || too_many {
            self.open(config, now)
        } else {
            Moved::Not
        }
    }

    fn open(&mut self, config: &Config, now: Instant) -> Moved {
        let factor = 2_u32.saturating_pow(self.openings);
        let penalty = config.penalty.saturating_mul(factor).min(config.penalty_max);
        let penalty = config.jitter.above(penalty, config.penalty_jitter);
        self.openings = self.openings.saturating_add(1);
        self.generation = self.generation.wrapping_add(1);
        self.state = State::Open { until: now.checked_add(penalty).unwrap_or(now) };
        self.forget_samples();
        Moved::Opened(penalty)
    }

    fn close(&mut self) -> Moved {
        self.generation = self.generation.wrapping_add(1);
        self.state = State::Closed;
        self.openings = 0;
        self.forget_samples();
        Moved::Closed
    }

    fn forget_samples(&mut self) {
        self.samples.clear();
        self.failures = 0;
        self.consecutive = 0;
    }
}
