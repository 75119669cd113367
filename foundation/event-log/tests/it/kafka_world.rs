//! The log on a real Kafka: one broker for this test binary (a second to be broken), a topic, an outbox and a relay for each test.

use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_event_log::conformance::{Failure, World};
use caravan_event_log::kafka::{Config, KafkaLog};
use caravan_event_log::{AppendError, Appended, EventLog};
use caravan_events::Envelope;
use caravan_tenancy::{Database, SystemTx, TenantTx};
use caravan_world::Kafka;
use rdkafka::ClientConfig;
use tokio::sync::{Mutex, OnceCell};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Postgres;

static BROKER: OnceCell<Kafka> = OnceCell::const_new();

/// The binary's broker.
pub(crate) async fn broker() -> &'static Kafka {
    BROKER.get_or_init(async || Kafka::start().await.unwrap()).await
}

/// An outbox with its relay and its topic.
pub(crate) struct OnKafka {
    /// A broker that a disturbance kills, and nobody else uses. It lives as long as the process, like the other: clients are closed
    /// aside, behind the end of a test, and closing one while its broker dies is no part of any.
    pub(crate) own: Option<&'static Kafka>,
    pub(crate) postgres: Postgres,
    pub(crate) topic: String,
    pub(crate) kafka: KafkaLog,
    /// What the suite reads: the log itself, or one with a planted bug.
    pub(crate) log: Arc<dyn EventLog>,
    relay: Mutex<JoinHandle<()>>,
    _stops_relay: tokio_util::sync::DropGuard,
}

impl OnKafka {
    pub(crate) async fn new() -> Self {
        Self::over(broker().await.brokers(), None).await
    }

    pub(crate) async fn breakable() -> Self {
        let own: &'static Kafka = Box::leak(Box::new(Kafka::start().await.unwrap()));
        Self::over(own.brokers(), Some(own)).await
    }

    async fn over(brokers: String, own: Option<&'static Kafka>) -> Self {
        let postgres = Postgres::new().await;
        let topic = format!("test.{}", uuid::Uuid::new_v4());
        let config = Config::new(brokers).topic(&topic);
        let kafka = KafkaLog::connect(config, postgres.reader.clone()).await.unwrap();
        let stop = CancellationToken::new();
        let relay = Mutex::new(tokio::spawn(kafka.relay().run(stop.clone())));
        let log = Arc::new(kafka.clone());
        let _stops_relay = stop.drop_guard();
        Self { own, postgres, topic, kafka, log, relay, _stops_relay }
    }

    /// Kills the relay in the middle of whatever it does.
    pub(crate) async fn kill_relay(&self) {
        let mut relay = self.relay.lock().await;
        relay.abort();
        drop((&mut *relay).await);
    }

    /// The same, as if it had noted nothing of what it ever sent.
    pub(crate) async fn crash_relay(&self) {
        self.kill_relay().await;
        let mut tx = SystemTx::begin(&self.postgres.reader).await.unwrap();
        sqlx::query("UPDATE log.consumer_offsets SET position = ''")
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn start_relay(&self) {
        let mut relay = self.relay.lock().await;
        *relay = tokio::spawn(self.kafka.relay().run(CancellationToken::new()));
    }

    /// A client of the test's own.
    pub(crate) async fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", broker().await.brokers()).set("group.id", "test");
        config
    }
}

impl Drop for OnKafka {
    fn drop(&mut self) {
        self.relay.get_mut().abort();
    }
}

#[async_trait]
impl World for OnKafka {
    fn log(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.log)
    }
    fn database(&self) -> &Database {
        &self.postgres.database
    }
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
    async fn append(
        &self,
        tx: &mut TenantTx,
        events: &[Envelope],
    ) -> Result<Appended, AppendError> {
        caravan_event_log::append(tx, events).await
    }
    /// The relay dies before it noted anything; meanwhile the broker is killed and comes back.
    async fn disturb(&self) -> Result<(), Failure> {
        self.crash_relay().await;
        if let Some(broker) = self.own {
            broker.kill().await.map_err(Failure::trouble)?;
            broker.restart().await.map_err(Failure::trouble)?;
        }
        self.start_relay().await;
        Ok(())
    }
}
