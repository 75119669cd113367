//! The gateway with identity behind it, and the services it leads to.

use core::num::NonZeroU32;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_gateway::{
    Access, Check, Gateway, Health, Holder, Identify, Presented, Unavailable, Upstream,
};
use caravan_identity::Identity;
use caravan_stream::Feed;
use caravan_telemetry::Metrics;
use caravan_tenancy::Database;
use secrecy::SecretBox;

use super::{BODY_BYTES_MAX, System};
use crate::failure::Failure;
use crate::ports;

/// Requests a second from one address: one machine may well be a whole shipper's office.
const REQUESTS_PER_S_PER_ADDRESS: u32 = 20_000;
/// Connections of identity: what is presented is remembered, so few ask.
const CONNECTIONS: u32 = 8;

/// Keys and sessions, as the gateway asks for them.
struct Guard(Identity);

#[async_trait]
impl Identify for Guard {
    async fn identify(&self, presented: Presented<'_>) -> Result<Option<Holder>, Unavailable> {
        let found = match presented {
            Presented::ApiKey(key) => self.0.of_key(key).await,
            Presented::Session(token) => self.0.of_session(token).await,
        };
        let found = found.map_err(|error| Unavailable(Box::new(error)))?;
        Ok(found.map(|found| Holder {
            tenant: found.tenant,
            principal: found.principal,
            scopes: found.scopes,
        }))
    }
}

/// Starts identity.
pub(crate) async fn identity(system: &System<'_>) -> Result<Identity, Failure> {
    let database = system.storage.pool(&caravan_identity::SCHEMA, CONNECTIONS).await?;
    let pepper = SecretBox::new(Box::new(system.folder.secret("api_key_pepper")?));
    let identity = Identity::new(caravan_identity::Config::new(database, pepper))
        .map_err(|error| Failure::of("identity cannot be set up", &error))?;
    let consumers = &system.stop.consumers;
    consumers.run(caravan_identity::Service::new(identity.clone()).run(consumers.token()));
    Ok(identity)
}

/// Binds the gateway before `upstreams`, and before identity's own routes.
pub(crate) async fn bind(
    system: &System<'_>,
    address: SocketAddr,
    identity: &Identity,
    mut upstreams: Vec<Upstream>,
    metrics: Metrics,
) -> Result<Gateway, Failure> {
    let own = caravan_identity::router(identity.clone());
    let describe = |prefixes, access| {
        Upstream::in_process(prefixes, own.clone(), access, BODY_BYTES_MAX)
            .described_by(caravan_identity::openapi())
    };
    upstreams.push(describe(caravan_identity::OPEN_PATHS, Access::Open));
    upstreams.push(describe(caravan_identity::PATHS, Access::Known));
    upstreams.push(stream(system));
    let mut config = caravan_gateway::Config::new(address);
    config.requests_per_s_per_address =
        NonZeroU32::new(REQUESTS_PER_S_PER_ADDRESS).unwrap_or(NonZeroU32::MIN);
    config.session_cookie = identity.cookie().name();
    config.asyncapi = Some(caravan_stream::asyncapi());
    let guard: Arc<dyn Identify> = Arc::new(Guard(identity.clone()));
    Gateway::bind(config, guard, upstreams, health(&system.storage.relay, metrics))
        .await
        .map_err(|error| ports::in_use(&Failure::of("the gateway cannot start", &error)))
}

/// Live streams, fanned out where their callers are. They end with the doors, since they would never end by themselves.
fn stream(system: &System<'_>) -> Upstream {
    let feed = Feed::new(system.log.clone(), caravan_stream::Config::default());
    let doors = &system.stop.doors;
    doors.run(feed.clone().run(doors.token()));
    let router = caravan_stream::router(feed);
    Upstream::in_process(&["/v1/stream"], router, Access::Known, BODY_BYTES_MAX)
        .described_by(caravan_stream::openapi())
}

/// What a process is ready by.
pub(crate) fn health(database: &Database, metrics: Metrics) -> Health {
    Health { checks: vec![("database", ping(database.clone()))], metrics }
}

fn ping(database: Database) -> Check {
    Arc::new(move || {
        let database = database.clone();
        Box::pin(async move { database.ping().await.map_err(|error| error.to_string()) })
    })
}
