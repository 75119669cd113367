//! What is delivered, and in which order.

use std::collections::BTreeMap;

use caravan_events::{Envelope, Kind};
use caravan_model::RecordId;
use caravan_tenancy::TenantTx;

use super::recorder::{Member, Mood, Recorder, exactly_once};
use super::{Failure, KIND, World, commit, event, eventually};
use crate::{Cursor, Partition, Position};

const FINE: Mood = Mood::Fine;

/// Events of a key arrive in the order of their transactions, whatever lies between them.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn order_within_a_key(world: &dyn World) -> Result<(), Failure> {
    let recorder = Recorder { group: "order", member: "one", mood: FINE };
    let member = Member::start(world, world.log(), recorder);
    let mut ids = Vec::new();
    for round in 0..20_i64 {
        // Three events of each key in one transaction, so that the order within one counts as well.
        let numbers = round.saturating_mul(3)..round.saturating_mul(3).saturating_add(3);
        let events: Vec<Envelope> = numbers
            .flat_map(|number| (0..12).map(move |key| event(1, &format!("key {key}"), number)))
            .collect();
        ids.extend(commit(world, &events).await?.ids);
    }
    super::recorder::in_order(&exactly_once(world, "order", &ids).await?)?;
    member.stop().await
}

/// T1 appends and stays open, T2 appends and commits, the reader reads, T1 commits: both are delivered.
///
/// # Errors
/// [`Failure::Skipped`] for a log whose readers follow the order of appending instead of committing.
pub async fn late_commits_are_not_skipped(world: &dyn World) -> Result<(), Failure> {
    let (early, late) = (event(1, "same key", 1), event(1, "same key", 2));
    let wanted = [early.id, late.id];
    let log = world.log();
    let mut seen: Vec<RecordId> = Vec::new();
    let start = |partition| (Partition(partition), Position::START);
    let mut cursors: BTreeMap<Partition, Position> = (0..log.partitions()).map(start).collect();
    let mut read = async |seen: &mut Vec<RecordId>| -> Result<(), Failure> {
        let list: Vec<Cursor> = cursors
            .iter()
            .map(|(partition, position)| Cursor {
                partition: *partition,
                position: position.clone(),
            })
            .collect();
        let fetched = log.fetch(&list, &[KIND], 100).await?;
        seen.extend(fetched.events.iter().map(|stored| stored.envelope.id));
        cursors.extend(fetched.cursors.into_iter().map(|to| (to.partition, to.position)));
        Ok(())
    };

    let mut open = TenantTx::begin(world.database(), early.tenant).await?;
    world.append(&mut open, core::slice::from_ref(&early)).await?;
    commit(world, core::slice::from_ref(&late)).await?;
    read(&mut seen).await?;
    open.commit().await?;

    let end = tokio::time::Instant::now() + world.patience();
    while !wanted.iter().all(|id| seen.contains(id)) && tokio::time::Instant::now() < end {
        read(&mut seen).await?;
        tokio::time::sleep(core::time::Duration::from_millis(10)).await;
    }
    let missing: Vec<RecordId> = wanted.into_iter().filter(|id| !seen.contains(id)).collect();
    if !missing.is_empty() {
        return Err(Failure::Skipped { missing, wanted: wanted.len() });
    }
    if seen.len() == wanted.len() { Ok(()) } else { Err(Failure::Twice(seen)) }
}

/// Eight writers with transactions that overlap at random, some rolled back, while a group reads along.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn every_event_of_random_writers_arrives_once(world: &dyn World) -> Result<(), Failure> {
    let recorder = Recorder { group: "random", member: "one", mood: FINE };
    let member = Member::start(world, world.log(), recorder);
    let writers = (0..8_u64).map(|writer| {
        let database = world.database().clone();
        async move {
            let mut dice = writer.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
            let mut roll = move |sides: u64| {
                // xorshift64: reproducible, and random enough to overlap transactions.
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                dice.checked_rem(sides).unwrap_or_default()
            };
            let mut ids = Vec::new();
            for round in 0..40_i64 {
                let tenant = u128::from(roll(3)).saturating_add(1);
                let first = event(tenant, &format!("w{writer}"), round.saturating_mul(2));
                let second = event(tenant, &format!("shared {writer} {}", roll(5)), round);
                let mut tx = TenantTx::begin(&database, first.tenant).await?;
                let mut part = world.append(&mut tx, &[first]).await?.ids;
                tokio::time::sleep(core::time::Duration::from_millis(roll(8))).await;
                part.extend(world.append(&mut tx, &[second]).await?.ids);
                if roll(6) == 0 {
                    drop(tx);
                } else {
                    tx.commit().await?;
                    ids.extend(part);
                }
            }
            Ok::<_, Failure>(ids)
        }
    });
    let ids = futures_util::future::try_join_all(writers).await?.concat();
    exactly_once(world, "random", &ids).await?;
    member.stop().await
}

/// What was rolled back is never delivered, and does not hold up what comes after.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn rolled_back_events_never_appear(world: &dyn World) -> Result<(), Failure> {
    let (gone, kept) = (event(1, "key", 1), event(1, "key", 2));
    let mut tx = TenantTx::begin(world.database(), gone.tenant).await?;
    world.append(&mut tx, &[gone]).await?;
    drop(tx);
    let ids = commit(world, &[kept]).await?.ids;
    let recorder = Recorder { group: "rolled-back", member: "one", mood: FINE };
    let member = Member::start(world, world.log(), recorder);
    exactly_once(world, "rolled-back", &ids).await?;
    member.stop().await
}

/// The same event appended again, in the same batch or later, is counted as a duplicate and delivered once; another tenant's
/// event of the same id is another event.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn duplicates_are_ignored(world: &dyn World) -> Result<(), Failure> {
    let one = event(1, "key", 1);
    let other_tenants = Envelope { tenant: event(2, "key", 1).tenant, ..one.clone() };
    let first = commit(world, &[one.clone(), one.clone()]).await?;
    let again = commit(world, core::slice::from_ref(&one)).await?;
    let theirs = commit(world, &[other_tenants]).await?;
    let counts = [first, again, theirs].map(|appended| (appended.new, appended.duplicate));
    if counts != [(1, 1), (0, 1), (1, 0)] {
        return Err(Failure::broken(format!("new and duplicate were counted as {counts:?}")));
    }
    let log = world.log();
    let cursor = |partition| Cursor { partition: Partition(partition), position: Position::START };
    let all: Vec<Cursor> = (0..log.partitions()).map(cursor).collect();
    let two = || async { Ok(log.fetch(&all, &[], 100).await?.events.len() == 2) };
    if eventually(world, two).await? {
        Ok(())
    } else {
        Err(Failure::broken("two tenants' events of one id were not both delivered once"))
    }
}

/// A group that wants one topic is given no other, and its cursor moves over the others.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn other_topics_are_passed_over(world: &dyn World) -> Result<(), Failure> {
    let other = |number| Envelope { kind: Kind::ORDER_RECEIVED, ..event(1, "key", number) };
    let others: Vec<Envelope> = (0..300).map(other).collect();
    commit(world, &others).await?;
    let wanted = event(1, "key", 1_000);
    let ids = commit(world, core::slice::from_ref(&wanted)).await?.ids;
    let recorder = Recorder { group: "topics", member: "one", mood: FINE };
    let member = Member::start(world, world.log(), recorder);
    exactly_once(world, "topics", &ids).await?;
    member.stop().await
}
