//! How far each group is, and whether anybody reads for it: for whoever looks at the installation as a whole.

use core::time::Duration;
use std::collections::BTreeMap;

use caravan_tenancy::SystemTx;

use super::membership::lock_key;
use super::{Place, PostgresLog, in_order};
use crate::{Error, Position};

/// Where counting stops, for each partition.
const BEHIND_MAX: i64 = 1_000;

/// A group's standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupState {
    /// Its name.
    pub group: String,
    /// Members that are connected now. A group without any goes nowhere.
    pub members: u32,
    /// Events that it has yet to take in, as of its last report: up to 1,000 are counted in each partition.
    pub behind: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// How long the oldest of them has been waiting.
    pub waiting: Option<Duration>,
}

/// Every group that has ever read this log and was not forgotten, by name. Groups on Kafka are among them, and the relay to it as
/// `kafka/<topic>`: what that one has yet to take in is the outbox.
///
/// # Errors
/// [`Error::Fetch`] when the database fails, [`Error::Position`] when a group's position is not one.
pub async fn groups(log: &PostgresLog) -> Result<Vec<GroupState>, Error> {
    let mut tx = SystemTx::begin(log.reader()).await.map_err(Error::Fetch)?;
    let stand: Vec<(String, i16, String)> = sqlx::query_as(
        "SELECT group_name, partition, position FROM log.groups ORDER BY group_name, partition",
    )
    .fetch_all(tx.conn())
    .await
    .map_err(|source| Error::Fetch(source.into()))?;
    let members = members(&mut tx).await.map_err(|source| Error::Fetch(source.into()))?;
    in_order(&mut tx).await?;
    let behind = behind(&mut tx, &stand).await?;
    tx.commit().await.map_err(Error::Fetch)?;
    let mut states: BTreeMap<&str, GroupState> = BTreeMap::new();
    for ((group, _, _), (count, waiting)) in stand.iter().zip(behind) {
        let state = states.entry(group).or_insert_with(|| GroupState {
            group: group.clone(),
            members: members.get(&lock_key(group, None)).copied().unwrap_or_default(),
            behind: 0,
            more: false,
            waiting: None,
        });
        state.behind = state.behind.saturating_add(u64::try_from(count).unwrap_or_default());
        state.more |= count >= BEHIND_MAX;
        state.waiting = state.waiting.max(waiting);
    }
    Ok(states.into_values().collect())
}

/// Members by the lock that each of them holds.
async fn members(tx: &mut SystemTx) -> Result<BTreeMap<i64, u32>, sqlx::Error> {
    let held: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT (classid::bigint << 32) | objid::bigint, count(*) FROM pg_locks
          WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND mode = 'ShareLock'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          GROUP BY 1",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(held
        .into_iter()
        .map(|(key, count)| (key, u32::try_from(count).unwrap_or(u32::MAX)))
        .collect())
}

/// For each standing how many events lie behind it, and how long the oldest of them has been there.
async fn behind(
    tx: &mut SystemTx,
    stand: &[(String, i16, String)],
) -> Result<Vec<(i64, Option<Duration>)>, Error> {
    let mut places = Vec::with_capacity(stand.len());
    for (_, _, position) in stand {
        places.push(Place::read(&Position::new(position.clone()))?);
    }
    let rows: Vec<(i64, Option<f64>)> = sqlx::query_as(
        "SELECT e.number, e.waiting_s
           FROM unnest($1::smallint[], $2::text[], $3::bigint[]) WITH ORDINALITY AS c (partition, xid, pos, turn)
          CROSS JOIN LATERAL (
            SELECT count(*) AS number, extract(epoch FROM clock_timestamp() - min(appended_at))::float8 AS waiting_s
              FROM (SELECT appended_at FROM log.events
                     WHERE partition = c.partition AND (events.xid, events.pos) > (c.xid::xid8, c.pos)
                     ORDER BY events.xid, events.pos LIMIT $4) AS next) AS e
          ORDER BY c.turn",
    )
    .bind(stand.iter().map(|(_, partition, _)| *partition).collect::<Vec<_>>())
    .bind(places.iter().map(|place| place.xid.to_string()).collect::<Vec<_>>())
    .bind(places.iter().map(|place| place.pos).collect::<Vec<_>>())
    .bind(BEHIND_MAX)
    .fetch_all(tx.conn())
    .await
    .map_err(|source| Error::Fetch(source.into()))?;
    let waiting = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Ok(rows.into_iter().map(|(number, seconds)| (number, seconds.map(waiting))).collect())
}
