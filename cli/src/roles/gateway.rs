//! The gateway with identity behind it, and the services it leads to.

use core::num::NonZeroU32;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use caravan_gateway::{
    Access, Check, Class, Gateway, Health, Holder, Identify, Presented, Tls, Unavailable, Upstream,
};
use caravan_identity::{Identity, Outside, Vault};
use caravan_stream::Feed;
use caravan_telemetry::Metrics;
use caravan_tenancy::Database;
use secrecy::SecretBox;

use super::{BODY_BYTES_MAX, System};
use crate::failure::Failure;
use crate::folder::Folder;
use crate::ports;

/// Requests a second from one address: one machine may well be a whole shipper's office.
const REQUESTS_PER_S_PER_ADDRESS: u32 = 20_000;
/// Paths whose writes set off long work.
const HEAVY: &[&str] = &["/v1/orders/imports"];
/// Paths that anybody may ask, with what it has in its hand.
const PUBLIC: &[&str] = &["/v1/public"];
/// File of the key under which tokens are hashed.
pub(crate) const PEPPER: &str = "api_key_pepper";
/// Connections of identity: what is presented is remembered, so few ask.
const CONNECTIONS: u32 = 8;

/// Keys and sessions, as the gateway asks for them.
struct Guard(Identity);

#[async_trait]
impl Identify for Guard {
    async fn identify(
        &self,
        presented: Presented<'_>,
        from: Option<IpAddr>,
    ) -> Result<Option<Holder>, Unavailable> {
        let found = match presented {
            Presented::ApiKey(key) => self.0.of_key(key).await,
            Presented::Session(token) => self.0.of_session(token).await,
        };
        let found = found.map_err(|error| Unavailable(Box::new(error)))?;
        Ok(found.map(|found| Holder {
            admitted: found.may_come_from(from),
            tenant: found.tenant,
            principal: found.principal,
            scopes: found.scopes,
            session: found.session,
        }))
    }
}

/// Starts identity.
pub(crate) async fn identity(system: &System<'_>) -> Result<Identity, Failure> {
    let database = system.storage.pool(&caravan_identity::SCHEMA, CONNECTIONS).await?;
    let identity = over(system.folder, database, system.outside.clone())?;
    let consumers = &system.stop.consumers;
    consumers.run(caravan_identity::Service::new(identity.clone()).run(consumers.token()));
    Ok(identity)
}

/// Identity over its database, with the keys of the folder.
pub(crate) fn over(
    folder: &Folder,
    database: Database,
    outside: Outside,
) -> Result<Identity, Failure> {
    let pepper = SecretBox::new(Box::new(folder.secret(PEPPER)?));
    let vault = Vault::open(&folder.keys().join("vault"))
        .map_err(|error| Failure::of("the vault of secrets cannot be opened", &error))?;
    let mut config = caravan_identity::Config::new(database, pepper, Arc::new(vault));
    config.outside = outside;
    Identity::new(config).map_err(|error| Failure::of("identity cannot be set up", &error))
}

/// Binds the gateway before `upstreams`, and before identity's own routes.
pub(crate) async fn bind(
    system: &System<'_>,
    (address, tls): (SocketAddr, Option<Tls>),
    identity: &Identity,
    mut upstreams: Vec<Upstream>,
    metrics: Metrics,
) -> Result<Gateway, Failure> {
    let own = caravan_identity::router(identity.clone());
    let describe = |prefixes, access| {
        Upstream::in_process(prefixes, own.clone(), access, BODY_BYTES_MAX)
            .described_by(caravan_identity::openapi())
    };
    for upstream in &mut upstreams {
        for (paths, class) in [(HEAVY, Class::Heavy), (PUBLIC, Class::Public)] {
            if upstream.prefixes.iter().any(|prefix| paths.contains(prefix)) {
                upstream.class = class;
            }
        }
    }
    upstreams.push(describe(caravan_identity::OPEN_PATHS, Access::Open).of_class(Class::Login));
    upstreams.push(describe(caravan_identity::PATHS, Access::Known));
    upstreams.push(stream(system));
    let mut config = caravan_gateway::Config::new(address);
    config.requests_per_s_per_address =
        NonZeroU32::new(REQUESTS_PER_S_PER_ADDRESS).unwrap_or(NonZeroU32::MIN);
    config.tls = tls;
    config.session_cookie = identity.cookie().name();
    config.asyncapi = Some(caravan_stream::asyncapi());
    config.traffic = system.traffic.clone();
    let guard: Arc<dyn Identify> = Arc::new(Guard(identity.clone()));
    Gateway::bind(config, guard, upstreams, health(&system.storage.relay, metrics)).await.map_err(
        |error| {
            let failure = Failure::of("the gateway cannot start", &error);
            if matches!(error, caravan_gateway::Error::Bind { .. }) {
                ports::in_use(&failure)
            } else {
                failure
            }
        },
    )
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
    Health { checks: checks(database), metrics }
}

/// What a process needs to answer.
pub(crate) fn checks(database: &Database) -> Vec<(&'static str, Check)> {
    vec![("database", ping(database.clone()))]
}

fn ping(database: Database) -> Check {
    Arc::new(move || {
        let database = database.clone();
        Box::pin(async move { database.ping().await.map_err(|error| error.to_string()) })
    })
}
