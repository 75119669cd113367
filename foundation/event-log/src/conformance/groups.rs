//! What holds when members of a group come, go, crash, quarrel, or meet an event that cannot be handled.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_events::{Envelope, Kind};
use caravan_model::RecordId;
use caravan_tenancy::SystemTx;
use tokio::sync::Notify;

use super::recorder::{Member, Mood, Recorder, effects, exactly_once};
use super::{Failure, World, commit, event, eventually};
use crate::parked::{self, Which};
use crate::{Cursor, Error, EventLog, Fetched, Membership, Partition, Wake};

/// Events of many keys, numbered from `first`.
fn many(first: i64, count: i64) -> Vec<Envelope> {
    let numbers = first..first.saturating_add(count);
    numbers.map(|number| event(1, &format!("key {}", number % 50), number)).collect()
}

/// A member is killed after writing its effects and before committing them; its successor does them, once.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn effects_happen_once_across_a_crash(world: &dyn World) -> Result<(), Failure> {
    let mut ids = commit(world, &many(0, 100)).await?.ids;
    for round in 1..4_i64 {
        let written = Arc::new(Notify::new());
        let mood = Mood::Hangs(Arc::clone(&written));
        let recorder = Recorder { group: "crash", member: "first", mood };
        let doomed = Member::start(world, world.log(), recorder);
        if tokio::time::timeout(world.patience(), written.notified()).await.is_err() {
            return Err(Failure::broken("no batch was handed over"));
        }
        doomed.kill().await;
        ids.extend(commit(world, &many(round.saturating_mul(1_000), 50)).await?.ids);
    }
    if effects(world, "crash").await?.is_empty() {
        let recorder = Recorder { group: "crash", member: "second", mood: Mood::Fine };
        let heir = Member::start(world, world.log(), recorder);
        exactly_once(world, "crash", &ids).await?;
        return heir.stop().await;
    }
    Err(Failure::broken("effects of a killed member were committed"))
}

/// Two members each get a share; when one is killed the other takes its share over; everything happens once.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn members_share_and_take_over(world: &dyn World) -> Result<(), Failure> {
    let recorder = |member| Recorder { group: "share", member, mood: Mood::Fine };
    let one = Member::start(world, world.log(), recorder("one"));
    let two = Member::start(world, world.log(), recorder("two"));
    let mut ids = Vec::new();
    let mut number = 0;
    // Until both have worked.
    let end = tokio::time::Instant::now() + world.patience();
    loop {
        ids.extend(commit(world, &many(number, 100)).await?.ids);
        number = number.saturating_add(100);
        let members: BTreeSet<String> =
            effects(world, "share").await?.into_iter().map(|effect| effect.member).collect();
        if members.len() == 2 {
            break;
        }
        if tokio::time::Instant::now() > end {
            return Err(Failure::broken(format!("only {members:?} worked")));
        }
    }
    let before = exactly_once(world, "share", &ids).await?;
    two.kill().await;
    ids.extend(commit(world, &many(1_000_000, 200)).await?.ids);
    let after = exactly_once(world, "share", &ids).await?;
    let late = after.get(before.len()..).unwrap_or_default();
    let partitions: BTreeSet<i32> = late.iter().map(|effect| effect.partition).collect();
    if late.iter().any(|effect| effect.member != "one") {
        return Err(Failure::broken("a killed member worked on"));
    }
    if partitions.len() < 9 {
        return Err(Failure::broken("the share of a killed member was not taken over"));
    }
    one.stop().await
}

/// An event that its handler refuses every time is set aside with its reason; all others take effect, once.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn one_poisoned_event_is_set_aside(world: &dyn World) -> Result<(), Failure> {
    let bad = event(1, "poisoned", 7);
    let mut events = many(0, 60);
    events.insert(30, bad.clone());
    let mut ids = commit(world, &events).await?.ids;
    let recorder = Recorder { group: "poison", member: "one", mood: Mood::Refuses("poisoned") };
    let member = Member::start(world, world.log(), recorder);
    ids.extend(commit(world, &many(1_000, 60)).await?.ids);
    ids.retain(|id| *id != bad.id);
    exactly_once(world, "poison", &ids).await?;
    let parked = || async {
        let mut tx = SystemTx::begin(world.database()).await?;
        let rows: Vec<(uuid::Uuid, String, String)> = sqlx::query_as(
            "SELECT id, data, error FROM consumer_parked WHERE group_name = 'poison'",
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(rows == [(bad.id.0, bad.data.clone(), "planned refusal".to_owned())])
    };
    if !eventually(world, parked).await? {
        return Err(Failure::broken("the refused event was not set aside whole, with its reason"));
    }
    member.stop().await
}

/// A parked event is tried again when somebody asks for it, and only then: refused anew it stays, with the mark off; taken, its
/// effect is there once and nothing of it is parked.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn a_parked_event_is_tried_again_on_demand(world: &dyn World) -> Result<(), Failure> {
    let group = "mended";
    let bad = event(1, "poisoned", 7);
    let mut events = many(0, 20);
    events.push(bad.clone());
    let mut ids = commit(world, &events).await?.ids;
    let refusing = Recorder { group, member: "old", mood: Mood::Refuses("poisoned") };
    let member = Member::start(world, world.log(), refusing);
    let which = Which { group: Some(group.to_owned()), id: None };
    let found = || parked::list(world.database(), &which, 10);
    if !eventually(world, || async { Ok(found().await?.len() == 1) }).await? {
        return Err(Failure::broken("the refused event was not set aside"));
    }
    if parked::retry(world.database(), &which).await? != 1 {
        return Err(Failure::broken("the parked event cannot be asked for"));
    }
    let refused_again = || async {
        let after = found().await?;
        // The mark goes with the try.
        Ok(matches!(after.as_slice(), [one] if one.id == bad.id && !one.is_asked))
    };
    if !eventually(world, refused_again).await? {
        return Err(Failure::broken("what was asked for was not tried, or was lost"));
    }
    member.stop().await?;
    let fine = Recorder { group, member: "new", mood: Mood::Fine };
    let member = Member::start(world, world.log(), fine);
    ids.extend(commit(world, &many(1_000, 20)).await?.ids);
    // Which also says that nobody took the parked one unasked.
    let others: Vec<RecordId> = ids.iter().copied().filter(|id| *id != bad.id).collect();
    exactly_once(world, group, &others).await?;
    if parked::retry(world.database(), &which).await? != 1 {
        return Err(Failure::broken("the parked event cannot be asked for again"));
    }
    exactly_once(world, group, &ids).await?;
    if !found().await?.is_empty() {
        return Err(Failure::broken("an event that took effect is still parked"));
    }
    member.stop().await
}

/// A parked event that was asked for and cannot be taken just now keeps its mark, and holds up nothing that comes from the log.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn a_parked_event_that_must_wait_holds_up_nothing(
    world: &dyn World,
) -> Result<(), Failure> {
    let group = "postponed";
    let bad = event(1, "poisoned", 7);
    commit(world, core::slice::from_ref(&bad)).await?;
    let refusing = Recorder { group, member: "old", mood: Mood::Refuses("poisoned") };
    let member = Member::start(world, world.log(), refusing);
    let which = Which { group: Some(group.to_owned()), id: None };
    let found = || parked::list(world.database(), &which, 10);
    if !eventually(world, || async { Ok(found().await?.len() == 1) }).await? {
        return Err(Failure::broken("the refused event was not set aside"));
    }
    member.stop().await?;
    if parked::retry(world.database(), &which).await? != 1 {
        return Err(Failure::broken("the parked event cannot be asked for"));
    }
    let postponing = Recorder { group, member: "new", mood: Mood::Postpones("poisoned") };
    let member = Member::start(world, world.log(), postponing);
    // A dozen batches: with a failed turn after each, and its waits that grow to five seconds, they would not be there in time.
    let mut ids = Vec::new();
    for first in (0..12_000).step_by(1_000) {
        ids.extend(commit(world, &many(first, 1_000)).await?.ids);
    }
    exactly_once(world, group, &ids).await?;
    if !matches!(found().await?.as_slice(), [one] if one.id == bad.id && one.is_asked) {
        return Err(Failure::broken("the event that must wait has lost its mark"));
    }
    member.stop().await
}

/// Three members that each believe they have every partition: the offsets settle it, and everything happens once.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn effects_happen_once_without_fair_assignment(world: &dyn World) -> Result<(), Failure> {
    let log: Arc<dyn EventLog> = Arc::new(Greedy(world.log()));
    let recorder = |member| Recorder { group: "greedy", member, mood: Mood::Fine };
    let members = ["one", "two", "three"]
        .map(|member| Member::start(world, Arc::clone(&log), recorder(member)));
    let mut ids = Vec::new();
    for round in 0..20_i64 {
        ids.extend(commit(world, &many(round.saturating_mul(100), 40)).await?.ids);
    }
    exactly_once(world, "greedy", &ids).await?;
    for member in members {
        member.stop().await?;
    }
    Ok(())
}

/// A log that gives every partition to everybody.
struct Greedy(Arc<dyn EventLog>);
struct GreedyMember(u16);

#[async_trait]
impl EventLog for Greedy {
    fn partitions(&self) -> u16 {
        self.0.partitions()
    }
    async fn fetch(&self, from: &[Cursor], topics: &[Kind], max: usize) -> Result<Fetched, Error> {
        self.0.fetch(from, topics, max).await
    }
    async fn end(&self) -> Result<Vec<Cursor>, Error> {
        self.0.end().await
    }
    async fn backlog(&self, cursor: &Cursor) -> Result<u64, Error> {
        self.0.backlog(cursor).await
    }
    async fn join(&self, _: &str) -> Result<Box<dyn Membership>, Error> {
        Ok(Box::new(GreedyMember(self.0.partitions())))
    }
    fn wake(&self) -> Wake {
        self.0.wake()
    }
}

#[async_trait]
impl Membership for GreedyMember {
    async fn assignment(&mut self) -> Result<Vec<Partition>, Error> {
        Ok((0..self.0).map(Partition).collect())
    }
    async fn passed(&mut self, _: &[Cursor]) -> Result<(), Error> {
        Ok(())
    }
}
