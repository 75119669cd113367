//! The hub's parts, wired: sandbox, registry, egress, intake, worker, scheduler, SFTP server.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use caravan_hub_intake::{
    HubMailbox, Intake, Objects, Outbound, Parts as IntakeParts, ServiceFactory, Worker,
};
use caravan_hub_registry::{ConnectionStore, Registry, Vault};
use caravan_hub_resilience::Egress;
use caravan_hub_sandbox::Sandbox;
use caravan_hub_scheduler::Scheduler;
use caravan_hub_sftp as sftp;
use caravan_tenancy::Database;

use super::System;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::parts::Preparing;
use crate::ports;
use crate::up::demo::Doors;

/// Documents in hand at once.
const DOCUMENTS_AT_ONCE: usize = 8;

/// Connections of the hub.
const CONNECTIONS: u32 = 16;

/// The running hub.
pub(crate) struct Hub {
    pub(crate) sandbox: Sandbox,
    pub(crate) intake: Intake,
    pub(crate) sftp_address: SocketAddr,
    pub(crate) sftp_key: sftp::PublicKey,
    /// Its routes, webhooks among them.
    pub(crate) router: Router,
}

/// What the demo is set up through, where the hub is at hand.
pub(crate) fn doors(intake: &Intake) -> Doors<'_> {
    Doors { connections: intake.registry().connections(), database: intake.database() }
}

/// The connections of all tenants, with the key of the data folder's vault.
pub(crate) fn connections(folder: &Folder, database: Database) -> Result<ConnectionStore, Failure> {
    let vault = Vault::open(&folder.keys().join("vault"))
        .map_err(|error| Failure::of("the vault of secrets cannot be opened", &error))?;
    Ok(ConnectionStore::new(database, Arc::new(vault)))
}

/// Starts the hub. With `test_nets`, plain http to this machine is allowed: that is where simulators are.
pub(crate) async fn start(
    system: &System<'_>,
    parts: Preparing,
    sftp_address: SocketAddr,
    test_nets: bool,
) -> Result<Hub, Failure> {
    let System { folder, storage, stop, .. } = system;
    let parts = parts.finish().await?;
    let database = storage.pool(&caravan_hub_registry::SCHEMA, CONNECTIONS).await?;
    let connections = connections(folder, database.clone())?;
    let registry =
        Registry::new(parts.catalog, parts.components, parts.profiles, connections.clone());
    let mut config = caravan_hub_resilience::Config::default();
    config.guard.allow_test_nets = test_nets;
    let egress =
        Egress::new(config).map_err(|error| Failure::of("egress cannot be set up", &error))?;
    let objects = Objects::local(&folder.documents())
        .map_err(|error| Failure::of("the document store cannot be opened", &error))?;
    // One hub process works on a data folder, so its name need only be stable.
    let owner = "hub".to_owned();
    let intake = Intake::new(IntakeParts {
        database: database.clone(),
        objects,
        registry,
        services: ServiceFactory::new(egress, database, connections, test_nets),
        log: Arc::clone(&system.log),
        owner: owner.clone(),
    });
    let config =
        sftp::Config::new(sftp_address, folder.keys().join("sftp_host_ed25519"), folder.staging());
    let server = sftp::Server::bind(config, Arc::new(HubMailbox::new(intake.clone())))
        .await
        .map_err(|error| ports::in_use(&Failure::of("the SFTP server cannot start", &error)))?;
    let (sftp_address, sftp_key) = (server.local_addr(), server.host_key().clone());
    stop.doors.run(server.run(stop.doors.token()));
    stop.workers.run(Worker::new(intake.clone(), DOCUMENTS_AT_ONCE).run(stop.workers.token()));
    stop.workers.run(Scheduler::new(intake.clone(), owner).run(stop.workers.token()));
    stop.workers.run(Outbound::new(intake.clone()).run(stop.workers.token()));
    let router = caravan_hub_intake::router(intake.clone())
        .merge(super::services::notification(system, test_nets).await?)
        .merge(caravan_hub_intake::hook_router(intake.clone()));
    Ok(Hub { sandbox: parts.sandbox, intake, sftp_address, sftp_key, router })
}
