//! The database: a private PostgreSQL of the data folder or one that is given, its schemas, and one pool for each role.

use std::sync::Arc;
use std::time::Duration;

use caravan_cluster::{Cluster, Config};
use caravan_event_log::kafka::KafkaLog;
use caravan_event_log::{EventLog, PostgresLog};
use caravan_operations::Pools;
use caravan_tenancy::{Database, Schema, migrate};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::folder::Folder;
use crate::stop::Stop;

/// Name of the database in a private cluster.
pub(crate) const DATABASE: &str = "caravan";
/// What stands for the login role in a given address.
pub(crate) const ROLE: &str = "{role}";
/// Role that owns every schema, unless an address of its own is given.
const OWNER: &str = "caravan_owner";
/// Connections of the log's reader: its own work, and one for each consumer group of the process.
const RELAY_CONNECTIONS: u32 = 12;

/// Events older than this leave the log once every consumer has passed them.
const EVENTS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// How often old events are looked for.
const RETAIN_EVERY: Duration = Duration::from_secs(3600);

/// Every schema, the log first: the others build on it; then what services' own migrations call.
const SCHEMAS: [Schema; 9] = [
    caravan_event_log::SCHEMA,
    caravan_audit::SCHEMA,
    caravan_web::SCHEMA,
    caravan_identity::SCHEMA,
    caravan_hub_registry::SCHEMA,
    caravan_order::SCHEMA,
    caravan_tracking::SCHEMA,
    caravan_settlement::SCHEMA,
    caravan_notification::SCHEMA,
];

/// Where the database is.
#[derive(Debug)]
enum Place {
    Private(Cluster),
    Given(String),
}

/// The database, with the pools that were opened to it.
#[derive(Debug)]
pub(crate) struct Storage {
    place: Place,
    pub(crate) pools: Pools,
    pub(crate) relay: Database,
}

/// The event log, and what carries it where that is another server.
pub(crate) struct Log {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) kafka: Option<KafkaLog>,
}

impl Storage {
    /// Starts the data folder's own cluster and brings the schemas up to date.
    pub(crate) async fn private(folder: &Folder) -> Result<Self, Failure> {
        let cluster = Cluster::start(Config::new(folder.postgres())).await.map_err(|error| {
            Failure::of("the private PostgreSQL cannot start", &error)
                .hint("`caravan doctor` says what is missing")
        })?;
        let owner = cluster.ensure_database(DATABASE).await.map_err(|error| failed(&error))?;
        migrate(&owner, &SCHEMAS).await.map_err(|error| failed(&error))?;
        Self::over(Place::Private(cluster)).await
    }

    /// Connects to a database that others run; `url` has `{role}` where the login role stands.
    pub(crate) async fn given(url: &str, owner: Option<&str>) -> Result<Self, Failure> {
        if !url.contains(ROLE) {
            return Err(Failure::new("--database-url has no {role} in it")
                .hint("for example postgres://{role}@db.internal/caravan: each role of the database has a login of its own"));
        }
        let owner = owner.map_or_else(|| url.replace(ROLE, OWNER), str::to_owned);
        migrate(&owner, &SCHEMAS).await.map_err(|error| failed(&error))?;
        Self::over(Place::Given(url.to_owned())).await
    }

    async fn over(place: Place) -> Result<Self, Failure> {
        let schema = &caravan_event_log::SCHEMA;
        let relay = Database::connect(&place.url(schema), RELAY_CONNECTIONS)
            .await
            .map_err(|error| failed(&error))?;
        let pools = Pools::default();
        pools.add(schema.login_role, relay.clone());
        Ok(Self { place, pools, relay })
    }

    /// A pool of at most `most` connections under the schema's own role.
    pub(crate) async fn pool(&self, schema: &Schema, most: u32) -> Result<Database, Failure> {
        let pool = Database::connect(&self.place.url(schema), most)
            .await
            .map_err(|error| failed(&error))?;
        self.pools.add(schema.login_role, pool.clone());
        Ok(pool)
    }

    /// The event log: in this database, or on Kafka at `brokers`, fed from this database by a relay in this process.
    pub(crate) async fn log(&self, brokers: Option<&str>, stop: &Stop) -> Result<Log, Failure> {
        let Some(brokers) = brokers else {
            return Ok(Log { log: Arc::new(PostgresLog::new(self.relay.clone())), kafka: None });
        };
        let config = caravan_event_log::kafka::Config::new(brokers);
        let log = KafkaLog::connect(config, self.relay.clone())
            .await
            .map_err(|error| Failure::of("the event log on Kafka cannot be opened", &error))?;
        stop.consumers.run(log.relay().run(stop.consumers.token()));
        Ok(Log { log: Arc::new(log.clone()), kafka: Some(log) })
    }

    /// Lets old events go from time to time, until the consumers are stopped. One process of an installation is enough.
    pub(crate) fn retain(&self, stop: &Stop) {
        stop.consumers.run(retain(self.relay.clone(), stop.consumers.token()));
    }

    /// Closes the pools and stops a private cluster.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        for (_, pool) in self.pools.all() {
            pool.close().await;
        }
        match self.place {
            Place::Given(_) => Ok(()),
            Place::Private(cluster) => cluster
                .stop()
                .await
                .map_err(|error| Failure::of("PostgreSQL could not be stopped", &error)),
        }
    }
}

impl Place {
    fn url(&self, schema: &Schema) -> String {
        match self {
            Self::Private(cluster) => cluster.url(DATABASE, schema.login_role),
            Self::Given(url) => url.replace(ROLE, schema.login_role),
        }
    }
}

async fn retain(relay: Database, stop: CancellationToken) {
    let log = PostgresLog::new(relay);
    let mut ticks = tokio::time::interval(RETAIN_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = caravan_event_log::retain(&log, EVENTS_KEPT).await {
            tracing::warn!(
                error = caravan_fault::error_chain(&error),
                "Old events could not be deleted."
            );
        }
    }
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::of("the database cannot be prepared", error)
}
