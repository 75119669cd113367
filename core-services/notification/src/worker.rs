//! The worker: claims what is due, carries it out, writes down what became of it; between whiles it puts things in order.
//!
//! # Recovery
//! A process that dies in the middle leaves leased rows behind; when their lease ends they are claimed again and sent under the
//! same `webhook-id`. A note that cannot be written is the same case.

mod attempt;

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use caravan_net::Jitter;
use caravan_tenancy::{Error, SystemTx};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::notification::Parts;
use crate::store::claim::{self, Claimed, Room};
use crate::store::sweep;
use crate::telemetry;

/// Longest wait between two looks without a hint: a retry comes due without anybody saying so.
const POLL: Duration = Duration::from_millis(250);
/// Wait after a failure.
const TROUBLE: Duration = Duration::from_secs(1);
/// How often things are put in order.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// On top of the deadline: until the outcome is written.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// How much is done at once, and where jitter comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) per_webhook: u16,
    pub(crate) in_all: u16,
    pub(crate) jitter: Jitter,
}

/// A worker. Several may run at once.
#[derive(Clone)]
pub(crate) struct Worker {
    parts: Parts,
    limits: Limits,
    /// Endpoints whose calls this process holds back, and until when: their deliveries need not be claimed only to be put off.
    paused: Arc<Mutex<BTreeMap<Uuid, i64>>>,
}

impl Worker {
    pub(crate) fn new(parts: Parts, limits: Limits) -> Self {
        Self { parts, limits, paused: Arc::default() }
    }

    /// Works until `shutdown`, then lets the calls in hand end.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut calls = JoinSet::new();
        let mut sweep_at = Instant::now();
        while !shutdown.is_cancelled() {
            if Instant::now() >= sweep_at {
                if let Err(error) = self.sweep().await {
                    trouble(&error, "Webhook deliveries could not be put in order.");
                }
                sweep_at = Instant::now() + SWEEP_EVERY;
            }
            while let Some(ended) = calls.try_join_next() {
                note(ended);
            }
            let wait = match self.claim(calls.len()).await {
                Ok(claimed) => {
                    for one in claimed {
                        calls.spawn(self.clone().attempt(one));
                    }
                    POLL
                }
                Err(error) => {
                    trouble(&error, "Webhook deliveries could not be claimed.");
                    TROUBLE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.parts.wake.notified() => {}
                // A place is free.
                Some(ended) = calls.join_next() => note(ended),
                () = tokio::time::sleep(wait) => {}
            }
        }
        while let Some(ended) = calls.join_next().await {
            note(ended);
        }
    }

    async fn claim(&self, out: usize) -> Result<Vec<Claimed>, Error> {
        let places = usize::from(self.limits.in_all).saturating_sub(out);
        if places == 0 {
            return Ok(Vec::new());
        }
        let room = Room {
            per_webhook: self.limits.per_webhook.into(),
            in_all: i64::try_from(places).unwrap_or(i64::MAX),
        };
        let now_ms = self.parts.clock.now_ms();
        let lease_ms = millis(self.parts.deadline.saturating_add(LEASE_MARGIN));
        let paused = self.paused(now_ms);
        let mut tx = SystemTx::begin(&self.parts.database).await?;
        let claimed = claim::claim(&mut tx, room, &paused, now_ms, lease_ms).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    async fn sweep(&self) -> Result<(), Error> {
        let mut tx = SystemTx::begin(&self.parts.database).await?;
        sweep::hold(&mut tx).await?;
        tx.commit().await?;
        let mut tx = SystemTx::begin(&self.parts.database).await?;
        let forgotten = sweep::forget(&mut tx, self.parts.clock.now_ms()).await?;
        tx.after_commit(move || telemetry::forgotten(forgotten));
        tx.commit().await
    }

    /// Those that are paused now; the others are forgotten.
    fn paused(&self, now_ms: i64) -> Vec<Uuid> {
        let mut paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        paused.retain(|_, until_ms| *until_ms > now_ms);
        paused.keys().copied().collect()
    }

    fn pause(&self, webhook: Uuid, until_ms: i64) {
        let mut paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        paused.insert(webhook, until_ms);
    }
}

/// A panic is a defect of one call; the row's lease brings it back.
fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "A webhook's call ended in a panic.");
    }
}

fn trouble(error: &Error, what: &'static str) {
    tracing::error!(error = caravan_fault::error_chain(error), "{what}");
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
