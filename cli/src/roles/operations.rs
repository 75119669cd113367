//! How the installation stands: what this process knows of itself, and for the gateway, whom to ask besides.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use caravan_event_log::kafka::KafkaLog;
use caravan_gateway::{Access, Remote, Upstream};
use caravan_hub_intake::Intake;
use caravan_model::TenantId;
use caravan_operations::{
    Breaker, Brokers, Config, Found, Hub, HubFigures, HubUnavailable, Installation, Parts, Peer,
    Peers, Process, Space,
};

use super::{BODY_BYTES_MAX, Role, System, gateway};

/// How long a process or a store may take to answer.
const WITHIN: Duration = Duration::from_secs(2);
/// Roles that are to be there, in the order in which they are shown.
const ROLES: [Role; 5] = [Role::Gateway, Role::Hub, Role::Order, Role::Tracking, Role::Settlement];

/// This process, which has `roles`, and `hub` where that is one of them.
pub(crate) fn process(system: &System<'_>, roles: &[Role], hub: Option<&Intake>) -> Process {
    let hub = hub.map(|intake| Arc::new(Asked(intake.clone())) as Arc<dyn Hub>);
    let process = Process::new(Parts {
        roles: roles.iter().copied().map(Role::name).collect(),
        pools: system.storage.pools.clone(),
        checks: gateway::checks(&system.storage.relay),
        hub,
    });
    let consumers = &system.stop.consumers;
    consumers.run(process.clone().run(consumers.token()));
    process
}

/// Every role in the one process that does it all.
pub(crate) const ALL: &[Role] = &ROLES;

/// The answer to how everything stands: `own` is the gateway's process, `apart` the roles that have processes of their own.
pub(crate) fn upstream(system: &System<'_>, own: Process, apart: Vec<(Role, Remote)>) -> Upstream {
    let peer = |(role, remote): (Role, Remote)| Peer {
        role: role.name(),
        processes: Box::new(Elsewhere(remote)),
    };
    let kafka = system.kafka.clone().map(|log| Arc::new(Cluster(log)) as Arc<dyn Brokers>);
    let installation = Installation::new(Config {
        own,
        peers: apart.into_iter().map(peer).collect(),
        roles: ROLES.map(Role::name).to_vec(),
        traffic: system.traffic.clone(),
        database: system.storage.relay.clone(),
        kafka,
        within: WITHIN,
    });
    let access = Access::Key { read: "operations:read", write: "operations:read" };
    let router = caravan_operations::router(installation);
    Upstream::in_process(&["/v1/operations"], router, access, BODY_BYTES_MAX)
        .described_by(caravan_operations::openapi())
}

/// The hub, asked by operations.
struct Asked(Intake);

#[async_trait]
impl Hub for Asked {
    async fn of_tenant(&self, tenant: TenantId) -> Result<HubFigures, HubUnavailable> {
        let figures =
            self.0.figures(tenant).await.map_err(|error| HubUnavailable(Box::new(error)))?;
        let breaker = |breaker: caravan_hub_intake::BreakerFigure| Breaker {
            connection: breaker.connection,
            endpoint: breaker.endpoint,
            state: breaker.state,
            refuses_for: breaker.refuses_for,
        };
        let breakers = figures.breakers.into_iter().map(breaker).collect();
        Ok(HubFigures { quarantined: figures.quarantined, breakers })
    }

    fn space(&self) -> std::io::Result<Space> {
        let space = self.0.space()?;
        Ok(Space { bytes: space.bytes, free_bytes: space.free_bytes })
    }
}

/// A role's processes, asked by operations.
struct Elsewhere(Remote);

#[async_trait]
impl Peers for Elsewhere {
    async fn each(&self) -> std::io::Result<Vec<Found>> {
        self.0.each().await
    }
}

/// The cluster, asked by operations.
struct Cluster(KafkaLog);

#[async_trait]
impl Brokers for Cluster {
    async fn count(&self) -> Result<usize, caravan_event_log::Error> {
        self.0.brokers().await
    }
}
