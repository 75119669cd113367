//! A planted bug: events are published before their transaction commits, and stay published when it does not.

use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_event_log::conformance::{Failure, World, rolled_back_events_never_appear};
use caravan_event_log::{AppendError, Appended, EventLog, append, partition_of};
use caravan_events::Envelope;
use caravan_tenancy::{Database, TenantTx};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};

use crate::kafka_world::OnKafka;

struct Eager {
    world: OnKafka,
    producer: FutureProducer,
}

#[async_trait]
impl World for Eager {
    fn log(&self) -> Arc<dyn EventLog> {
        self.world.log()
    }
    fn database(&self) -> &Database {
        self.world.database()
    }
    fn patience(&self) -> Duration {
        self.world.patience()
    }
    async fn append(
        &self,
        tx: &mut TenantTx,
        events: &[Envelope],
    ) -> Result<Appended, AppendError> {
        let xid: String = sqlx::query_scalar("SELECT pg_current_xact_id()::text")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        for (pos, event) in events.iter().enumerate() {
            let headers = [
                ("ce_id", event.id.to_string()),
                ("ce_source", format!("/connections/{}", event.connection)),
                ("ce_type", event.kind.to_string()),
                ("ce_time", "2026-11-25T00:00:00Z".to_owned()),
                ("ce_tenantid", event.tenant.to_string()),
                ("ce_documentid", event.document.to_string()),
                ("caravan_outbox_position", format!("{xid}:{pos}")),
                ("caravan_appended_ms", "0".to_owned()),
            ];
            let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
                headers.insert(Header { key, value: Some(value) })
            });
            let record = FutureRecord::to(&self.world.topic)
                .partition(partition_of(event.tenant, &event.key).0.into())
                .key(&event.key)
                .payload(&event.data)
                .headers(headers);
            self.producer.send(record, Duration::from_secs(10)).await.unwrap();
        }
        append(tx, events).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_catches_publishing_before_the_commit() {
    let world = OnKafka::new().await;
    let producer = world.client().await.create().unwrap();
    let failure = rolled_back_events_never_appear(&Eager { world, producer }).await.unwrap_err();
    let Failure::Broken(why) = &failure else { panic!("{failure:?}") };
    assert!(why.ends_with("was never committed"), "{why}");
}
