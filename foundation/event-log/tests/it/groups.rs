//! What an operator sees of the groups: how far each is, how long its oldest event has waited, whether anybody reads for it.

use core::time::Duration;

use caravan_event_log::{
    Cursor, EventLog as _, Forgotten, GroupState, Partition, Position, PostgresLog, append,
    forget_group, groups, partition_of,
};
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId};
use caravan_tenancy::TenantTx;
use uuid::Uuid;

use crate::Postgres;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// Events of one key, and so of one partition.
async fn commit(world: &Postgres, numbers: core::ops::Range<u128>) {
    let event = |number| Envelope {
        id: RecordId(Uuid::from_u128(number)),
        tenant: TENANT,
        connection: ConnectionId(Uuid::from_u128(9)),
        document: DocumentHash([3; 32]),
        kind: Kind::ORDER_RECEIVED,
        key: "one".to_owned(),
        time_ms: 1_599_752_100_123,
        trace: None,
        data: "{}".to_owned(),
    };
    let mut tx = TenantTx::begin(&world.database, TENANT).await.unwrap();
    append(&mut tx, &numbers.map(event).collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
}

fn group<'a>(states: &'a [GroupState], name: &str) -> &'a GroupState {
    states.iter().find(|state| state.group == name).unwrap()
}

#[tokio::test]
async fn a_group_is_behind_by_what_it_has_not_reported() {
    let world = Postgres::new().await;
    let log = PostgresLog::new(world.reader.clone());
    assert_eq!(groups(&log).await.unwrap(), []);
    let mut fast = log.join("fast").await.unwrap();
    let slow = log.join("slow").await.unwrap();
    let second = log.join("slow").await.unwrap();
    commit(&world, 0..30).await;
    let states = groups(&log).await.unwrap();
    assert_eq!(states.iter().map(|state| state.behind).collect::<Vec<_>>(), [30, 30]);
    assert_eq!((group(&states, "fast").members, group(&states, "slow").members), (1, 2));
    assert!(group(&states, "slow").waiting.unwrap() < Duration::from_secs(600), "{states:?}");

    let start = [Cursor { partition: partition_of(TENANT, "one"), position: Position::START }];
    let mut fetched = log.fetch(&start, &[], 30).await.unwrap();
    while fetched.events.len() < 30 {
        fetched = log.fetch(&start, &[], 30).await.unwrap();
    }
    fast.passed(&fetched.cursors).await.unwrap();
    let states = groups(&log).await.unwrap();
    let fast = group(&states, "fast");
    assert_eq!((fast.behind, fast.more, fast.waiting), (0, false, None));
    assert_eq!(group(&states, "slow").behind, 30, "one group's progress is not another's");
    drop((slow, second));
}

#[tokio::test]
async fn a_group_without_members_stays_until_it_is_forgotten() {
    let world = Postgres::new().await;
    let log = PostgresLog::new(world.reader.clone());
    let mut gone = log.join("gone").await.unwrap();
    // As the log on Kafka reports: the outbox's place, and behind it that in Kafka.
    let reported = Cursor { partition: Partition(3), position: Position::new("7:2@5") };
    gone.passed(&[reported]).await.unwrap();
    drop(gone);
    commit(&world, 0..1_200).await;
    // The server ends the session in its own time.
    let state = loop {
        let states = groups(&log).await.unwrap();
        let state = group(&states, "gone").clone();
        if state.members == 0 {
            break state;
        }
    };
    assert_eq!((state.behind, state.more), (1_000, true), "counting stops somewhere");
    assert_eq!(forget_group(&log, "gone").await.unwrap(), Forgotten::Done);
    assert_eq!(groups(&log).await.unwrap(), []);
    assert_eq!(forget_group(&log, "gone").await.unwrap(), Forgotten::Unknown);
}

#[tokio::test]
async fn a_group_that_somebody_reads_for_is_not_forgotten() {
    let world = Postgres::new().await;
    let log = PostgresLog::new(world.reader.clone());
    let mut reads = log.join("reads").await.unwrap();
    let other = log.join("reads").await.unwrap();
    drop(other);
    assert_eq!(forget_group(&log, "reads").await.unwrap(), Forgotten::Lives);
    assert_eq!(groups(&log).await.unwrap().len(), 1);
    let passed = [Cursor { partition: Partition(3), position: Position::new("7:2") }];
    reads.passed(&passed).await.unwrap();
    drop(reads);
    while forget_group(&log, "reads").await.unwrap() == Forgotten::Lives {}
    // Whoever comes back is a member as before, and seen again.
    let _back = log.join("reads").await.unwrap();
    assert_eq!(group(&groups(&log).await.unwrap(), "reads").members, 1);
    assert_eq!(forget_group(&log, "reads").await.unwrap(), Forgotten::Lives);
}
