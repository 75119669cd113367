//! The hub's parts, wired: sandbox, registry, egress, intake, worker, scheduler, SFTP server.

use std::sync::Arc;

use caravan_event_log::EventLog;
use caravan_hub_intake::{
    HubMailbox, Intake, Objects, Parts as IntakeParts, ServiceFactory, Worker,
};
use caravan_hub_registry::{ConnectionStore, Registry, Vault};
use caravan_hub_resilience::Egress;
use caravan_hub_sandbox::Sandbox;
use caravan_hub_scheduler::Scheduler;
use caravan_hub_sftp as sftp;

use super::ports::{self, Ports};
use super::storage::Storage;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::parts;

/// Documents in hand at once.
const DOCUMENTS_AT_ONCE: usize = 8;

/// The hub, ready to run.
pub(crate) struct Hub {
    pub(crate) sandbox: Sandbox,
    pub(crate) intake: Intake,
    pub(crate) worker: Worker,
    pub(crate) scheduler: Scheduler,
    pub(crate) sftp: sftp::Server,
}

/// Wires the hub. With the demo, plain http to this machine is allowed: that is where the simulators are.
pub(crate) async fn start(
    folder: &Folder,
    storage: &Storage,
    log: Arc<dyn EventLog>,
    ports: &Ports,
    demo: bool,
) -> Result<Hub, Failure> {
    let parts = parts::load(Some(folder.cache()))?;
    let vault = Vault::open(&folder.keys().join("vault"))
        .map_err(|error| Failure::of("the vault of secrets cannot be opened", &error))?;
    let connections = ConnectionStore::new(storage.hub.clone(), Arc::new(vault));
    let registry =
        Registry::new(parts.catalog, parts.components, parts.profiles, connections.clone());
    let mut config = caravan_hub_resilience::Config::default();
    config.guard.allow_test_nets = demo;
    let egress =
        Egress::new(config).map_err(|error| Failure::of("egress cannot be set up", &error))?;
    let objects = Objects::local(&folder.documents())
        .map_err(|error| Failure::of("the document store cannot be opened", &error))?;
    // One hub process works on a data folder, so its name need only be stable.
    let owner = "hub".to_owned();
    let intake = Intake::new(IntakeParts {
        database: storage.hub.clone(),
        objects,
        registry,
        services: ServiceFactory::new(egress, storage.hub.clone(), connections, demo),
        log,
        owner: owner.clone(),
    });
    let config =
        sftp::Config::new(ports.sftp, folder.keys().join("sftp_host_ed25519"), folder.staging());
    let server = sftp::Server::bind(config, Arc::new(HubMailbox::new(intake.clone())))
        .await
        .map_err(|error| ports::in_use(&Failure::of("the SFTP server cannot start", &error)))?;
    Ok(Hub {
        sandbox: parts.sandbox,
        worker: Worker::new(intake.clone(), DOCUMENTS_AT_ONCE),
        scheduler: Scheduler::new(intake.clone(), owner),
        intake,
        sftp: server,
    })
}
