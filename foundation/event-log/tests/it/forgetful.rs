//! A planted bug: a reader that forgets how far it was in the outbox, and so cannot tell what the relay sent twice.

use std::sync::Arc;

use async_trait::async_trait;
use caravan_event_log::conformance::{Failure, effects_happen_once_across_a_disturbance};
use caravan_event_log::kafka::KafkaLog;
use caravan_event_log::{Cursor, Error, EventLog, Fetched, Membership, Position, Wake};
use caravan_events::Kind;

use crate::kafka_world::OnKafka;

/// Right in everything but the one thing: it goes on at the offset alone.
struct Forgetful(KafkaLog);

/// `xid:pos@offset` as "whatever lies behind the offset".
fn forget(cursor: &Cursor) -> Cursor {
    let text = cursor.position.as_str();
    let offset = text.split_once('@').map(|(_, at)| at.split('=').next().unwrap_or(at));
    let position = match offset.map(|offset| offset.parse::<i64>().unwrap()) {
        Some(offset) => format!("0:0+{}", offset + 1),
        None => text.to_owned(),
    };
    Cursor { partition: cursor.partition, position: Position::new(position) }
}

#[async_trait]
impl EventLog for Forgetful {
    fn partitions(&self) -> u16 {
        self.0.partitions()
    }
    async fn fetch(&self, from: &[Cursor], topics: &[Kind], max: usize) -> Result<Fetched, Error> {
        let from: Vec<Cursor> = from.iter().map(forget).collect();
        self.0.fetch(&from, topics, max).await
    }
    async fn end(&self) -> Result<Vec<Cursor>, Error> {
        self.0.end().await
    }
    async fn backlog(&self, cursor: &Cursor) -> Result<u64, Error> {
        self.0.backlog(cursor).await
    }
    async fn join(&self, group: &str) -> Result<Box<dyn Membership>, Error> {
        self.0.join(group).await
    }
    fn wake(&self) -> Wake {
        self.0.wake()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_catches_a_reader_that_forgets_duplicates() {
    let mut world = OnKafka::new().await;
    world.log = Arc::new(Forgetful(world.kafka.clone()));
    let failure = effects_happen_once_across_a_disturbance(&world).await.unwrap_err();
    assert!(matches!(failure, Failure::Twice(_)), "{failure:?}");
}
