//! The private PostgreSQL, its schemas, and one pool for each role.

use caravan_cluster::{Cluster, Config};
use caravan_tenancy::{Database, Schema, migrate};

use crate::failure::Failure;
use crate::folder::Folder;

/// Name of the database.
const DATABASE: &str = "caravan";

/// The database, one pool per role.
#[derive(Debug)]
pub(crate) struct Storage {
    cluster: Cluster,
    pub(crate) relay: Database,
    pub(crate) hub: Database,
    pub(crate) tracking: Database,
    pub(crate) gateway: Database,
}

impl Storage {
    /// Starts the cluster, brings the schemas up to date, opens the pools.
    pub(crate) async fn start(folder: &Folder) -> Result<Self, Failure> {
        let cluster = Cluster::start(Config::new(folder.postgres())).await.map_err(|error| {
            Failure::of("the private PostgreSQL cannot start", &error)
                .hint("`caravan doctor` says what is missing")
        })?;
        let failed =
            |error: &dyn std::error::Error| Failure::of("the database cannot be prepared", error);
        let owner = cluster.ensure_database(DATABASE).await.map_err(|error| failed(&error))?;
        // The log first: the others build on it.
        let schemas = [
            caravan_event_log::SCHEMA,
            caravan_hub_registry::SCHEMA,
            caravan_tracking::SCHEMA,
            caravan_gateway::SCHEMA,
        ];
        migrate(&owner, &schemas).await.map_err(|error| failed(&error))?;
        let pool = async |schema: &Schema, most: u32| {
            Database::connect(&cluster.url(DATABASE, schema.login_role), most)
                .await
                .map_err(|error| failed(&error))
        };
        let relay = pool(&caravan_event_log::SCHEMA, 6).await?;
        let hub = pool(&caravan_hub_registry::SCHEMA, 16).await?;
        let tracking = pool(&caravan_tracking::SCHEMA, 12).await?;
        let gateway = pool(&caravan_gateway::SCHEMA, 4).await?;
        Ok(Self { cluster, relay, hub, tracking, gateway })
    }

    /// Closes the pools and stops the cluster.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        for pool in [&self.relay, &self.hub, &self.tracking, &self.gateway] {
            pool.close().await;
        }
        self.cluster
            .stop()
            .await
            .map_err(|error| Failure::of("PostgreSQL could not be stopped", &error))
    }
}
