//! A member of a consumer group: fetches, hands over, and commits offsets with the effects.
//!
//! # Recovery
//! Whatever fails, the member forgets its cursors and reads them again from its own database, which alone knows what was done.
//! A member that lost a partition and does not know it yet finds, under lock, that the offset is no longer the one it fetched
//! from, and drops its batch.
//!
//! # One batch ahead
//! While a batch is being applied the one behind it is read, so that log and database work at once. What was read ahead is worth
//! nothing by itself: it is applied only from the offset that it was read from, as that offset then stands in the database.

mod offsets;
mod parking;

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_events::Kind;
use caravan_telemetry::traces;
use caravan_tenancy::{Database, SystemTx};
use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    Cursor, EventLog, Fetched, Handler, HandlerError, Membership, Partition, Position, Start,
    Stored, telemetry,
};

/// Longest wait between two polls without a hint.
const POLL: Duration = Duration::from_millis(200);
/// First wait after a fetch that found nothing; doubles up to [`POLL`]. Short, since a hint may come before the event is readable.
const POLL_FIRST: Duration = Duration::from_millis(5);
/// How often the share of partitions is looked at.
const ASSIGN_EVERY: Duration = Duration::from_millis(500);
/// How often progress and lag are reported.
const REPORT_EVERY: Duration = Duration::from_secs(2);
/// A report takes at most one part in so many of a member's time: to count what lies far behind takes a while, just when there is
/// no time for it.
const REPORT_SHARE: u32 = 50;
/// Longest wait after a failure.
const RETRY_MAX: Duration = Duration::from_secs(5);
/// Events per transaction.
const BATCH_MAX: usize = 1_000;
/// Parked events that are tried again between two batches; the next ones at the next look.
const RETRIED_MAX: usize = 100;

/// Why a member's turn ended early; it begins a new one.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    /// The log.
    #[error(transparent)]
    Log(#[from] crate::Error),
    /// The consumer's own database.
    #[error("cannot keep the offsets of group {group}")]
    Offsets {
        /// The group.
        group: String,
        /// Why.
        #[source]
        source: caravan_tenancy::Error,
    },
    /// The handler asked for another try later.
    #[error("the handler of group {group} could not take a batch")]
    Handler {
        /// The group.
        group: String,
        /// Why.
        #[source]
        source: HandlerError,
    },
}

/// A member of a consumer group, ready to [`Consumer::run`].
pub struct Consumer {
    log: Arc<dyn EventLog>,
    database: Database,
    group: String,
    topics: Vec<Kind>,
    handler: Arc<dyn Handler>,
    batch_max: usize,
    start: Start,
}

/// What became of a batch.
enum Outcome {
    /// Effects and offsets are committed.
    Done,
    /// Another member has the partition.
    Fenced,
}

impl Consumer {
    /// A member of `group` that applies events of `topics` with `handler` through `database`, whose login role's schema has the
    /// consumer tables (`SELECT log.create_consumer_tables();` in a migration).
    pub fn new(
        log: Arc<dyn EventLog>,
        database: Database,
        group: impl Into<String>,
        topics: Vec<Kind>,
        handler: Arc<dyn Handler>,
    ) -> Self {
        let (group, batch_max, start) = (group.into(), BATCH_MAX, Start::Beginning);
        Self { log, database, group, topics, handler, batch_max, start }
    }

    /// Events per transaction, about (1,000 by default).
    #[must_use]
    pub fn batch_max(mut self, events: usize) -> Self {
        self.batch_max = events.max(1);
        self
    }

    /// Where a group that has never been here begins; by default with the oldest event.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Works until `shutdown`, then finishes the batch in hand and returns. Failures are logged and tried again with growing
    /// waits of up to 5 s.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut failures = 0_u32;
        while !shutdown.is_cancelled() {
            let began = Instant::now();
            let Err(error) = self.turn(&shutdown).await else { return };
            failures = if began.elapsed() > RETRY_MAX { 1 } else { failures.saturating_add(1) };
            let wait = POLL.saturating_mul(1 << failures.min(5).saturating_sub(1)).min(RETRY_MAX);
            tracing::warn!(
                group = %self.group,
                error = %chain(&error),
                wait_ms = wait.as_millis(),
                "consumer failed, trying again"
            );
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// One membership, from joining to the first failure or the end.
    async fn turn(&self, shutdown: &CancellationToken) -> Result<(), ConsumerError> {
        let mut membership = self.log.join(&self.group).await?;
        let mut wake = self.log.wake();
        let mut cursors = BTreeMap::new();
        let (mut assign_at, mut report_at) = (Instant::now(), Instant::now());
        let mut idle = POLL_FIRST;
        let mut ahead = None;
        while !shutdown.is_cancelled() {
            if Instant::now() >= assign_at {
                if self.assign(membership.as_mut(), &mut cursors).await? {
                    // What was read ahead may be of a partition that is gone, and has nothing of one that is new.
                    ahead = None;
                }
                assign_at = Instant::now() + ASSIGN_EVERY;
            }
            let from = list(&cursors);
            let fetched = match ahead.take() {
                Some(fetched) => fetched,
                None => self.log.fetch(&from, &self.topics, self.batch_max).await?,
            };
            if fetched.cursors.is_empty() {
                if Instant::now() >= report_at {
                    self.retry(&cursors).await?;
                    report_at = self.report(membership.as_mut(), &from).await?;
                }
                tokio::select! {
                    () = wake.appended() => idle = POLL_FIRST,
                    () = tokio::time::sleep(idle) => idle = idle.saturating_mul(2).min(POLL),
                    () = shutdown.cancelled() => {}
                }
                continue;
            }
            idle = POLL_FIRST;
            ahead = self.apply(&mut cursors, &fetched).await?;
            if ahead.is_none() {
                // Fenced: read again what is ours and how far it is.
                cursors.clear();
                assign_at = Instant::now();
            }
            if Instant::now() >= report_at {
                self.retry(&cursors).await?;
                report_at = self.report(membership.as_mut(), &list(&cursors)).await?;
            }
        }
        // What is committed is reported at once, so that retention need not wait for the next start.
        membership.passed(&list(&cursors)).await?;
        Ok(())
    }

    /// Applies a batch and moves the cursors behind it, reading what lies there meanwhile. None when another member has a partition.
    async fn apply(
        &self,
        cursors: &mut BTreeMap<Partition, Position>,
        fetched: &Fetched,
    ) -> Result<Option<Fetched>, ConsumerError> {
        let mut behind = cursors.clone();
        behind.extend(fetched.cursors.iter().map(|c| (c.partition, c.position.clone())));
        let next = list(&behind);
        let (outcome, ahead) = tokio::join!(
            self.take(cursors, fetched),
            self.log.fetch(&next, &self.topics, self.batch_max)
        );
        match outcome? {
            Outcome::Fenced => Ok(None),
            Outcome::Done => {
                *cursors = behind;
                Ok(Some(ahead?))
            }
        }
    }

    /// Forgets lost partitions and reads the offsets of new ones; whether there were any of either.
    async fn assign(
        &self,
        membership: &mut dyn Membership,
        cursors: &mut BTreeMap<Partition, Position>,
    ) -> Result<bool, ConsumerError> {
        let assigned = membership.assignment().await?;
        let before = cursors.len();
        cursors.retain(|partition, _| assigned.contains(partition));
        let lost = cursors.len() < before;
        let new: Vec<Partition> =
            assigned.into_iter().filter(|partition| !cursors.contains_key(partition)).collect();
        if new.is_empty() {
            return Ok(lost);
        }
        let first = match self.start {
            Start::Beginning => Vec::new(),
            Start::Now => self.log.end().await?,
        };
        let mut tx = SystemTx::begin(&self.database).await.map_err(|e| self.offsets(e))?;
        let known = offsets::ensure(&mut tx, &self.group, &new, &first)
            .await
            .map_err(|e| self.offsets(e.into()))?;
        tx.commit().await.map_err(|e| self.offsets(e))?;
        tracing::debug!(group = %self.group, partitions = known.len(), "partitions taken");
        cursors.extend(known);
        Ok(true)
    }

    /// One batch: all at once, or one by one when all at once is refused.
    async fn take(
        &self,
        cursors: &BTreeMap<Partition, Position>,
        fetched: &Fetched,
    ) -> Result<Outcome, ConsumerError> {
        match self.attempt(cursors, fetched, false).await {
            Err(ConsumerError::Handler { source: HandlerError::Poison(cause), .. }) => {
                tracing::warn!(
                    group = %self.group,
                    error = %chain(cause.as_ref()),
                    events = fetched.events.len(),
                    "a batch was refused, trying its events one by one"
                );
                self.attempt(cursors, fetched, true).await
            }
            other => other,
        }
    }

    /// One try at a batch, in its spans.
    async fn attempt(
        &self,
        cursors: &BTreeMap<Partition, Position>,
        fetched: &Fetched,
        singly: bool,
    ) -> Result<Outcome, ConsumerError> {
        let mut spans = telemetry::handling(&self.group, &fetched.events);
        let result = traces::run_in(&spans, self.transact(cursors, fetched, singly)).await;
        let (outcome, is_failure) = match &result {
            Ok(Outcome::Done) => ("done", false),
            Ok(Outcome::Fenced) => ("fenced", false),
            Err(_) => ("refused", true),
        };
        telemetry::handled(&mut spans, outcome, is_failure);
        result
    }

    async fn transact(
        &self,
        cursors: &BTreeMap<Partition, Position>,
        fetched: &Fetched,
        singly: bool,
    ) -> Result<Outcome, ConsumerError> {
        let mut tx = SystemTx::begin(&self.database).await.map_err(|e| self.offsets(e))?;
        let ours = offsets::lock(&mut tx, &self.group, cursors, &fetched.cursors)
            .await
            .map_err(|e| self.offsets(e.into()))?;
        if !ours {
            tracing::info!(group = %self.group, "a partition has moved to another member");
            return Ok(Outcome::Fenced);
        }
        let mut taken = fetched.events.len();
        if singly {
            let parked = self.one_by_one(&mut tx, &fetched.events).await?;
            taken = taken.saturating_sub(parked);
        } else if !fetched.events.is_empty() {
            self.call(&mut tx, &fetched.events).await.map_err(|e| self.refused(e))?;
        }
        offsets::advance(&mut tx, &self.group, &fetched.cursors)
            .await
            .map_err(|e| self.offsets(e.into()))?;
        tx.commit().await.map_err(|e| self.offsets(e))?;
        telemetry::consumed(&self.group, taken);
        Ok(Outcome::Done)
    }

    /// Each event behind its own savepoint, so that one refusal undoes one event. Returns how many were parked.
    async fn one_by_one(
        &self,
        tx: &mut SystemTx,
        events: &[Stored],
    ) -> Result<usize, ConsumerError> {
        let mut parked = 0_usize;
        for event in events {
            if !self.alone(tx, event).await? {
                telemetry::parked(&self.group);
                parked = parked.saturating_add(1);
            }
        }
        Ok(parked)
    }

    /// One event behind its own savepoint: whether it took effect, or else was parked.
    async fn alone(&self, tx: &mut SystemTx, event: &Stored) -> Result<bool, ConsumerError> {
        parking::savepoint(tx).await.map_err(|e| self.offsets(e.into()))?;
        match self.call(tx, core::slice::from_ref(event)).await {
            Ok(()) => {
                parking::release(tx).await.map_err(|e| self.offsets(e.into()))?;
                Ok(true)
            }
            Err(HandlerError::Poison(cause)) => {
                let error = chain(cause.as_ref());
                tracing::error!(group = %self.group, id = %event.envelope.id, %error, "event parked");
                parking::roll_back(tx).await.map_err(|e| self.offsets(e.into()))?;
                parking::park(tx, &self.group, event, &error)
                    .await
                    .map_err(|e| self.offsets(e.into()))?;
                Ok(false)
            }
            Err(later) => Err(self.refused(later)),
        }
    }

    /// Parked events of the partitions at hand that the operator wants tried again ([`crate::parked`]): each in its own
    /// transaction, under the lock of its partition's offset as a batch is, so that no two members have the same one. One that
    /// its handler cannot take just now keeps its mark and waits for the next look: what comes from the log goes on.
    async fn retry(&self, cursors: &BTreeMap<Partition, Position>) -> Result<(), ConsumerError> {
        for _ in 0..RETRIED_MAX {
            let mut tx = SystemTx::begin(&self.database).await.map_err(|e| self.offsets(e))?;
            let asked = parking::asked(&mut tx, &self.group, cursors.keys().copied()).await;
            let Some(event) = asked.map_err(|e| self.offsets(e.into()))? else { break };
            let at = cursors.get(&event.partition).cloned().unwrap_or_default();
            let cursor = Cursor { partition: event.partition, position: at };
            let ours = offsets::lock(&mut tx, &self.group, cursors, &[cursor]).await;
            if !ours.map_err(|e| self.offsets(e.into()))? {
                break;
            }
            let id = event.envelope.id;
            match self.alone(&mut tx, &event).await {
                Ok(true) => {
                    parking::forget(&mut tx, &self.group, &event)
                        .await
                        .map_err(|e| self.offsets(e.into()))?;
                    tracing::info!(group = %self.group, %id, "parked event taken");
                    telemetry::consumed(&self.group, 1);
                }
                Ok(false) => {}
                Err(later @ ConsumerError::Handler { .. }) => {
                    tracing::warn!(group = %self.group, %id, error = %chain(&later), "parked event not taken now");
                    break;
                }
                Err(error) => return Err(error),
            }
            tx.commit().await.map_err(|e| self.offsets(e))?;
        }
        Ok(())
    }

    /// The handler, with a panic turned into a refusal: a bug in one effect must not end the consumer.
    async fn call(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        AssertUnwindSafe(self.handler.handle(tx, batch))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(HandlerError::poison("the handler panicked")))
    }

    /// Tells how far each partition is and what lies behind it; returns when to tell it next.
    async fn report(
        &self,
        membership: &mut dyn Membership,
        cursors: &[Cursor],
    ) -> Result<Instant, ConsumerError> {
        let began = Instant::now();
        membership.passed(cursors).await?;
        for cursor in cursors {
            telemetry::lag(&self.group, cursor.partition, self.log.backlog(cursor).await?);
        }
        let ended = Instant::now();
        let took = ended.saturating_duration_since(began);
        Ok(ended + REPORT_EVERY.max(took.saturating_mul(REPORT_SHARE)))
    }

    fn offsets(&self, source: caravan_tenancy::Error) -> ConsumerError {
        ConsumerError::Offsets { group: self.group.clone(), source }
    }

    fn refused(&self, source: HandlerError) -> ConsumerError {
        ConsumerError::Handler { group: self.group.clone(), source }
    }
}

impl core::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Consumer")
            .field("group", &self.group)
            .field("topics", &self.topics)
            .finish_non_exhaustive()
    }
}

fn list(cursors: &BTreeMap<Partition, Position>) -> Vec<Cursor> {
    let cursor = |(partition, position): (&Partition, &Position)| Cursor {
        partition: *partition,
        position: position.clone(),
    };
    cursors.iter().map(cursor).collect()
}

/// An error and its causes, joined by `: `.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = core::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
