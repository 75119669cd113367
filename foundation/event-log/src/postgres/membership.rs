//! Shares of partitions by advisory locks: they die with the connection, so a killed member's share is free at once.
//!
//! Every member holds a shared lock that counts it, and an exclusive lock for each partition it has. Each looks from time to time
//! how many members there are, gives up what is more than its share, and takes what is free. No table, no clock, no timeout.

use std::collections::BTreeSet;

use async_trait::async_trait;
use caravan_tenancy::{Database, SystemTx};
use sqlx::PgConnection;

use super::number;
use crate::position::fnv1a;
use crate::{Cursor, Error, Membership, PARTITIONS, Partition};

pub(super) struct Member {
    reader: Database,
    group: String,
    session: PgConnection,
    held: BTreeSet<Partition>,
}

impl Member {
    pub(super) async fn join(reader: Database, group: &str) -> Result<Self, Error> {
        let session = reader.session().await.map_err(|source| lost(group, source))?;
        let mut member = Self { reader, group: group.to_owned(), session, held: BTreeSet::new() };
        let key = member.key(None);
        // Waits for nobody but whoever forgets the group just now.
        member.lock("SELECT true FROM pg_advisory_lock_shared($1)", key).await?;
        register(&mut member.session, group).await?;
        Ok(member)
    }

    fn key(&self, partition: Option<Partition>) -> i64 {
        lock_key(&self.group, partition)
    }

    async fn lock(&mut self, statement: &'static str, key: i64) -> Result<bool, Error> {
        sqlx::query_scalar(statement)
            .bind(key)
            .fetch_one(&mut self.session)
            .await
            .map_err(|source| lost(&self.group, source.into()))
    }

    /// How many members there are, this one included.
    async fn members(&mut self) -> Result<usize, Error> {
        let key = self.key(None);
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_locks
              WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND mode = 'ShareLock'
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND ((classid::bigint << 32) | objid::bigint) = $1",
        )
        .bind(key)
        .fetch_one(&mut self.session)
        .await
        .map_err(|source| lost(&self.group, source.into()))?;
        Ok(usize::try_from(count).unwrap_or_default().max(1))
    }
}

/// The advisory lock of a partition of `group`, or of the membership itself.
pub(super) fn lock_key(group: &str, partition: Option<Partition>) -> i64 {
    let what = partition.map_or_else(|| "member".to_owned(), |number| number.to_string());
    let text = format!("caravan.log/{group}/{what}");
    i64::from_ne_bytes(fnv1a(text.bytes()).to_ne_bytes())
}

#[async_trait]
impl Membership for Member {
    async fn assignment(&mut self) -> Result<Vec<Partition>, Error> {
        let share = usize::from(PARTITIONS).div_ceil(self.members().await?);
        while self.held.len() > share {
            let Some(partition) = self.held.pop_last() else { break };
            let key = self.key(Some(partition));
            self.lock("SELECT pg_advisory_unlock($1)", key).await?;
        }
        for partition in (0..PARTITIONS).map(Partition) {
            if self.held.len() >= share {
                break;
            }
            if self.held.contains(&partition) {
                continue;
            }
            let key = self.key(Some(partition));
            if self.lock("SELECT pg_try_advisory_lock($1)", key).await? {
                self.held.insert(partition);
            }
        }
        Ok(self.held.iter().copied().collect())
    }

    async fn passed(&mut self, cursors: &[Cursor]) -> Result<(), Error> {
        let partitions: Vec<i16> = cursors.iter().map(|cursor| number(cursor.partition)).collect();
        let positions: Vec<&str> = cursors.iter().map(|cursor| cursor.position.as_str()).collect();
        let mut tx =
            SystemTx::begin(&self.reader).await.map_err(|source| lost(&self.group, source))?;
        sqlx::query(
            "UPDATE log.groups SET position = c.position, updated_at = now()
               FROM unnest($2::smallint[], $3::text[]) AS c (partition, position)
              WHERE groups.group_name = $1 AND groups.partition = c.partition",
        )
        .bind(&self.group)
        .bind(partitions)
        .bind(positions)
        .execute(tx.conn())
        .await
        .map_err(|source| lost(&self.group, source.into()))?;
        tx.commit().await.map_err(|source| lost(&self.group, source))
    }
}

/// Has retention know of a group: it must not delete in front of one that has not read anything yet.
pub(crate) async fn register(session: &mut PgConnection, group: &str) -> Result<(), Error> {
    let all: Vec<i16> = (0..PARTITIONS).map(|partition| number(Partition(partition))).collect();
    sqlx::query(
        "INSERT INTO log.groups (group_name, partition, position)
         SELECT $1, unnest($2::smallint[]), '' ON CONFLICT DO NOTHING",
    )
    .bind(group)
    .bind(all)
    .execute(session)
    .await
    .map(drop)
    .map_err(|source| lost(group, source.into()))
}

fn lost(group: &str, source: caravan_tenancy::Error) -> Error {
    Error::Membership { group: group.to_owned(), source }
}
