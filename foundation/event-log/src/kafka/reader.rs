//! One client that reads some partitions, each from where its caller stands, and drops what the relay sent twice.
//!
//! # Duplicates
//! A relay session sends a partition's events in the outbox's order and without a gap, and begins at or before the last one that was
//! acknowledged. So the first copies of all events lie in the topic in the outbox's order, whatever sessions overlapped, and a
//! message is a later copy exactly when its place is not behind the last place handed over. No table of seen ids is needed: the
//! place travels in the position that a consumer commits with its effects.

use core::time::Duration;
use std::collections::BTreeMap;

use caravan_events::Kind;
use futures_util::{FutureExt as _, StreamExt as _};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::config::{Config, Context, client, failed};
use super::spot::{Hint, Spot};
use super::wire::{self, Attributes};
use crate::postgres::Place;
use crate::{Cursor, Error, Fetched, Partition, Position, Stored, telemetry};

/// How long a read waits for something to come.
pub(super) const WAIT: Duration = Duration::from_millis(100);
/// Messages looked at in one read, duplicates and other topics included.
const SCANNED_MAX: usize = 20_000;

/// Where in Kafka to begin, and which event must be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    pub(super) next: i64,
    pub(super) expected: Option<Place>,
}

/// How one partition is being read.
#[derive(Debug)]
struct Strand {
    /// What the caller was told last, as it was told.
    told: Position,
    spot: Spot,
    begin: Beginning,
}

/// What a message is to its strand.
enum Seen {
    /// Left over from before the last change, nobody's, or the one before that was to be confirmed: passed over.
    Nothing,
    /// Not the event that must be here: the topic is not the one that the position speaks of.
    Elsewhere,
    /// A later copy of what was handed over before.
    Duplicate,
    /// The next event.
    New,
}

/// A client that is taken by one fetch at a time.
pub(super) struct Reader {
    client: Option<StreamConsumer<Context>>,
    topic: String,
    strands: BTreeMap<Partition, Strand>,
}

impl Reader {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let client = Some(client(&config.consumer())?);
        Ok(Self { client, topic: config.topic.clone(), strands: BTreeMap::new() })
    }

    /// How many of `cursors` this reader stands at, and whether that makes it the one to take for them.
    pub(super) fn suits(&self, cursors: &[Cursor]) -> Option<usize> {
        let stands_at = |cursor: &&Cursor| {
            self.strands.get(&cursor.partition).is_some_and(|known| known.told == cursor.position)
        };
        let agreed = cursors.iter().filter(stands_at).count();
        let enough = agreed.saturating_mul(2) >= cursors.len().max(self.strands.len());
        (agreed > 0 && enough).then_some(agreed)
    }

    /// Whether it reads nothing.
    pub(super) fn is_blank(&self) -> bool {
        self.strands.is_empty()
    }

    /// Lets go of everything.
    pub(super) fn forget(&mut self) -> Result<(), Error> {
        self.strands.clear();
        self.assign()
    }

    /// Lets go of the partitions that are not at `cursors`, and returns the cursors that nothing stands at.
    pub(super) fn align(&mut self, cursors: &[Cursor]) -> Result<Vec<(Partition, Spot)>, Error> {
        let before = self.strands.len();
        self.strands.retain(|partition, strand| {
            cursors.iter().any(|c| c.partition == *partition && c.position == strand.told)
        });
        if self.strands.len() < before {
            self.assign()?;
        }
        let missing = cursors.iter().filter(|cursor| !self.strands.contains_key(&cursor.partition));
        missing.map(|cursor| Ok((cursor.partition, Spot::read(&cursor.position)?))).collect()
    }

    /// Begins to read partitions; [`Reader::assign`] is to follow.
    pub(super) fn begin(&mut self, cursor: &Cursor, spot: Spot, begin: Beginning) {
        let told = cursor.position.clone();
        self.strands.insert(cursor.partition, Strand { told, spot, begin });
    }

    /// Tells the client what to read. It forgets what it had read ahead.
    pub(super) fn assign(&self) -> Result<(), Error> {
        let Some(client) = &self.client else { return Ok(()) };
        let mut list = TopicPartitionList::with_capacity(self.strands.len());
        for (partition, strand) in &self.strands {
            let next = Offset::Offset(strand.begin.next);
            list.add_partition_offset(&self.topic, partition.0.into(), next)
                .map_err(|source| failed("name a partition", source))?;
        }
        client.assign(&list).map_err(|source| failed("take a partition", source))
    }

    /// Adds what has come to `fetched`, after having waited for it a moment if there is nothing yet. Returns the partitions whose
    /// topic turned out to be another one; they are let go of.
    pub(super) async fn read(
        &mut self,
        topics: &[Kind],
        max: usize,
        fetched: &mut Fetched,
    ) -> Result<Vec<Partition>, Error> {
        let Self { client: Some(client), strands, .. } = self else { return Ok(Vec::new()) };
        let mut lost = Vec::new();
        let mut messages = client.stream();
        for scanned in 0..SCANNED_MAX {
            if fetched.events.len() >= max || !lost.is_empty() {
                break;
            }
            let next = if scanned == 0 && fetched.cursors.is_empty() {
                tokio::time::timeout(WAIT, messages.next()).await.ok()
            } else {
                messages.next().now_or_never()
            };
            match next.flatten() {
                None => break,
                Some(Err(error)) if wire::passes(&error) => {}
                Some(Err(error)) => return Err(failed("read events", error)),
                Some(Ok(message)) => {
                    let number = u16::try_from(message.partition()).map(Partition);
                    let Ok(partition) = number else { continue };
                    let Some(strand) = strands.get_mut(&partition) else { continue };
                    if !strand.take(partition, &message, topics, fetched)? {
                        lost.push(partition);
                    }
                }
            }
        }
        drop(messages);
        fetched.cursors.extend(strands.iter_mut().filter_map(|(p, strand)| strand.tell(*p)));
        for partition in &lost {
            self.strands.remove(partition);
        }
        Ok(lost)
    }
}

impl Strand {
    /// Takes a message in; false when the topic is not the one that the position speaks of.
    fn take(
        &mut self,
        partition: Partition,
        message: &BorrowedMessage<'_>,
        topics: &[Kind],
        fetched: &mut Fetched,
    ) -> Result<bool, Error> {
        let attributes = Attributes::of(message);
        match self.see(message.offset(), attributes.place) {
            Seen::Nothing => {}
            Seen::Elsewhere => return Ok(false),
            Seen::Duplicate => telemetry::duplicate(),
            Seen::New => {
                if topics.is_empty() || topics.iter().any(|t| t.as_str() == attributes.kind) {
                    let position = self.spot.position();
                    let read = attributes.event(message);
                    let (envelope, appended_ms) = read.ok_or_else(|| Error::Damaged {
                        partition,
                        position: position.as_str().to_owned(),
                    })?;
                    fetched.events.push(Stored { partition, position, appended_ms, envelope });
                }
            }
        }
        Ok(true)
    }

    /// What a message at `offset` and `place` is, moving the strand over it.
    fn see(&mut self, offset: i64, place: Option<Place>) -> Seen {
        if offset < self.begin.next {
            return Seen::Nothing;
        }
        let Some(place) = place else {
            tracing::warn!(offset, "a message that no relay sent lies in the topic; passed over");
            self.begin.next = offset.saturating_add(1);
            return Seen::Nothing;
        };
        let expected = self.begin.expected.take();
        if expected.is_some_and(|expected| place != expected || offset != self.begin.next) {
            return Seen::Elsewhere;
        }
        self.begin.next = offset.saturating_add(1);
        self.spot.hint = Hint::At(offset, place);
        if place <= self.spot.passed {
            return if expected.is_some() { Seen::Nothing } else { Seen::Duplicate };
        }
        self.spot.passed = place;
        Seen::New
    }

    /// The cursor behind what was taken in, if that moved it.
    fn tell(&mut self, partition: Partition) -> Option<Cursor> {
        let position = self.spot.position();
        // A place that Kafka does not have yet is not news either: only a message makes it known.
        if position == self.told || !matches!(self.spot.hint, Hint::At(..)) {
            return None;
        }
        self.told = position.clone();
        Some(Cursor { partition, position })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Closing a client waits for its threads, which is nothing for a thread that runs tasks.
        let client = self.client.take();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(client))),
            Err(_) => drop(client),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn strand(passed: Place, next: i64, expected: Option<Place>) -> Strand {
        let spot = Spot { passed, hint: Hint::Unknown };
        Strand { told: spot.position(), spot, begin: Beginning { next, expected } }
    }

    const fn place(number: u64) -> Place {
        Place { xid: number, pos: 1 }
    }

    #[test]
    fn the_event_before_is_looked_for_and_not_handed_over_again() {
        let mut right = strand(place(7), 40, Some(place(7)));
        assert!(matches!(right.see(40, Some(place(7))), Seen::Nothing));
        assert!(matches!(right.see(41, Some(place(8))), Seen::New));
        let mut wrong = strand(place(7), 40, Some(place(7)));
        assert!(matches!(wrong.see(40, Some(place(9))), Seen::Elsewhere));
        let mut gone = strand(place(7), 40, Some(place(7)));
        assert!(matches!(gone.see(42, Some(place(7))), Seen::Elsewhere));
    }

    #[test]
    fn what_no_relay_sent_is_passed_over() {
        let mut strand = strand(place(7), 40, None);
        assert!(matches!(strand.see(40, None), Seen::Nothing));
        assert!(matches!(strand.see(40, Some(place(8))), Seen::Nothing), "read before");
        assert!(matches!(strand.see(41, Some(place(8))), Seen::New));
    }

    proptest! {
        /// Relay sessions that begin anywhere at or before the last acknowledged event and end anywhere after it, their messages
        /// mixed at random: every event is handed over once, in order, wherever the reader is interrupted.
        #[test]
        fn every_event_is_new_once(
            sessions in prop::collection::vec((0_u64..30, 1_u64..30), 1..8),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 400),
            reopen in prop::collection::vec(any::<bool>(), 400),
        ) {
            let mut topic: Vec<u64> = Vec::new();
            let mut acknowledged = 0;
            let mut late: Vec<Vec<u64>> = Vec::new();
            for (back, length) in sessions {
                let first = acknowledged - back.min(acknowledged) + 1;
                // The session before may still have messages on their way: they arrive among the new one's.
                late.push((first..first + length).collect());
                acknowledged = acknowledged.max(first + length - 1);
                let mut open: Vec<Vec<u64>> = late.iter().rev().take(2).rev().cloned().collect();
                for pick in &picks {
                    let choice = pick.index(open.len());
                    if !open[choice].is_empty() {
                        topic.push(open[choice].remove(0));
                    }
                }
                // What this session had acknowledged is all in the topic.
                for rest in open {
                    topic.extend(rest);
                }
            }
            let (mut reader, mut seen) = (strand(Place::START, 0, None), Vec::new());
            for (offset, number) in topic.iter().enumerate() {
                if let Seen::New = reader.see(i64::try_from(offset).unwrap(), Some(place(*number))) {
                    seen.push(reader.spot.passed.xid);
                }
                if reopen[offset % reopen.len()] {
                    // Killed, and begun again from its text.
                    let spot = Spot::read(&reader.spot.position()).unwrap();
                    let begin = match spot.hint {
                        Hint::At(next, expected) => Beginning { next, expected: Some(expected) },
                        _ => reader.begin,
                    };
                    reader = Strand { told: spot.position(), spot, begin };
                    if let Hint::At(offset, place) = spot.hint {
                        prop_assert!(matches!(reader.see(offset, Some(place)), Seen::Nothing));
                    }
                }
            }
            prop_assert_eq!(seen, (1..=acknowledged).collect::<Vec<_>>());
        }
    }
}
