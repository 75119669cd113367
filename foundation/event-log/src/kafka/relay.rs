//! From the outbox to Kafka: a consumer of the outbox whose effect is a message.
//!
//! # One for each partition
//! A relay is an ordinary member of a group over the outbox. Advisory locks give it its share of the partitions; its offsets lie in
//! the log's own schema, and the row of a partition's offset is locked while its events are being sent. A relay that lost a
//! partition and does not know it yet finds the offset moved and drops its batch.
//!
//! # What a crash leaves
//! Offsets move only when everything up to them is acknowledged by all in-sync copies. After a crash the next relay sends again what
//! was acknowledged and not noted; readers drop it (see `reader.rs`). Nothing is ever sent before its transaction is committed, since
//! the outbox shows nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use caravan_tenancy::{Database, SystemTx};
use futures_util::future::join_all;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::config::{Config, Context, client, failed};
use super::scout::WITHIN;
use super::wire;
use crate::{Consumer, Error, EventLog, Handler, HandlerError, PostgresLog, Stored};

/// Members of one process: while one waits for Kafka, the other reads the outbox.
const MEMBERS: usize = 2;
/// Events per transaction.
const BATCH: usize = 4_000;
/// Wait for room in the client's queue.
const FULL: core::time::Duration = core::time::Duration::from_millis(2);

/// The group whose offsets say what Kafka has of this topic.
pub(super) fn group(topic: &str) -> String {
    format!("kafka/{topic}")
}

/// What carries the outbox to Kafka. Every process may run one: they share the partitions.
#[derive(Debug, Clone)]
pub struct Relay {
    config: Config,
    outbox: PostgresLog,
    database: Database,
}

impl Relay {
    pub(super) fn new(config: Config, outbox: PostgresLog) -> Self {
        let database = outbox.reader().clone();
        Self { config, outbox, database }
    }

    /// Works until `shutdown`, then finishes what is under way. A cluster that does not answer is tried again, with waits of up to
    /// 5 s; meanwhile the outbox grows and nothing is lost.
    pub async fn run(self, shutdown: CancellationToken) {
        let member = || async {
            let log: Arc<dyn EventLog> = Arc::new(self.outbox.clone());
            let group = group(&self.config.topic);
            let early = shutdown.run_until_cancelled(early(self.config.clone())).await;
            let producer = Mutex::new(early.flatten());
            let effect = Publish { config: self.config.clone(), producer };
            Consumer::new(log, self.database.clone(), group, Vec::new(), Arc::new(effect))
                .batch_max(BATCH)
                .run(shutdown.clone())
                .await;
        };
        join_all((0..MEMBERS).map(|_| member())).await;
    }
}

/// Sends each event and waits until all are acknowledged.
struct Publish {
    config: Config,
    /// The session. Whoever fails or is cancelled in the middle leaves none behind: what it had under way might still arrive, and
    /// only the order within one session is certain.
    producer: Mutex<Option<FutureProducer<Context>>>,
}

#[async_trait]
impl Handler for Publish {
    async fn handle(&self, _: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let mut session = self.producer.lock().await;
        let producer = match session.take() {
            Some(producer) => producer,
            None => client(&self.config.producer()).map_err(HandlerError::later)?,
        };
        // Whatever it is, it is never the event's fault: an event passed over here would be lost to every group.
        deliver(&producer, &self.config.topic, batch).await.map_err(HandlerError::later)?;
        *session = Some(producer);
        Ok(())
    }
}

/// A session that is open before there is anything to send: connecting, being numbered by the cluster and asking for the topic's
/// leaders takes longer than many events, and the first one would wait for it. None when the cluster does not answer; whoever sends
/// then tries again.
async fn early(config: Config) -> Option<FutureProducer<Context>> {
    let opening = tokio::task::spawn_blocking(move || {
        let producer: FutureProducer<Context> = client(&config.producer())?;
        let asked = producer.client().fetch_metadata(Some(&config.topic), WITHIN);
        asked.map_err(|source| failed("look at the topic", source))?;
        Ok::<_, Error>(producer)
    });
    let opened = opening.await.ok()?;
    opened
        .inspect_err(
            |error| tracing::debug!(%error, "A session was not opened before its first event."),
        )
        .ok()
}

async fn deliver(
    producer: &FutureProducer<Context>,
    topic: &str,
    batch: &[Stored],
) -> Result<(), Error> {
    let mut deliveries = Vec::with_capacity(batch.len());
    for event in batch {
        deliveries.push(send(producer, topic, event).await?);
    }
    for delivery in deliveries {
        let delivered = delivery.await.map_err(|_| {
            failed("send events", KafkaError::MessageProduction(RDKafkaErrorCode::PurgeQueue))
        })?;
        delivered.map_err(|(error, _)| failed("send events", error))?;
    }
    Ok(())
}

async fn send(
    producer: &FutureProducer<Context>,
    topic: &str,
    event: &Stored,
) -> Result<DeliveryFuture, Error> {
    let mut record = FutureRecord::to(topic)
        .partition(event.partition.0.into())
        .key(&event.envelope.key)
        .payload(&event.envelope.data)
        .headers(wire::headers(event));
    loop {
        record = match producer.send_result(record) {
            Ok(delivery) => return Ok(delivery),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), unsent)) => unsent,
            Err((error, _)) => return Err(failed("send events", error)),
        };
        tokio::time::sleep(FULL).await;
    }
}
