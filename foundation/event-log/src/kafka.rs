//! The log at scale: the outbox in PostgreSQL, carried to Kafka by a relay and read from there.
//!
//! [`crate::append`] is the same as ever: the outbox is the log, and an event exists when its transaction commits. [`Relay`] sends
//! it on; readers take it from Kafka and fall back on the outbox for what Kafka does not have any more. One topic holds all kinds,
//! in as many partitions as the log has, since a key's order spans kinds (docs/adr/0006).
//!
//! # Groups
//! Which member reads which partition is settled as on the Postgres log, by advisory locks: offsets live in the consumer's database
//! in any case, and a lock is free the moment its holder dies. Kafka's group protocol is not used, nor are its transactions.

mod config;
mod reader;
mod relay;
mod scout;
mod spot;
mod topic;
mod wire;

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use caravan_events::Kind;
use caravan_tenancy::{Database, SystemTx};
use tokio::time::Instant;

pub use config::Config;
pub use relay::Relay;

use crate::postgres::{Place, membership, number};
use crate::{
    Cursor, Error, EventLog, Fetched, Membership, PARTITIONS, Partition, Position, PostgresLog,
    Wake,
};
use reader::{Beginning, Reader, WAIT};
use scout::{Range, Scout};
use spot::{Hint, Spot};

/// Readers that wait for their next fetch; each costs a few threads and what it has read ahead (32 MB at most).
const IDLE_MAX: usize = 32;
/// How long a reader waits that nobody comes back for.
const IDLE_AGE_MAX: Duration = Duration::from_secs(30);

/// The log on Kafka. Cheap to clone.
#[derive(Clone)]
pub struct KafkaLog {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    outbox: PostgresLog,
    scout: Scout,
    /// Each stands where its last fetch ended; the next fetch from there finds it again.
    idle: Mutex<Vec<(Instant, Reader)>>,
}

/// Where a position goes on.
enum Found {
    /// Kafka has it no more: these are from the outbox.
    Outbox(Fetched),
    Kafka(Beginning),
}

impl KafkaLog {
    /// The log over the outbox that `reader` sees (a pool that logs in as `caravan_relay`) and the cluster of `config`. Makes the
    /// topic if it is not there. Somebody must run a [`KafkaLog::relay`], here or in another process.
    ///
    /// # Errors
    /// [`Error::Broker`] when the cluster does not answer, [`Error::Topic`] when the topic has another number of partitions.
    pub async fn connect(config: Config, reader: Database) -> Result<Self, Error> {
        let scout = Scout::new(&config)?;
        topic::ensure(&config, &scout).await?;
        // Before any relay runs: retention must not delete what was never sent.
        let mut session = reader.session().await.map_err(Error::Fetch)?;
        membership::register(&mut session, &relay::group(&config.topic)).await?;
        let (outbox, idle) = (PostgresLog::new(reader), Mutex::default());
        Ok(Self { shared: Arc::new(Shared { config, outbox, scout, idle }) })
    }

    /// What carries the outbox to Kafka; to be run beside the services.
    #[must_use]
    pub fn relay(&self) -> Relay {
        Relay::new(self.shared.config.clone(), self.shared.outbox.clone())
    }

    /// How many brokers the cluster has, asked now; for whoever looks at the installation as a whole.
    ///
    /// # Errors
    /// [`Error::Broker`] when it does not answer.
    pub async fn brokers(&self) -> Result<usize, Error> {
        self.shared.scout.brokers().await
    }

    /// The outbox, for [`crate::retain`]: the relay counts as a group there, so that nothing is deleted that Kafka does not have.
    #[must_use]
    pub fn outbox(&self) -> &PostgresLog {
        &self.shared.outbox
    }
}

#[async_trait]
impl EventLog for KafkaLog {
    fn partitions(&self) -> u16 {
        PARTITIONS
    }

    async fn fetch(
        &self,
        cursors: &[Cursor],
        topics: &[Kind],
        max: usize,
    ) -> Result<Fetched, Error> {
        if cursors.is_empty() {
            // Whoever has no partitions asks again at once, since this log's fetch is where one waits.
            tokio::time::sleep(WAIT).await;
            return Ok(Fetched::default());
        }
        let mut reader = match self.shared.take(cursors) {
            Some(reader) => reader,
            None => Reader::new(&self.shared.config)?,
        };
        let mut fetched = Fetched::default();
        let filled = self.shared.fill(&mut reader, cursors, topics, max, &mut fetched).await;
        // One that failed is kept too, blank: a client is dear, and closing it while its broker dies is what librdkafka is worst at.
        if filled.is_ok() || reader.forget().is_ok() {
            self.shared.give(reader);
        }
        filled.map(|()| fetched)
    }

    async fn end(&self) -> Result<Vec<Cursor>, Error> {
        // First where Kafka ends, then where the outbox does: what is behind the second cannot lie before the first.
        let all: Vec<Partition> = (0..PARTITIONS).map(Partition).collect();
        let ranges = self.shared.scout.ranges(all).await?;
        let mut cursors = self.shared.outbox.end().await?;
        for (cursor, range) in cursors.iter_mut().zip(ranges) {
            let passed = Place::read(&cursor.position)?;
            cursor.position = Spot { passed, hint: Hint::From(range.high) }.position();
        }
        Ok(cursors)
    }

    /// Counted in the outbox, so that what the relay has yet to send counts too, and what it sent twice does not.
    async fn backlog(&self, cursor: &Cursor) -> Result<u64, Error> {
        self.shared.outbox.backlog(cursor).await
    }

    async fn join(&self, group: &str) -> Result<Box<dyn Membership>, Error> {
        self.shared.outbox.join(group).await
    }

    fn wake(&self) -> Wake {
        Wake::at_once()
    }
}

impl Shared {
    /// Has `reader` read what lies behind `cursors`.
    async fn fill(
        &self,
        reader: &mut Reader,
        cursors: &[Cursor],
        topics: &[Kind],
        max: usize,
        fetched: &mut Fetched,
    ) -> Result<(), Error> {
        let mut missing = reader.align(cursors)?;
        loop {
            self.find(reader, cursors, missing, topics, max, fetched).await?;
            let lost = reader.read(topics, max.max(1), fetched).await?;
            // The hint misled: without it.
            let passed = cursors.iter().filter(|cursor| lost.contains(&cursor.partition));
            let unknown = |cursor: &Cursor| {
                let Spot { passed, .. } = Spot::read(&cursor.position)?;
                Ok((cursor.partition, Spot { passed, hint: Hint::Unknown }))
            };
            missing = passed.map(unknown).collect::<Result<_, Error>>()?;
            if missing.is_empty() {
                return Ok(());
            }
        }
    }

    /// The reader that stands at most of `cursors`, else one that stands nowhere.
    fn take(&self, cursors: &[Cursor]) -> Option<Reader> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let suits = |(index, (_, reader)): (usize, &(Instant, Reader))| {
            reader.suits(cursors).map(|agreed| (agreed, index))
        };
        let best = idle.iter().enumerate().filter_map(suits).max().map(|(_, index)| index);
        let index = best.or_else(|| idle.iter().position(|(_, reader)| reader.is_blank()))?;
        Some(idle.swap_remove(index).1)
    }

    fn give(&self, reader: Reader) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < IDLE_AGE_MAX);
        if idle.len() < IDLE_MAX {
            idle.push((Instant::now(), reader));
        }
    }

    /// Has `reader` begin where each of `missing` goes on; what is only in the outbox is put into `fetched` instead.
    async fn find(
        &self,
        reader: &mut Reader,
        cursors: &[Cursor],
        missing: Vec<(Partition, Spot)>,
        topics: &[Kind],
        max: usize,
        fetched: &mut Fetched,
    ) -> Result<(), Error> {
        if missing.is_empty() {
            return Ok(());
        }
        let partitions = missing.iter().map(|(partition, _)| *partition).collect();
        let ranges = self.scout.ranges(partitions).await?;
        for ((partition, spot), range) in missing.into_iter().zip(ranges) {
            match self.locate(partition, spot, range, topics, max).await? {
                Found::Outbox(part) => {
                    fetched.events.extend(part.events);
                    fetched.cursors.extend(part.cursors);
                }
                Found::Kafka(begin) => {
                    if let Some(cursor) = cursors.iter().find(|c| c.partition == partition) {
                        reader.begin(cursor, spot, begin);
                    }
                }
            }
        }
        reader.assign()
    }

    /// Where `spot` goes on in a partition that has the offsets of `range`.
    async fn locate(
        &self,
        partition: Partition,
        spot: Spot,
        range: Range,
        topics: &[Kind],
        max: usize,
    ) -> Result<Found, Error> {
        match spot.hint {
            Hint::At(next, place) if (range.low..range.high).contains(&next) => {
                return Ok(Found::Kafka(Beginning { next, expected: Some(place) }));
            }
            Hint::From(next) if (range.low..=range.high).contains(&next) => {
                return Ok(Found::Kafka(Beginning { next, expected: None }));
            }
            _ => {}
        }
        // From the oldest message, once the outbox has given what lies before it.
        let oldest =
            if range.low < range.high { self.scout.first(partition, range).await? } else { None };
        let (begin, before) = match oldest {
            Some((next, place)) => (Beginning { next, expected: Some(place) }, place),
            None => {
                let Place { xid, pos } = self.sent(partition).await?;
                let before = Place { xid, pos: pos.saturating_add(1) };
                (Beginning { next: range.high, expected: None }, before)
            }
        };
        let kept = self.kept(partition, spot.passed, before, topics, max).await?;
        Ok(if kept.cursors.is_empty() { Found::Kafka(begin) } else { Found::Outbox(kept) })
    }

    /// What the outbox has between two places, both excluded.
    async fn kept(
        &self,
        partition: Partition,
        after: Place,
        before: Place,
        topics: &[Kind],
        max: usize,
    ) -> Result<Fetched, Error> {
        let from = Cursor { partition, position: Position::new(after.to_string()) };
        let mut fetched = self.outbox.fetch(&[from], &[], max).await?;
        let mut within = Ok(true);
        fetched.events.retain(|event| match Place::read(&event.position) {
            Ok(place) => place < before,
            Err(error) => {
                within = Err(error);
                false
            }
        });
        within?;
        let last = fetched.events.last().map(|event| event.position.clone());
        let wanted = |kind: &Kind| topics.is_empty() || topics.contains(kind);
        fetched.events.retain(|event| wanted(&event.envelope.kind));
        fetched.cursors = last.map(|position| Cursor { partition, position }).into_iter().collect();
        Ok(fetched)
    }

    /// The place up to which the relay has had everything acknowledged.
    async fn sent(&self, partition: Partition) -> Result<Place, Error> {
        let mut tx = SystemTx::begin(self.outbox.reader()).await.map_err(Error::Fetch)?;
        let position: Option<String> = sqlx::query_scalar(
            "SELECT position FROM log.consumer_offsets WHERE group_name = $1 AND partition = $2",
        )
        .bind(relay::group(&self.config.topic))
        .bind(number(partition))
        .fetch_optional(tx.conn())
        .await
        .map_err(|source| Error::Fetch(source.into()))?;
        tx.commit().await.map_err(Error::Fetch)?;
        Place::read(&Position::new(position.unwrap_or_default()))
    }
}

impl core::fmt::Debug for KafkaLog {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KafkaLog").field("config", &self.shared.config).finish_non_exhaustive()
    }
}
