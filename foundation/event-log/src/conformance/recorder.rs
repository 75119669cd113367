//! The suite's handler: writes each event down as an effect, and misbehaves on request.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_model::RecordId;
use caravan_tenancy::SystemTx;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Failure, KIND, World};
use crate::{Consumer, EventLog, Handler, HandlerError, Stored};

/// What a recorder does besides recording.
#[derive(Clone, Default)]
pub(super) enum Mood {
    /// Nothing.
    #[default]
    Fine,
    /// Refuses events of this key.
    Refuses(&'static str),
    /// Cannot take events of this key just now.
    Postpones(&'static str),
    /// Writes its effects, tells, and then never returns: the moment to be killed in.
    Hangs(Arc<Notify>),
}

#[derive(Clone)]
pub(super) struct Recorder {
    pub(super) group: &'static str,
    pub(super) member: &'static str,
    pub(super) mood: Mood,
}

#[async_trait]
impl Handler for Recorder {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let (mut ids, mut keys, mut numbers, mut partitions) = (vec![], vec![], vec![], vec![]);
        for event in batch {
            ids.push(event.envelope.id.0);
            keys.push(event.envelope.key.clone());
            numbers.push(event.envelope.time_ms);
            partitions.push(i32::from(event.partition.0));
        }
        let met = |bad: &str| keys.iter().any(|key| key == bad);
        let is_refused = matches!(self.mood, Mood::Refuses(bad) if met(bad));
        let is_postponed = matches!(self.mood, Mood::Postpones(bad) if met(bad));
        sqlx::query(
            "INSERT INTO effects (group_name, member, event_id, key, number, partition)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::bigint[], $6::int[])",
        )
        .bind(self.group)
        .bind(self.member)
        .bind(ids)
        .bind(keys)
        .bind(numbers)
        .bind(partitions)
        .execute(tx.conn())
        .await?;
        if is_refused {
            // After the effects, so that undoing them is tested too.
            return Err(HandlerError::poison("planned refusal"));
        }
        if is_postponed {
            return Err(HandlerError::later("planned delay"));
        }
        if let Mood::Hangs(told) = &self.mood {
            told.notify_one();
            core::future::pending::<()>().await;
        }
        Ok(())
    }
}

/// A running member. Dropped, it is killed as a process would be: in the middle of whatever it does.
pub(super) struct Member {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Member {
    pub(super) fn start(world: &dyn World, log: Arc<dyn EventLog>, recorder: Recorder) -> Self {
        let shutdown = CancellationToken::new();
        let consumer = Consumer::new(
            log,
            world.database().clone(),
            recorder.group,
            vec![KIND],
            Arc::new(recorder),
        )
        .batch_max(200);
        let task = tokio::spawn(consumer.run(shutdown.clone()));
        Self { shutdown, task }
    }

    /// Kills it, and returns when it is dead.
    pub(super) async fn kill(mut self) {
        self.task.abort();
        drop((&mut self.task).await);
    }

    /// Lets it finish.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        self.shutdown.cancel();
        Ok((&mut self.task).await?)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One effect as written down.
#[derive(Debug, Clone)]
pub(super) struct Effect {
    pub(super) member: String,
    pub(super) id: RecordId,
    pub(super) key: String,
    pub(super) number: i64,
    pub(super) partition: i32,
}

/// A group's effects, in the order of happening.
pub(super) async fn effects(world: &dyn World, group: &str) -> Result<Vec<Effect>, Failure> {
    let mut tx = SystemTx::begin(world.database()).await?;
    let rows: Vec<(String, Uuid, String, i64, i32)> = sqlx::query_as(
        "SELECT member, event_id, key, number, partition FROM effects WHERE group_name = $1 ORDER BY seq",
    )
    .bind(group)
    .fetch_all(tx.conn())
    .await?;
    let effect = |(member, id, key, number, partition)| Effect {
        member,
        id: RecordId(id),
        key,
        number,
        partition,
    };
    Ok(rows.into_iter().map(effect).collect())
}

/// Waits until every one of `wanted` has had an effect, then checks that none had two and nothing else had one.
pub(super) async fn exactly_once(
    world: &dyn World,
    group: &str,
    wanted: &[RecordId],
) -> Result<Vec<Effect>, Failure> {
    let all_there = || async {
        let seen: std::collections::BTreeSet<RecordId> =
            effects(world, group).await?.into_iter().map(|effect| effect.id).collect();
        Ok(wanted.iter().all(|id| seen.contains(id)))
    };
    super::eventually(world, all_there).await?;
    let found = effects(world, group).await?;
    let mut counts: BTreeMap<RecordId, usize> = wanted.iter().map(|id| (*id, 0)).collect();
    for effect in &found {
        let Some(count) = counts.get_mut(&effect.id) else {
            return Err(Failure::broken(format!("{:?} was never committed", effect.id)));
        };
        *count = count.saturating_add(1);
    }
    let with = |wrong: fn(usize) -> bool| -> Vec<RecordId> {
        counts.iter().filter(|(_, count)| wrong(**count)).map(|(id, _)| *id).collect()
    };
    let (missing, twice) = (with(|count| count == 0), with(|count| count > 1));
    if !missing.is_empty() {
        return Err(Failure::Skipped { missing, wanted: wanted.len() });
    }
    if !twice.is_empty() {
        return Err(Failure::Twice(twice));
    }
    Ok(found)
}

/// Whether each key's effects happened in the order of its numbers.
pub(super) fn in_order(effects: &[Effect]) -> Result<(), Failure> {
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    for effect in effects {
        let before = last.insert(&effect.key, effect.number);
        if before.is_some_and(|before| before >= effect.number) {
            return Err(Failure::broken(format!(
                "{}: {} came after {before:?}",
                effect.key, effect.number
            )));
        }
    }
    Ok(())
}
