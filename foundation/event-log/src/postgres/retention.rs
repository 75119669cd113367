//! Deleting what is old and what every registered group has taken in.

use core::time::Duration;

use caravan_tenancy::SystemTx;

use super::membership::lock_key;
use super::{Place, PostgresLog, number};
use crate::{Error, PARTITIONS, Partition, Position};

/// Rows deleted in one transaction: small enough that no reader waits for it.
const BATCH: i64 = 2_000;

/// What a run of [`retain`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retained {
    /// Events deleted.
    pub deleted: u64,
}

/// Deletes events older than `age`, in batches, and never one that a registered group has not passed. A duplicate of a deleted
/// event is new to the log again, so `age` must exceed the time in which a party may repeat itself (90 days is usual).
///
/// # Errors
/// [`Error::Retain`]; what was deleted before stays deleted.
pub async fn retain(log: &PostgresLog, age: Duration) -> Result<Retained, Error> {
    let mut retained = Retained::default();
    for partition in (0..PARTITIONS).map(Partition) {
        let Some(passed) = passed_by_all(log, partition).await? else { continue };
        loop {
            let deleted = delete(log, partition, passed, age).await?;
            retained.deleted = retained.deleted.saturating_add(deleted);
            if deleted < u64::try_from(BATCH).unwrap_or(u64::MAX) {
                break;
            }
        }
    }
    tracing::info!(deleted = retained.deleted, "old events deleted");
    Ok(retained)
}

/// What became of a group that was to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// It is out of retention's sight.
    Done,
    /// No such group has ever read this log, or it was forgotten before.
    Unknown,
    /// Somebody reads for it: nothing was done.
    Lives,
}

/// Takes a group that will never come back out of retention's sight. If it comes back all the same it goes on behind what it took in
/// last, without the events that were deleted meanwhile.
///
/// # Errors
/// [`Error::Retain`].
pub async fn forget_group(log: &PostgresLog, group: &str) -> Result<Forgotten, Error> {
    let failed = |source: sqlx::Error| Error::Retain(source.into());
    let mut tx = SystemTx::begin(log.reader()).await.map_err(Error::Retain)?;
    // Every member holds it shared, and whoever joins waits for it.
    let is_free: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)")
        .bind(lock_key(group, None))
        .fetch_one(tx.conn())
        .await
        .map_err(failed)?;
    if !is_free {
        return Ok(Forgotten::Lives);
    }
    let gone = sqlx::query("DELETE FROM log.groups WHERE group_name = $1")
        .bind(group)
        .execute(tx.conn())
        .await
        .map_err(failed)?
        .rows_affected();
    tx.commit().await.map_err(Error::Retain)?;
    Ok(if gone == 0 { Forgotten::Unknown } else { Forgotten::Done })
}

/// The place that the slowest group has passed; without any group, everything may go that is old. `None`: nothing may.
async fn passed_by_all(log: &PostgresLog, partition: Partition) -> Result<Option<Place>, Error> {
    let mut tx = SystemTx::begin(log.reader()).await.map_err(Error::Retain)?;
    let positions: Vec<String> =
        sqlx::query_scalar("SELECT position FROM log.groups WHERE partition = $1")
            .bind(number(partition))
            .fetch_all(tx.conn())
            .await
            .map_err(|source| Error::Retain(source.into()))?;
    let mut slowest = Place { xid: u64::MAX, pos: i64::MAX };
    for position in positions {
        slowest = slowest.min(Place::read(&Position::new(position))?);
    }
    Ok((slowest.xid > 0).then_some(slowest))
}

async fn delete(
    log: &PostgresLog,
    partition: Partition,
    passed: Place,
    age: Duration,
) -> Result<u64, Error> {
    let mut tx = SystemTx::begin(log.reader()).await.map_err(Error::Retain)?;
    let deleted = sqlx::query(
        "DELETE FROM log.events WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM log.events
            WHERE partition = $1 AND (xid, pos) <= ($2::text::xid8, $3)
              AND appended_at < now() - make_interval(secs => $4)
            ORDER BY xid, pos LIMIT $5))",
    )
    .bind(number(partition))
    .bind(passed.xid.to_string())
    .bind(passed.pos)
    .bind(age.as_secs_f64())
    .bind(BATCH)
    .execute(tx.conn())
    .await
    .map_err(|source| Error::Retain(source.into()))?
    .rows_affected();
    tx.commit().await.map_err(Error::Retain)?;
    Ok(deleted)
}
