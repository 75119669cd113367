//! What a reader needs of a log. PostgreSQL is one, Kafka another.

use async_trait::async_trait;
use caravan_events::{Envelope, Kind};

use crate::{Cursor, Partition, Position, Wake};

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its partition.
    pub partition: Partition,
    /// Its position in it.
    pub position: Position,
    /// When the log took it, milliseconds since 1970-01-01T00:00:00Z.
    pub appended_ms: i64,
    /// The event.
    pub envelope: Envelope,
}

/// What one fetch found.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// Events of the topics asked for, in order within each partition.
    pub events: Vec<Stored>,
    /// Where the reader stands once it has taken them: one cursor for each partition that moved, including those that moved
    /// only over other topics' events.
    pub cursors: Vec<Cursor>,
}

/// The log cannot be read or joined.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A read failed.
    #[error("cannot fetch events")]
    Fetch(#[source] caravan_tenancy::Error),
    /// The group's membership was lost or cannot be had; whoever held it joins again.
    #[error("cannot keep the membership of group {group}")]
    Membership {
        /// The group.
        group: String,
        /// Why.
        #[source]
        source: caravan_tenancy::Error,
    },
    /// A position that this log did not write.
    #[error("{position:?} is not a position of this log")]
    Position {
        /// Its text.
        position: String,
    },
    /// Old events could not be deleted.
    #[error("cannot delete old events")]
    Retain(#[source] caravan_tenancy::Error),
    /// The broker did not do what it was asked.
    #[error("cannot {operation}")]
    Broker {
        /// What it was asked.
        operation: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// The broker's topic is not one that this log can use.
    #[error(
        "topic {topic} has {found} partitions and must have {wanted}; a topic's partitions are never changed, name another one"
    )]
    Topic {
        /// Its name.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many a log has.
        wanted: u16,
    },
    /// A stored event's fields are not what was appended.
    #[error("the stored event at {position} of partition {partition} is damaged")]
    Damaged {
        /// Its partition.
        partition: Partition,
        /// Its position.
        position: String,
    },
}

/// A log that can be read in consumer groups.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// How many partitions there are; they are numbered from 0.
    fn partitions(&self) -> u16;

    /// At most about `max` events that lie behind the cursors, of `topics` (of all when empty). Never skips an event that may
    /// still appear in front of one returned. Returns with nothing when there is nothing: at once, or after having waited for a
    /// tenth of a second.
    async fn fetch(
        &self,
        cursors: &[Cursor],
        topics: &[Kind],
        max: usize,
    ) -> Result<Fetched, Error>;

    /// A cursor for each partition behind which lies only what is appended from now on, and possibly what is just being appended.
    async fn end(&self) -> Result<Vec<Cursor>, Error>;

    /// How many events lie behind the cursor, counted up to a ceiling of 10,000; for the lag metric.
    async fn backlog(&self, cursor: &Cursor) -> Result<u64, Error>;

    /// Makes this process a member of `group`; each of a group's members gets its own share of the partitions.
    async fn join(&self, group: &str) -> Result<Box<dyn Membership>, Error>;

    /// The hint that something may be there to fetch.
    fn wake(&self) -> Wake;
}

/// One member of a group. Dropping it gives its partitions to the others.
#[async_trait]
pub trait Membership: Send {
    /// The partitions that are this member's now. Asked again and again: the answer changes as members come and go, and for a
    /// moment two members may both be given one; the offsets in the consumer's own database settle it.
    async fn assignment(&mut self) -> Result<Vec<Partition>, Error>;

    /// Reports what the group has committed, so that retention may delete it. Reporting late is harmless.
    async fn passed(&mut self, cursors: &[Cursor]) -> Result<(), Error>;
}
