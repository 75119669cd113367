//! What holds while the ground shakes, and while members come and go under load.

use caravan_events::Envelope;
use caravan_model::RecordId;

use super::recorder::{Member, Mood, Recorder, effects, exactly_once, in_order};
use super::{Failure, World, commit, event};

/// Events of twenty keys, numbered from `first`.
fn some(first: i64, count: i64) -> Vec<Envelope> {
    let numbers = first..first.saturating_add(count);
    numbers.map(|number| event(1, &format!("key {}", number % 20), number)).collect()
}

fn recorder(group: &'static str, member: &'static str) -> Recorder {
    Recorder { group, member, mood: Mood::Fine }
}

/// What lies under the log breaks and heals while events are written and read, twice: each effect happens once, and in order.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn effects_happen_once_across_a_disturbance(world: &dyn World) -> Result<(), Failure> {
    let member = Member::start(world, world.log(), recorder("disturbed", "one"));
    let mut ids = commit(world, &some(0, 200)).await?.ids;
    exactly_once(world, "disturbed", &ids).await?;
    for round in 1..3_i64 {
        let first = round.saturating_mul(1_000);
        // While it breaks, and after.
        let writing = async {
            let mut ids = Vec::new();
            for batch in 0..10_i64 {
                let number = first.saturating_add(batch.saturating_mul(20));
                ids.extend(commit(world, &some(number, 20)).await?.ids);
                tokio::time::sleep(core::time::Duration::from_millis(20)).await;
            }
            Ok::<Vec<RecordId>, Failure>(ids)
        };
        let (written, ()) = futures_util::future::try_join(writing, world.disturb()).await?;
        ids.extend(written);
        ids.extend(commit(world, &some(first.saturating_add(500), 50)).await?.ids);
    }
    in_order(&exactly_once(world, "disturbed", &ids).await?)?;
    member.stop().await
}

/// Members join and leave, in an orderly way and not, while events are written: each effect happens once, and in order.
///
/// # Errors
/// [`Failure`] says what the log did wrong.
pub async fn members_come_and_go(world: &dyn World) -> Result<(), Failure> {
    let group = "restless";
    let mut ids = Vec::new();
    let steady = Member::start(world, world.log(), recorder(group, "steady"));
    for (round, name) in (0..).zip(["second", "third", "fourth"]) {
        let guest = Member::start(world, world.log(), recorder(group, name));
        let mut number = i64::saturating_mul(round, 100_000);
        let end = tokio::time::Instant::now() + world.patience();
        // Until it has worked.
        while !effects(world, group).await?.iter().any(|effect| effect.member == name) {
            if tokio::time::Instant::now() > end {
                return Err(Failure::broken(format!("member {name} was never given a share")));
            }
            ids.extend(commit(world, &some(number, 60)).await?.ids);
            number = number.saturating_add(60);
        }
        if round % 2 == 0 {
            guest.stop().await?;
        } else {
            guest.kill().await;
        }
        ids.extend(commit(world, &some(number, 60)).await?.ids);
    }
    in_order(&exactly_once(world, group, &ids).await?)?;
    steady.stop().await
}
