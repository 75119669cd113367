//! What the log on Kafka promises beyond the suite: the form of a message, the topic's settings, and that the outbox stands behind
//! all that Kafka may lose.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_event_log::conformance::World as _;
use caravan_event_log::kafka::{Config, KafkaLog};
use caravan_event_log::{
    Cursor, Error, EventLog, Partition, Position, Start, append, partition_of, retain, tail,
};
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId, TraceId};
use caravan_tenancy::{SystemTx, TenantTx};
use futures_util::StreamExt as _;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use uuid::Uuid;

use crate::kafka_world::{OnKafka, broker};

const PATIENCE: Duration = Duration::from_secs(60);

fn event(number: u128) -> Envelope {
    Envelope {
        id: RecordId(Uuid::from_u128(number)),
        tenant: TenantId(Uuid::from_u128(1)),
        connection: ConnectionId(Uuid::from_u128(9)),
        document: DocumentHash([3; 32]),
        kind: if number.is_multiple_of(3) {
            Kind::ORDER_RECEIVED
        } else {
            Kind::MILESTONE_RECORDED
        },
        key: format!("key {}", number % 40),
        time_ms: 1_599_752_100_123,
        trace: Some(TraceId([5; 16])),
        data: format!("{{\"müller\": [{number}]}}"),
    }
}

async fn commit(world: &OnKafka, numbers: core::ops::Range<u128>) {
    let events: Vec<Envelope> = numbers.map(event).collect();
    let mut tx = TenantTx::begin(&world.postgres.database, events[0].tenant).await.unwrap();
    append(&mut tx, &events).await.unwrap();
    tx.commit().await.unwrap();
}

/// A reader of every partition.
#[derive(Clone)]
struct Reader(BTreeMap<Partition, Position>);

impl Reader {
    fn new() -> Self {
        Self((0..16).map(|number| (Partition(number), Position::START)).collect())
    }

    fn cursors(&self) -> Vec<Cursor> {
        let cursor = |(partition, position): (&Partition, &Position)| Cursor {
            partition: *partition,
            position: position.clone(),
        };
        self.0.iter().map(cursor).collect()
    }

    async fn once(&mut self, log: &dyn EventLog, kinds: &[Kind]) -> Vec<Envelope> {
        let fetched = log.fetch(&self.cursors(), kinds, 100).await.unwrap();
        self.0.extend(fetched.cursors.into_iter().map(|to| (to.partition, to.position)));
        fetched.events.into_iter().map(|stored| stored.envelope).collect()
    }

    /// Reads until exactly `numbers` have come, each once, and then a little longer for what should not come.
    async fn expect(
        &mut self,
        log: &dyn EventLog,
        kinds: &[Kind],
        numbers: core::ops::Range<u128>,
    ) {
        let wanted: Vec<Envelope> =
            numbers.map(event).filter(|e| kinds.is_empty() || kinds.contains(&e.kind)).collect();
        let mut found = Vec::new();
        let reading = async {
            while found.len() < wanted.len() {
                found.extend(self.once(log, kinds).await);
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.unwrap();
        found.extend(self.once(log, kinds).await);
        found.sort_by_key(|event| event.id);
        assert_eq!(found, wanted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_a_cloud_event_in_binary_mode() {
    let world = OnKafka::new().await;
    commit(&world, 1..2).await;
    let sent = event(1);
    let partition = partition_of(sent.tenant, &sent.key);
    let consumer: StreamConsumer = world.client().await.create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&world.topic, partition.0.into(), Offset::Beginning).unwrap();
    consumer.assign(&list).unwrap();
    let message = tokio::time::timeout(PATIENCE, consumer.recv()).await.unwrap().unwrap();
    assert_eq!(message.key(), Some(sent.key.as_bytes()));
    assert_eq!(message.payload(), Some(sent.data.as_bytes()));
    let headers: BTreeMap<String, String> = message
        .headers()
        .unwrap()
        .iter()
        .map(|header| {
            let value = core::str::from_utf8(header.value.unwrap()).unwrap();
            (header.key.to_owned(), value.to_owned())
        })
        .collect();
    for (name, value) in [
        ("ce_specversion", "1.0"),
        ("ce_id", "00000000-0000-0000-0000-000000000001"),
        ("ce_source", "/connections/00000000-0000-0000-0000-000000000009"),
        ("ce_type", "caravan.milestone.recorded"),
        ("ce_subject", "key 1"),
        ("ce_time", "2020-09-10T15:35:00.123+00:00"),
        ("ce_partitionkey", "key 1"),
        ("content-type", "application/json"),
        ("traceparent", "00-05050505050505050505050505050505-0000000000000001-01"),
    ] {
        assert_eq!(headers.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_topic_is_made_with_its_settings_said_aloud() {
    let world = OnKafka::new().await;
    let admin: AdminClient<DefaultClientContext> = world.client().await.create().unwrap();
    let topic = ResourceSpecifier::Topic(&world.topic);
    let described = admin.describe_configs([&topic], &AdminOptions::new()).await.unwrap();
    let settings = described.into_iter().next().unwrap().unwrap();
    for (name, value) in [
        ("cleanup.policy", "delete"),
        ("retention.ms", "604800000"),
        ("min.insync.replicas", "1"),
        ("unclean.leader.election.enable", "false"),
        ("compression.type", "producer"),
        ("max.message.bytes", "5242880"),
        ("message.timestamp.type", "LogAppendTime"),
    ] {
        let found = settings.entries.iter().find(|entry| entry.name == name).unwrap();
        assert_eq!(found.value.as_deref(), Some(value), "{name}");
        assert!(!found.is_default, "{name} is left to the broker");
    }
    // Another topic's partitions would tear keys apart.
    let other = format!("{}.other", world.topic);
    let three = NewTopic::new(&other, 3, TopicReplication::Fixed(1));
    admin.create_topics([&three], &AdminOptions::new()).await.unwrap();
    let config = Config::new(broker().await.brokers()).topic(&other);
    let refused = KafkaLog::connect(config, world.postgres.reader.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::Topic { found: 3, wanted: 16, .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_goes_from_one_log_to_the_other_and_back() {
    let world = OnKafka::new().await;
    let (postgres, kafka) = (Arc::clone(&world.postgres.log), world.log());
    let mut reader = Reader::new();
    commit(&world, 0..60).await;
    reader.expect(postgres.as_ref(), &[], 0..60).await;
    commit(&world, 60..100).await;
    reader.expect(kafka.as_ref(), &[], 60..100).await;
    commit(&world, 100..130).await;
    reader.expect(kafka.as_ref(), &[], 100..130).await;
    commit(&world, 130..160).await;
    reader.expect(postgres.as_ref(), &[], 130..160).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kafka_has_no_more_comes_from_the_outbox() {
    let world = OnKafka::new().await;
    let log = world.log();
    let mut early = Reader::new();
    commit(&world, 0..60).await;
    early.expect(log.as_ref(), &[], 0..60).await;
    let mut late = early.clone();
    commit(&world, 60..120).await;
    early.expect(log.as_ref(), &[], 60..120).await;

    // Retention removes everything that was ever sent, before the late reader has come.
    let admin: AdminClient<DefaultClientContext> = world.client().await.create().unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..16 {
        list.add_partition_offset(&world.topic, partition, Offset::End).unwrap();
    }
    admin.delete_records(&list, &AdminOptions::new()).await.unwrap();
    late.clone().expect(log.as_ref(), &[], 60..120).await;
    commit(&world, 120..150).await;
    late.expect(log.as_ref(), &[Kind::ORDER_RECEIVED], 60..150).await;
    Reader::new().expect(log.as_ref(), &[], 0..150).await;
    early.expect(log.as_ref(), &[], 120..150).await;

    // Worse: the topic is deleted and made anew, and the relay believes that all was sent.
    admin.delete_topics(&[&world.topic], &AdminOptions::new()).await.unwrap();
    let config = Config::new(broker().await.brokers()).topic(&world.topic);
    let made = async {
        // A topic is deleted some time after the broker says so.
        loop {
            let log = KafkaLog::connect(config.clone(), world.postgres.reader.clone()).await;
            let Ok(log) = log else { continue };
            if log
                .end()
                .await
                .is_ok_and(|ends| ends.iter().all(|end| end.position.as_str().ends_with("+0")))
            {
                break log;
            }
        }
    };
    let anew = tokio::time::timeout(PATIENCE, made).await.unwrap();
    // So much that the new topic has other events where the old one had the last that was read.
    commit(&world, 150..400).await;
    let offset = |end: &Cursor| -> i64 {
        end.position.as_str().rsplit('+').next().unwrap().parse().unwrap()
    };
    let sent = async { while anew.end().await.unwrap().iter().map(offset).sum::<i64>() < 250 {} };
    tokio::time::timeout(PATIENCE, sent).await.unwrap();
    early.expect(&anew, &[], 150..400).await;
    Reader::new().expect(&anew, &[], 0..400).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outbox_keeps_what_kafka_does_not_have() {
    let world = OnKafka::new().await;
    let count = async || -> i64 {
        let mut tx = SystemTx::begin(&world.postgres.reader).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM log.events").fetch_one(tx.conn()).await.unwrap()
    };
    world.crash_relay().await;
    commit(&world, 0..50).await;
    // Old, and no group is waiting for it, but it was never sent.
    assert_eq!(retain(world.kafka.outbox(), Duration::ZERO).await.unwrap().deleted, 0);
    world.start_relay().await;
    Reader::new().expect(world.log().as_ref(), &[], 0..50).await;
    let gone = async {
        while count().await > 0 {
            retain(world.kafka.outbox(), Duration::ZERO).await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    // Kafka has it all the same.
    Reader::new().expect(world.log().as_ref(), &[], 0..50).await;
}

/// A relay notes what was acknowledged and nothing else: what it had in hand when it died, the next one sends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_broker_never_took_is_sent_by_the_next_relay() {
    let world = OnKafka::breakable().await;
    let (log, broker) = (world.log(), world.own.unwrap());
    let mut reader = Reader::new();
    commit(&world, 0..20).await;
    reader.expect(log.as_ref(), &[], 0..20).await;
    let noted = async || -> Vec<(i16, String)> {
        let mut tx = SystemTx::begin(&world.postgres.reader).await.unwrap();
        // Without the partitions whose events a relay has in hand: it holds their offsets meanwhile.
        let free = "SELECT partition, position FROM log.consumer_offsets ORDER BY partition FOR UPDATE SKIP LOCKED";
        sqlx::query_as(free).fetch_all(tx.conn()).await.unwrap()
    };
    broker.kill().await.unwrap();
    let before = noted().await;
    commit(&world, 20..40).await;
    let waits = async {
        let mut held = 0;
        while held < 200 {
            let now = noted().await;
            assert!(
                now.iter().all(|row| before.contains(row)),
                "noted, and nobody took it: {now:?}"
            );
            held += usize::from(now.len() < before.len());
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.unwrap();
    world.kill_relay().await;
    broker.restart().await.unwrap();
    world.start_relay().await;
    reader.expect(log.as_ref(), &[], 20..40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_from_now_shows_only_what_comes() {
    let world = OnKafka::new().await;
    commit(&world, 0..10).await;
    Reader::new().expect(world.log().as_ref(), &[], 0..10).await;
    let mut stream = Box::pin(tail(world.log(), Vec::new(), Start::Now));
    // The stream begins when it is first asked, which cannot be seen from outside: so append until it tells of one.
    let mut number = 10;
    let first = loop {
        tokio::select! {
            told = stream.next() => break told.unwrap().unwrap().envelope,
            () = commit(&world, number..number + 1) => number += 1,
        }
    };
    assert!((10..=number).any(|number| first == event(number)), "{first:?}");
}
