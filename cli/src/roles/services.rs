//! The business services: each with its pool, its consumer, its routes.

use axum::Router;

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
