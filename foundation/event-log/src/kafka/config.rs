//! How the log uses a cluster, and the settings of its clients.

use core::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;

use crate::Error;
use crate::append::EVENT_BYTES_MAX;

/// How long one message may take to be acknowledged. Shorter than PostgreSQL lets a transaction be idle (60 s in the private
/// cluster), since the relay holds one meanwhile.
const DELIVERY: Duration = Duration::from_secs(20);
/// Attributes beside an event's data.
const ATTRIBUTE_BYTES_MAX: usize = 1 << 20;

/// How the log uses a Kafka cluster.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) brokers: String,
    pub(super) topic: String,
    pub(super) retention: Duration,
}

impl Config {
    /// The cluster at `brokers` (`host:port`, separated by commas), in the topic `caravan.events`, which is made if it is not there.
    #[must_use]
    pub fn new(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            topic: "caravan.events".to_owned(),
            retention: Duration::from_secs(7 * 24 * 3600),
        }
    }

    /// Another topic, for example of another installation on the same cluster.
    #[must_use]
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = topic.into();
        self
    }

    /// How long Kafka keeps what it was sent, 7 days unless said; used when the topic is made. A reader that comes later reads from
    /// the outbox, where an event stays until every group has passed it.
    #[must_use]
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// An event with its attributes, at most.
    pub(super) fn message_bytes_max() -> String {
        EVENT_BYTES_MAX.saturating_add(ATTRIBUTE_BYTES_MAX).to_string()
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "caravan")
            // A restarted broker is found again within a second.
            .set("reconnect.backoff.max.ms", "1000")
            .set("allow.auto.create.topics", "false");
        config
    }

    /// For topics and their settings.
    pub(super) fn admin(&self) -> ClientConfig {
        self.client()
    }

    /// For the relay. What one producer sends arrives in its order, once, and without a gap: when a message cannot be delivered, all
    /// that were sent after it fail too (`enable.gapless.guarantee`). Without that a later event could arrive before an earlier one,
    /// and the earlier one would be taken for a duplicate.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("enable.gapless.guarantee", "true")
            .set("message.timeout.ms", DELIVERY.as_millis().to_string())
            .set("message.max.bytes", Self::message_bytes_max())
            .set("compression.codec", "lz4")
            .set("linger.ms", "2")
            .set("batch.num.messages", "10000")
            .set("batch.size", "1000000")
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", "262144");
        config
    }

    /// For readers. Offsets are the consumer's own business, and one that is not there is an error, never a silent jump.
    pub(super) fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            // A client wants a name here even where it joins no group.
            .set("group.id", "caravan-reader")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("check.crcs", "true")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "100")
            // A full queue is refilled as soon as it is read, not a second later.
            .set("fetch.queue.backoff.ms", "10")
            .set("queued.min.messages", "20000")
            .set("queued.max.messages.kbytes", "32768");
        config
    }
}

/// A client with `config`.
pub(super) fn client<T: FromClientConfigAndContext<Context>>(
    config: &ClientConfig,
) -> Result<T, Error> {
    config.create_with_context(Context).map_err(|source| failed("make a Kafka client", source))
}

pub(super) fn failed(operation: &'static str, source: KafkaError) -> Error {
    Error::Broker { operation, source: Box::new(source) }
}

/// What the client says goes to our log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context;

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => tracing::warn!(facility, message, "kafka client"),
            _ => tracing::debug!(facility, message, "kafka client"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka client");
    }
}

impl ConsumerContext for Context {}
