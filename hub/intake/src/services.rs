//! What a guest may ask of us, set up for one call of one connection.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_fault::Class;
use caravan_hub_capabilities::{
    Broker, ConnectionGrants, MemoryReplies, MemoryState, Parts, PostgresState, StateStore,
    deadline_within,
};
use caravan_hub_registry::{Connection, ConnectionStore, Resolved, StoreError};
use caravan_hub_resilience::Egress;
use caravan_hub_sandbox::{Call, Context, Limits, Services};
use caravan_manifest::LimitsClass;
use caravan_model::TraceId;
use caravan_tenancy::Database;
use url::Url;
use uuid::Uuid;

use crate::intake::now_ms;
use crate::request::Secrets;

/// Makes the services of a call.
#[derive(Clone)]
pub struct ServiceFactory {
    egress: Egress,
    database: Database,
    connections: ConnectionStore,
    /// Plain http to granted addresses: for the demo's simulators, never in production.
    allow_http: bool,
}

impl core::fmt::Debug for ServiceFactory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ServiceFactory")
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

/// Why a connection's services cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Its secrets cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A granted base URL is none.
    #[error("the granted address of endpoint {endpoint:?} is not a URL")]
    Address {
        /// Endpoint.
        endpoint: String,
        /// Why.
        #[source]
        source: url::ParseError,
    },
}

impl ServiceError {
    /// The failure class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Store(StoreError::Vault(_)) | Self::Address { .. } => Class::Config,
            Self::Store(_) => Class::HostFault,
        }
    }
}

impl ServiceFactory {
    /// Services on `egress`, with state and secrets from the hub's database.
    #[must_use]
    pub fn new(
        egress: Egress,
        database: Database,
        connections: ConnectionStore,
        allow_http: bool,
    ) -> Self {
        Self { egress, database, connections, allow_http }
    }

    /// Services for one call that lasts at most `wall`; HTTP replies are kept in `replies`.
    pub(crate) async fn for_call(
        &self,
        resolved: &Resolved,
        replies: Arc<MemoryReplies>,
        wall: Duration,
    ) -> Result<Arc<dyn Services>, ServiceError> {
        let Connection { tenant, id, .. } = resolved.connection;
        let secrets = self.connections.secrets(tenant, id).await?;
        let grants = Arc::new(self.grants(&resolved.connection, id.to_string(), secrets)?);
        let state = Arc::new(PostgresState::new(self.database.clone(), tenant, id));
        Ok(self.broker(resolved, grants, state, (replies, wall)))
    }

    /// What a connection that may not be stored would work with: grants of `secrets`, and services whose state is forgotten. Its
    /// calls stand apart, so that breakers, limits and tokens neither know earlier ones nor learn from them.
    pub(crate) fn for_trial(
        &self,
        resolved: &Resolved,
        secrets: Secrets,
        wall: Duration,
    ) -> Result<(Arc<ConnectionGrants>, Arc<dyn Services>), ServiceError> {
        let key = format!("trial-{}", Uuid::new_v4());
        let grants = Arc::new(self.grants(&resolved.connection, key, secrets)?);
        let state = Arc::new(MemoryState::default());
        let services = self.broker(resolved, Arc::clone(&grants), state, (Arc::default(), wall));
        Ok((grants, services))
    }

    /// The way out, for probes.
    pub(crate) const fn egress(&self) -> &Egress {
        &self.egress
    }

    fn broker(
        &self,
        resolved: &Resolved,
        grants: Arc<ConnectionGrants>,
        state: Arc<dyn StateStore>,
        (replies, wall): (Arc<MemoryReplies>, Duration),
    ) -> Arc<dyn Services> {
        let manifest = Arc::clone(&resolved.component.manifest);
        let (egress, deadline) = (self.egress.clone(), deadline_within(wall));
        Arc::new(Broker::new(Parts { manifest, grants, egress, state, replies, deadline }))
    }

    fn grants(
        &self,
        connection: &Connection,
        key: String,
        secrets: Secrets,
    ) -> Result<ConnectionGrants, ServiceError> {
        let mut endpoints = BTreeMap::new();
        for (endpoint, address) in &connection.endpoints {
            let url = Url::parse(address)
                .map_err(|source| ServiceError::Address { endpoint: endpoint.clone(), source })?;
            endpoints.insert(endpoint.clone(), url);
        }
        Ok(ConnectionGrants {
            connection: key.into(),
            environment: connection.environment.as_str().to_owned(),
            endpoints,
            secrets,
            allow_http: self.allow_http,
        })
    }
}

/// A call of the connection's component with these services.
pub(crate) fn call_with(
    resolved: &Resolved,
    services: Arc<dyn Services>,
    message: Option<String>,
    trace: TraceId,
    dry_run: bool,
) -> Call {
    let class = limits_class(resolved);
    let context = Context {
        connection: resolved.connection.id.to_string(),
        message,
        deadline_ms: u32::try_from(Limits::of(class).wall.as_millis()).unwrap_or(u32::MAX),
        now_ms: now_ms(),
        trace_id: trace.to_string(),
        dry_run,
    };
    let profile = Arc::clone(&resolved.profile);
    let settings = Arc::clone(&resolved.settings);
    Call { context, class, services, profile, settings }
}

/// The manifest's class as the sandbox's.
pub(crate) fn limits_class(resolved: &Resolved) -> caravan_hub_sandbox::Class {
    match resolved.component.manifest.connector.class {
        LimitsClass::S => caravan_hub_sandbox::Class::S,
        LimitsClass::M => caravan_hub_sandbox::Class::M,
        LimitsClass::L => caravan_hub_sandbox::Class::L,
    }
}
