//! Reading along without a group: for `caravan tail`.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use caravan_events::Kind;
use futures_util::Stream;
use futures_util::stream::try_unfold;

use crate::{Cursor, Error, EventLog, Partition, Position, Stored, Wake};

/// Wait between two polls without a hint.
const POLL: Duration = Duration::from_millis(200);
/// Events per fetch.
const BATCH: usize = 500;

/// Where to begin reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// With the oldest event.
    #[default]
    Beginning,
    /// With what is appended from now on.
    Now,
}

struct State {
    log: Arc<dyn EventLog>,
    topics: Vec<Kind>,
    wake: Wake,
    cursors: BTreeMap<Partition, Position>,
    ready: VecDeque<Stored>,
    start: Option<Start>,
}

/// Events of `topics` (of all when empty) as they are appended, for ever. In order within a partition; across partitions about
/// in the order of appending.
pub fn tail(
    log: Arc<dyn EventLog>,
    topics: Vec<Kind>,
    start: Start,
) -> impl Stream<Item = Result<Stored, Error>> + Send {
    let wake = log.wake();
    let state = State {
        log,
        topics,
        wake,
        cursors: BTreeMap::new(),
        ready: VecDeque::new(),
        start: Some(start),
    };
    try_unfold(state, |mut state| async move {
        loop {
            if let Some(event) = state.ready.pop_front() {
                return Ok(Some((event, state)));
            }
            if !state.fetch().await? {
                tokio::select! {
                    () = state.wake.appended() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
    })
}

impl State {
    /// Whether the cursors moved.
    async fn fetch(&mut self) -> Result<bool, Error> {
        if let Some(start) = self.start.take() {
            let at_end = match start {
                Start::Beginning => Vec::new(),
                Start::Now => self.log.end().await?,
            };
            let all = (0..self.log.partitions()).map(Partition);
            self.cursors = all.map(|partition| (partition, Position::START)).collect();
            self.cursors.extend(at_end.into_iter().map(|end| (end.partition, end.position)));
        }
        let cursor = |(partition, position): (&Partition, &Position)| Cursor {
            partition: *partition,
            position: position.clone(),
        };
        let cursors: Vec<Cursor> = self.cursors.iter().map(cursor).collect();
        let fetched = self.log.fetch(&cursors, &self.topics, BATCH).await?;
        let moved = !fetched.cursors.is_empty();
        self.cursors.extend(fetched.cursors.into_iter().map(|to| (to.partition, to.position)));
        let mut events = fetched.events;
        events.sort_by_key(|event| event.appended_ms);
        self.ready.extend(events);
        Ok(moved)
    }
}
