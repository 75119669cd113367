//! The business services: each with its pool, its consumer, its routes.

use std::sync::Arc;

use axum::Router;
use caravan_hub_registry::Vault;

use super::System;
use crate::failure::Failure;

/// Connections of one service: its consumer's, and those of the requests under way.
const CONNECTIONS: u32 = 12;

/// Starts the tracking service; answers its routes.
pub(crate) async fn tracking(system: &System<'_>) -> Result<Router, Failure> {
    let database = system.storage.pool(&caravan_tracking::SCHEMA, CONNECTIONS).await?;
    let service = caravan_tracking::Service::new(system.log.clone(), database.clone());
    let consumers = &system.stop.consumers;
    consumers.run(service.run(consumers.token()));
    Ok(caravan_tracking::router(database))
}

/// Starts the order service; answers its routes.
pub(crate) async fn order(system: &System<'_>) -> Result<Router, Failure> {
    let database = system.storage.pool(&caravan_order::SCHEMA, CONNECTIONS).await?;
    let service = caravan_order::Service::new(system.log.clone(), database.clone());
    let consumers = &system.stop.consumers;
    consumers.run(service.run(consumers.token()));
    Ok(caravan_order::router(database))
}

/// Starts the settlement service; answers its routes.
pub(crate) async fn settlement(system: &System<'_>) -> Result<Router, Failure> {
    let database = system.storage.pool(&caravan_settlement::SCHEMA, CONNECTIONS).await?;
    let service = caravan_settlement::Service::new(system.log.clone(), database.clone());
    let consumers = &system.stop.consumers;
    consumers.run(service.run(consumers.token()));
    Ok(caravan_settlement::router(database))
}

/// Starts the notification service; answers its routes. With `test_nets`, plain http to this machine is allowed.
pub(crate) async fn notification(system: &System<'_>, test_nets: bool) -> Result<Router, Failure> {
    let database = system.storage.pool(&caravan_notification::SCHEMA, CONNECTIONS).await?;
    let vault = Vault::open(&system.folder.keys().join("vault"))
        .map_err(|error| Failure::of("the vault of secrets cannot be opened", &error))?;
    let config = caravan_notification::Config { test_nets, ..Default::default() };
    let service = config
        .build(system.log.clone(), database, Arc::new(vault))
        .map_err(|error| Failure::of("outgoing webhooks cannot be set up", &error))?;
    let router = service.router();
    let consumers = &system.stop.consumers;
    consumers.run(service.run(consumers.token()));
    Ok(router)
}
