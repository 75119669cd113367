//! What was done to a document, with times: the line that an operator reads at night.

use std::time::Instant;

use caravan_telemetry::traces::{self, Span};

use crate::intake::now_ms;

/// One step.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// `archive`, `resolve`, `open`, `translate`, `publish`, `acknowledge`; `let go` at a stop.
    pub(crate) name: &'static str,
    started_ms: i64,
    duration_us: i64,
    /// One clause with the numbers.
    pub(crate) detail: String,
}

impl Step {
    /// When it began, in milliseconds since 1970 UTC.
    pub(crate) fn started_ms(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds since 1970 fit a double exactly until the year 287396"
        )]
        let milliseconds = self.started_ms as f64;
        milliseconds
    }

    /// How long it took.
    pub(crate) fn duration_us(&self) -> i64 {
        self.duration_us
    }
}

/// Collects a document's steps.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

/// A step that has begun.
#[derive(Debug)]
pub(crate) struct Running {
    name: &'static str,
    started_ms: i64,
    clock: Instant,
    /// Ends with the step.
    _span: Span,
}

impl Steps {
    /// Begins a step.
    pub(crate) fn begin(name: &'static str) -> Running {
        Running { name, started_ms: now_ms(), clock: Instant::now(), _span: traces::step(name) }
    }

    /// Ends a step. Steps of one name that repeat (`translate`, `publish` of a long document) are added up.
    pub(crate) fn end(&mut self, running: Running, detail: String) {
        let Running { name, started_ms, clock, .. } = running;
        let duration_us = i64::try_from(clock.elapsed().as_micros()).unwrap_or(i64::MAX);
        match self.done.iter_mut().find(|step| step.name == name) {
            Some(step) => {
                step.duration_us = step.duration_us.saturating_add(duration_us);
                step.detail = detail;
            }
            None => self.done.push(Step { name, started_ms, duration_us, detail }),
        }
    }

    /// The steps in the order in which they began.
    pub(crate) fn all(&self) -> &[Step] {
        &self.done
    }
}
