//! What a guest may ask of us, set up for one call of one connection.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_fault::Class;
use caravan_hub_capabilities::{
    Broker, ConnectionGrants, MemoryReplies, Parts, PostgresState, deadline_within,
};
use caravan_hub_registry::{Connection, ConnectionStore, Resolved, StoreError};
use caravan_hub_resilience::Egress;
use caravan_hub_sandbox::Services;
use caravan_tenancy::Database;
use url::Url;

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
        let deadline = deadline_within(wall);
        let parts = Parts {
            manifest: Arc::clone(&resolved.component.manifest),
            grants: Arc::new(self.grants(&resolved.connection).await?),
            egress: self.egress.clone(),
            state: Arc::new(PostgresState::new(self.database.clone(), tenant, id)),
            replies,
            deadline,
        };
        Ok(Arc::new(Broker::new(parts)))
    }

    async fn grants(&self, connection: &Connection) -> Result<ConnectionGrants, ServiceError> {
        let mut endpoints = BTreeMap::new();
        for (endpoint, address) in &connection.endpoints {
            let url = Url::parse(address)
                .map_err(|source| ServiceError::Address { endpoint: endpoint.clone(), source })?;
            endpoints.insert(endpoint.clone(), url);
        }
        Ok(ConnectionGrants {
            connection: connection.id.to_string().into(),
            environment: connection.environment.as_str().to_owned(),
            endpoints,
            secrets: self.connections.secrets(connection.tenant, connection.id).await?,
            allow_http: self.allow_http,
        })
    }
}
