//! The embedded log: a table, read by `(xid, pos)` behind the horizon of running transactions.
//!
//! # Why not a cursor on the sequence
//! A sequence number is taken before the commit. T1 takes 1 and stays open, T2 takes 2 and commits, a reader sees 2 and moves on,
//! T1 commits: 1 is never delivered. So a row counts only when its transaction is older than every transaction still running
//! (`xid < pg_snapshot_xmin(pg_current_snapshot())`); nothing can then appear in front of it any more.
//!
//! # What it costs
//! One long *writing* transaction anywhere on the server holds every reader back; hence the time limits of the private cluster
//! (`idle_in_transaction_session_timeout`) and the lag metric.

pub(crate) mod groups;
pub(crate) mod membership;
pub(crate) mod retention;

use core::fmt;

use async_trait::async_trait;
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId, TraceId};
use caravan_tenancy::{Database, SystemTx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{
    Cursor, Error, EventLog, Fetched, Membership, PARTITIONS, Partition, Position, Stored, Wake,
};

/// Where counting a backlog stops.
const BACKLOG_MAX: i64 = 10_000;
/// The least that one partition contributes to a fetch, so that one hot partition is not read in crumbs.
const SHARE_MIN: usize = 64;

/// The log in PostgreSQL, read under the role `caravan_relay`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PostgresLog {
    reader: Database,
}

impl PostgresLog {
    /// A log over `reader`, a pool that logs in as `caravan_relay`. Two or three connections are plenty; each group that runs in
    /// this process holds one more.
    #[must_use]
    pub fn new(reader: Database) -> Self {
        Self { reader }
    }

    pub(crate) fn reader(&self) -> &Database {
        &self.reader
    }
}

/// A [`Position`] as this log writes it: `xid:pos`. The Kafka log appends where Kafka has it, after a sign; here that is passed over,
/// so that a group may go from one log to the other and lose nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) xid: u64,
    pub(crate) pos: i64,
}

impl Place {
    /// Before every event.
    pub(crate) const START: Self = Self { xid: 0, pos: 0 };

    pub(crate) fn read(position: &Position) -> Result<Self, Error> {
        let text = position.as_str();
        if text.is_empty() {
            return Ok(Self::START);
        }
        let (here, _) =
            text.split_at_checked(text.find(['@', '+']).unwrap_or(text.len())).unwrap_or_default();
        Self::parse(here).ok_or_else(|| Error::Position { position: text.to_owned() })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (xid, pos) = text.split_once(':')?;
        Some(Self { xid: xid.parse().ok()?, pos: pos.parse().ok()? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.xid, self.pos)
    }
}

/// Cursors as the three arrays of a query.
struct Arrays {
    partition: Vec<i16>,
    xid: Vec<String>,
    pos: Vec<i64>,
}

impl Arrays {
    fn of(cursors: &[Cursor]) -> Result<Self, Error> {
        let mut arrays = Self { partition: Vec::new(), xid: Vec::new(), pos: Vec::new() };
        for cursor in cursors {
            let place = Place::read(&cursor.position)?;
            arrays.partition.push(number(cursor.partition));
            arrays.xid.push(place.xid.to_string());
            arrays.pos.push(place.pos);
        }
        Ok(arrays)
    }
}

/// A partition's number as the database's type; there are 16.
pub(crate) fn number(partition: Partition) -> i16 {
    i16::try_from(partition.0).unwrap_or(i16::MAX)
}

#[async_trait]
impl EventLog for PostgresLog {
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
            return Ok(Fetched::default());
        }
        let arrays = Arrays::of(cursors)?;
        let share = max.checked_div(cursors.len()).unwrap_or(max).max(SHARE_MIN).min(max.max(1));
        let topics: Vec<&str> = topics.iter().map(Kind::as_str).collect();
        let mut tx = SystemTx::begin(&self.reader).await.map_err(Error::Fetch)?;
        in_order(&mut tx).await?;
        // Rows of other topics are read without their data, so that the cursor moves over them once and not at every poll.
        let rows = sqlx::query(
            "SELECT e.*, (extract(epoch FROM e.appended_at) * 1000)::bigint AS appended_ms
               FROM unnest($1::smallint[], $2::text[], $3::bigint[]) AS c (partition, xid, pos)
              CROSS JOIN LATERAL (
                SELECT partition, xid::text AS xid, pos, topic, tenant_id, id, key, connection_id, document, trace, time_ms,
                       appended_at, wanted, CASE WHEN wanted THEN data END AS data
                  FROM (SELECT *, (cardinality($4::text[]) = 0 OR topic = ANY ($4)) AS wanted
                          FROM log.events
                         WHERE partition = c.partition AND (events.xid, events.pos) > (c.xid::xid8, c.pos)
                           AND events.xid < pg_snapshot_xmin(pg_current_snapshot())
                         ORDER BY events.xid, events.pos LIMIT $5) AS next
                 ORDER BY next.xid, next.pos) AS e",
        )
        .bind(arrays.partition)
        .bind(arrays.xid)
        .bind(arrays.pos)
        .bind(topics)
        .bind(i64::try_from(share).unwrap_or(i64::MAX))
        .fetch_all(tx.conn())
        .await
        .map_err(|source| Error::Fetch(source.into()))?;
        tx.commit().await.map_err(Error::Fetch)?;
        collect(&rows)
    }

    async fn end(&self) -> Result<Vec<Cursor>, Error> {
        let mut tx = SystemTx::begin(&self.reader).await.map_err(Error::Fetch)?;
        let horizon: String =
            sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
                .fetch_one(tx.conn())
                .await
                .map_err(|source| Error::Fetch(source.into()))?;
        // No row has pos 0: behind this place lie exactly the transactions that are not over yet.
        let position = Position::new(format!("{horizon}:0"));
        let cursor = |partition| Cursor { partition, position: position.clone() };
        Ok((0..PARTITIONS).map(Partition).map(cursor).collect())
    }

    async fn backlog(&self, cursor: &Cursor) -> Result<u64, Error> {
        let place = Place::read(&cursor.position)?;
        let mut tx = SystemTx::begin(&self.reader).await.map_err(Error::Fetch)?;
        in_order(&mut tx).await?;
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (
               SELECT 1 FROM log.events
                WHERE partition = $1 AND (xid, pos) > ($2::text::xid8, $3) LIMIT $4) AS behind",
        )
        .bind(number(cursor.partition))
        .bind(place.xid.to_string())
        .bind(place.pos)
        .bind(BACKLOG_MAX)
        .fetch_one(tx.conn())
        .await
        .map_err(|source| Error::Fetch(source.into()))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    async fn join(&self, group: &str) -> Result<Box<dyn Membership>, Error> {
        Ok(Box::new(membership::Member::join(self.reader.clone(), group).await?))
    }

    fn wake(&self) -> Wake {
        Wake::new()
    }
}

/// Has the statements that follow walk the index in its order, and stop at their limit. To a planner whose statistics are older than
/// the events a partition is a handful of rows: it would gather all of them first, for each batch, which costs more the further a
/// reader is behind (docs/adr/0007).
async fn in_order(tx: &mut SystemTx) -> Result<(), Error> {
    let walk = "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)";
    sqlx::query(walk).execute(tx.conn()).await.map_err(|source| Error::Fetch(source.into()))?;
    Ok(())
}

/// Rows in order within each partition, turned into events and the cursors behind them.
fn collect(rows: &[PgRow]) -> Result<Fetched, Error> {
    let mut fetched = Fetched::default();
    for row in rows {
        let (cursor, event) = read(row).map_err(|source| Error::Fetch(source.into()))??;
        match fetched.cursors.last_mut() {
            Some(last) if last.partition == cursor.partition => last.position = cursor.position,
            _ => fetched.cursors.push(cursor),
        }
        fetched.events.extend(event);
    }
    Ok(fetched)
}

type Read = (Cursor, Option<Stored>);

fn read(row: &PgRow) -> Result<Result<Read, Error>, sqlx::Error> {
    let partition: i16 = row.try_get("partition")?;
    let partition = Partition(u16::try_from(partition).unwrap_or_default());
    let (xid, pos): (&str, i64) = (row.try_get("xid")?, row.try_get("pos")?);
    let position = Position::new(format!("{xid}:{pos}"));
    let cursor = Cursor { partition, position: position.clone() };
    if !row.try_get::<bool, _>("wanted")? {
        return Ok(Ok((cursor, None)));
    }
    let Some(envelope) = envelope(row)? else {
        let position = position.as_str().to_owned();
        return Ok(Err(Error::Damaged { partition, position }));
    };
    let appended_ms = row.try_get("appended_ms")?;
    Ok(Ok((cursor, Some(Stored { partition, position, appended_ms, envelope }))))
}

/// The event in a row; none when its bytes cannot be what they should.
pub(crate) fn envelope(row: &PgRow) -> Result<Option<Envelope>, sqlx::Error> {
    let document: Result<[u8; 32], _> = row.try_get::<Vec<u8>, _>("document")?.try_into();
    let trace = row.try_get::<Option<Vec<u8>>, _>("trace")?.map(<[u8; 16]>::try_from).transpose();
    let (Ok(document), Ok(trace)) = (document, trace) else { return Ok(None) };
    Ok(Some(Envelope {
        id: RecordId(row.try_get::<Uuid, _>("id")?),
        tenant: TenantId(row.try_get::<Uuid, _>("tenant_id")?),
        connection: ConnectionId(row.try_get::<Uuid, _>("connection_id")?),
        document: DocumentHash(document),
        kind: Kind::new(row.try_get::<String, _>("topic")?),
        key: row.try_get("key")?,
        time_ms: row.try_get("time_ms")?,
        trace: trace.map(TraceId),
        data: row.try_get("data")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_back_and_foreign_ones_refused() {
        let place = Place { xid: 18_446_744_073_709_551_615, pos: 7 };
        assert_eq!(Place::read(&Position::new(place.to_string())).unwrap(), place);
        assert_eq!(Place::read(&Position::START).unwrap(), Place::START);
        let here = Place { xid: 1, pos: 2 };
        for known_to_kafka in ["1:2@9", "1:2@9=1:1", "1:2+9"] {
            assert_eq!(Place::read(&Position::new(known_to_kafka)).unwrap(), here);
        }
        for bad in ["7", "a:b", "1:2:3", ":", "@7"] {
            assert!(Place::read(&Position::new(bad)).is_err(), "{bad}");
        }
    }
}
