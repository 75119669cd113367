//! What the Postgres log promises beyond the suite: walls, retention, tailing, a consumer that never falls asleep.

use core::time::Duration;
use std::sync::Arc;

use caravan_event_log::{
    AppendError, Cursor, EventLog, Forgotten, Partition, PostgresLog, Start, append, append_system,
    forget_group, retain, tail,
};
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId, TraceId};
use caravan_tenancy::{SystemTx, TenantTx, catalog};
use futures_util::{StreamExt as _, TryStreamExt as _};
use uuid::Uuid;

use crate::Postgres;

fn event(tenant: u128, number: u128) -> Envelope {
    Envelope {
        id: RecordId(Uuid::from_u128(number)),
        tenant: TenantId(Uuid::from_u128(tenant)),
        connection: ConnectionId(Uuid::from_u128(9)),
        document: DocumentHash([3; 32]),
        kind: Kind::ORDER_RECEIVED,
        key: format!("key {number}"),
        time_ms: 1_599_752_100_123,
        trace: Some(TraceId([5; 16])),
        data: "{\"müller\": [1, 2]}".to_owned(),
    }
}

async fn commit(world: &Postgres, events: &[Envelope]) {
    let mut tx = TenantTx::begin(&world.database, events[0].tenant).await.unwrap();
    append(&mut tx, events).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_walls_stand() {
    let world = Postgres::new().await;
    let mut tx = SystemTx::begin(&world.database).await.unwrap();
    assert_eq!(catalog::violations(tx.conn()).await.unwrap(), [""; 0]);

    // A foreign event is refused before the database would refuse it.
    let mut tx = TenantTx::begin(&world.database, TenantId(Uuid::from_u128(1))).await.unwrap();
    let refused = append(&mut tx, &[event(2, 1)]).await.unwrap_err();
    assert!(matches!(refused, AppendError::ForeignTenant { .. }), "{refused}");
    drop(tx);
    // A service sees its tenant's events only, and changes none.
    commit(&world, &[event(2, 1)]).await;
    let mut tx = TenantTx::begin(&world.database, TenantId(Uuid::from_u128(1))).await.unwrap();
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM log.events").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(seen, 0);
    sqlx::query("DELETE FROM log.events").execute(tx.conn()).await.unwrap_err();
    // The reader reads everything and writes nothing.
    let mut tx = SystemTx::begin(&world.reader).await.unwrap();
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM log.events").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(seen, 1);
    append_system(&mut tx, &[event(2, 2)]).await.map(drop).unwrap();
    drop(tx);
}

#[tokio::test]
async fn what_is_appended_is_what_is_read() {
    let world = Postgres::new().await;
    let mut tx = SystemTx::begin(&world.database).await.unwrap();
    let sent = [event(1, 1), event(2, 2), Envelope { trace: None, ..event(1, 3) }];
    let appended = append_system(&mut tx, &sent).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((appended.new, appended.duplicate), (3, 0));
    assert_eq!(appended.ids, sent.clone().map(|event| event.id));
    let stream = tail(Arc::clone(&world.log), Vec::new(), Start::Beginning).take(3);
    let mut read: Vec<Envelope> =
        stream.map_ok(|stored| stored.envelope).try_collect().await.unwrap();
    read.sort_by_key(|event| event.id);
    assert_eq!(read, sent);
}

#[tokio::test]
async fn a_tail_from_now_shows_only_what_comes() {
    let world = Postgres::new().await;
    commit(&world, &[event(1, 1)]).await;
    // Until the first one is history: no transaction older than it is left anywhere on the server.
    let all = |position| {
        move |partition| Cursor {
            partition: Partition(partition),
            position: Clone::clone(&position),
        }
    };
    let start: Vec<Cursor> = (0..16).map(all(caravan_event_log::Position::START)).collect();
    while world.log.fetch(&start, &[], 10).await.unwrap().events.is_empty() {}
    let mut stream = Box::pin(tail(Arc::clone(&world.log), Vec::new(), Start::Now));
    // The stream begins when it is first asked, which cannot be seen from outside: so append until it tells of one.
    let mut number = 2;
    let first = loop {
        let next = [event(1, number)];
        tokio::select! {
            told = stream.next() => break told,
            () = commit(&world, &next) => number += 1,
        }
    };
    let first = first.unwrap().unwrap().envelope;
    assert!((2..=number).any(|number| first == event(1, number)), "{first:?}");
}

#[tokio::test]
async fn retention_deletes_what_is_old_and_passed_by_all() {
    let world = Postgres::new().await;
    let log = PostgresLog::new(world.reader.clone());
    commit(&world, &(0..40).map(|number| event(1, number)).collect::<Vec<_>>()).await;
    let count = async || -> i64 {
        let mut tx = SystemTx::begin(&world.reader).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM log.events").fetch_one(tx.conn()).await.unwrap()
    };
    // Young: nothing goes, whoever has passed it.
    assert_eq!(retain(&log, Duration::from_secs(3_600)).await.unwrap().deleted, 0);
    // Old, and a registered group has not passed anything.
    let mut slow = log.join("slow").await.unwrap();
    assert_eq!(retain(&log, Duration::ZERO).await.unwrap().deleted, 0);
    // It has passed half of the partitions.
    let start: Vec<Cursor> = (0..16)
        .map(|number| Cursor {
            partition: Partition(number),
            position: caravan_event_log::Position::START,
        })
        .collect();
    let mut fetched = log.fetch(&start, &[], 1_000).await.unwrap();
    while fetched.events.len() < 40 {
        fetched = log.fetch(&start, &[], 1_000).await.unwrap();
    }
    let passed: Vec<Cursor> =
        fetched.cursors.iter().filter(|cursor| cursor.partition.0 < 8).cloned().collect();
    slow.passed(&passed).await.unwrap();
    let expected = fetched.events.iter().filter(|event| event.partition.0 < 8).count();
    let deleted = retain(&log, Duration::ZERO).await.unwrap().deleted;
    assert_eq!(deleted, u64::try_from(expected).unwrap());
    assert_eq!(count().await, i64::try_from(40 - expected).unwrap());
    // It will never come back.
    drop(slow);
    // The server ends its session in its own time.
    while forget_group(&log, "slow").await.unwrap() == Forgotten::Lives {}
    retain(&log, Duration::ZERO).await.unwrap();
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn a_lost_membership_is_free_at_once() {
    let world = Postgres::new().await;
    let mut one = world.log.join("g").await.unwrap();
    assert_eq!(one.assignment().await.unwrap().len(), 16);
    let mut two = world.log.join("g").await.unwrap();
    assert_eq!(two.assignment().await.unwrap(), []);
    assert_eq!(one.assignment().await.unwrap().len(), 8);
    assert_eq!(two.assignment().await.unwrap().len(), 8);
    // Another group is another matter.
    assert_eq!(world.log.join("h").await.unwrap().assignment().await.unwrap().len(), 16);
    drop(one);
    while two.assignment().await.unwrap().len() < 16 {}
    drop(world.raw);
}
