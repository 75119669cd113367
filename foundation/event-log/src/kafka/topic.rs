//! The one topic: looked at, and made with every setting that matters said aloud.

use core::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::config::{Config, Context, client, failed};
use super::scout::Scout;
use crate::{Error, PARTITIONS};

/// Copies of each partition where the cluster has the brokers for it.
const COPIES: usize = 3;
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

/// The topic as the cluster knows it.
struct Seen {
    brokers: usize,
    /// `None`: there is none.
    partitions: Option<usize>,
    /// Whether each partition has a leader.
    led: bool,
}

/// Makes sure that the topic is there and can be used.
///
/// # Errors
/// [`Error::Topic`] when it has another number of partitions, [`Error::Broker`] when the cluster does not answer.
pub(super) async fn ensure(config: &Config, scout: &Scout) -> Result<(), Error> {
    let seen = look(config, scout).await?;
    if seen.partitions.is_none() {
        make(config, seen.brokers).await?;
    }
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let seen = look(config, scout).await?;
        let wanted = usize::from(PARTITIONS);
        match seen.partitions {
            Some(found) if found == wanted && seen.led => return Ok(()),
            Some(found) if found != wanted => {
                let topic = config.topic.clone();
                return Err(Error::Topic { topic, found, wanted: PARTITIONS });
            }
            _ if tokio::time::Instant::now() > end => {
                let source = KafkaError::MetadataFetch(RDKafkaErrorCode::LeaderNotAvailable);
                return Err(failed("use the topic", source));
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}

async fn look(config: &Config, scout: &Scout) -> Result<Seen, Error> {
    let topic = config.topic.clone();
    let question = move |consumer: &super::scout::Client| {
        let metadata = consumer.fetch_metadata(Some(&topic), super::scout::WITHIN)?;
        let found = metadata.topics().iter().find(|known| known.name() == topic);
        let partitions = found.map(|topic| topic.partitions()).unwrap_or_default();
        let known = found.is_some_and(|topic| topic.error().is_none());
        Ok(Seen {
            brokers: metadata.brokers().len(),
            partitions: (known && !partitions.is_empty()).then_some(partitions.len()),
            led: partitions.iter().all(|partition| partition.leader() >= 0),
        })
    };
    scout.ask("look at the topic", question).await
}

async fn make(config: &Config, brokers: usize) -> Result<(), Error> {
    let copies = brokers.clamp(1, COPIES);
    // With three copies one broker may be away and nothing that was acknowledged is lost or refused.
    let in_sync = if copies == COPIES { "2" } else { "1" };
    let retention = config.retention.as_millis().to_string();
    let bytes = Config::message_bytes_max();
    let replication = TopicReplication::Fixed(i32::try_from(copies).unwrap_or(1));
    let topic = NewTopic::new(&config.topic, i32::from(PARTITIONS), replication)
        .set("cleanup.policy", "delete")
        .set("retention.ms", &retention)
        .set("min.insync.replicas", in_sync)
        .set("unclean.leader.election.enable", "false")
        .set("compression.type", "producer")
        .set("max.message.bytes", &bytes)
        // Kept from when Kafka took it: what the outbox publishes late is not at once too old.
        .set("message.timestamp.type", "LogAppendTime");
    let admin: AdminClient<Context> = client(&config.admin())?;
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let made = admin
        .create_topics([&topic], &options)
        .await
        .map_err(|source| failed("make the topic", source))?;
    for one in made {
        match one {
            // Another process was faster.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(failed("make the topic", KafkaError::AdminOp(code))),
        }
    }
    tracing::info!(topic = config.topic, copies, "topic made");
    Ok(())
}
