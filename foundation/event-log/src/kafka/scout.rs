//! Questions to the cluster, each of which blocks: asked aside, one at a time, and seldom.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::config::{Config, Context, client, failed};
use super::wire;
use crate::postgres::Place;
use crate::{Error, Partition};

pub(super) type Client = BaseConsumer<Context>;

/// How long the cluster may take to answer.
pub(super) const WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// The one who asks.
#[derive(Clone)]
pub(super) struct Scout {
    client: Arc<Mutex<Client>>,
    topic: String,
}

/// The offsets that a partition has: from `low` up to and without `high`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Scout {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let client = Arc::new(Mutex::new(client(&config.consumer())?));
        Ok(Self { client, topic: config.topic.clone() })
    }

    /// The answer to `question`, which is put again while the cluster is between two states (a leader just elected, a broker just
    /// restarted), for up to [`WITHIN`].
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        question: impl Fn(&Client) -> Result<T, KafkaError> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let question = Arc::new(question);
        let end = Instant::now() + WITHIN;
        loop {
            let (client, question) = (Arc::clone(&self.client), Arc::clone(&question));
            let asking = tokio::task::spawn_blocking(move || {
                question(&client.lock().unwrap_or_else(PoisonError::into_inner))
            });
            let answer = asking
                .await
                .map_err(|source| Error::Broker { operation, source: Box::new(source) })?;
            match answer {
                Err(error) if wire::passes(&error) && Instant::now() < end => {
                    tokio::time::sleep(POLL).await;
                }
                other => return other.map_err(|source| failed(operation, source)),
            }
        }
    }

    /// How many brokers the cluster has.
    pub(super) async fn brokers(&self) -> Result<usize, Error> {
        let topic = self.topic.clone();
        let question =
            move |client: &Client| Ok(client.fetch_metadata(Some(&topic), WITHIN)?.brokers().len());
        self.ask("ask which brokers there are", question).await
    }

    /// What each of `partitions` has.
    pub(super) async fn ranges(&self, partitions: Vec<Partition>) -> Result<Vec<Range>, Error> {
        let topic = self.topic.clone();
        let question = move |client: &Client| {
            let range = |partition: Partition| {
                let (low, high) = client.fetch_watermarks(&topic, partition.0.into(), WITHIN)?;
                Ok(Range { low, high })
            };
            partitions.iter().copied().map(range).collect()
        };
        self.ask("ask which offsets there are", question).await
    }

    /// The first event of ours in `partition` at or after `range.low`: its offset and its place.
    pub(super) async fn first(
        &self,
        partition: Partition,
        range: Range,
    ) -> Result<Option<(i64, Place)>, Error> {
        let topic = self.topic.clone();
        let question = move |client: &Client| {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(&topic, partition.0.into(), Offset::Offset(range.low))?;
            client.assign(&list)?;
            let found = first_of(client, range);
            client.unassign()?;
            found
        };
        self.ask("read the oldest event", question).await
    }
}

fn first_of(client: &Client, range: Range) -> Result<Option<(i64, Place)>, KafkaError> {
    use rdkafka::message::Message as _;
    let end = Instant::now() + WITHIN;
    while Instant::now() < end {
        let Some(message) = client.poll(POLL) else { continue };
        match message {
            Ok(message) => {
                if let Some(place) = wire::place(&message) {
                    return Ok(Some((message.offset(), place)));
                }
                if message.offset().saturating_add(1) >= range.high {
                    return Ok(None);
                }
            }
            Err(error) if wire::passes(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(KafkaError::MessageConsumption(rdkafka::error::RDKafkaErrorCode::OperationTimedOut))
}
