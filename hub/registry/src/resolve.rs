//! From a connection's id to everything that a sandboxed call needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_model::{ConnectionId, TenantId};

use crate::catalog::{Catalog, Party};
use crate::components::{Component, Components};
use crate::connection::Connection;
use crate::profiles::Profiles;
use crate::store::{ConnectionStore, StoreError};

/// Everything that a call for one connection needs.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The connection.
    pub connection: Connection,
    /// Its party.
    pub party: Party,
    /// The party's component.
    pub component: Component,
    /// The party's profile as JSON.
    pub profile: Arc<[u8]>,
    /// The connection's settings as text by name.
    pub settings: Arc<BTreeMap<String, String>>,
}

/// Why a connection cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// Its row cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is none with this id.
    #[error("there is no connection {0}")]
    NoConnection(ConnectionId),
    /// Its party is not in the catalogue.
    #[error("the catalogue has no party {0:?}")]
    NoParty(String),
    /// Its party's component is not installed.
    #[error("the component {component:?} of party {party:?} is not installed")]
    NoComponent {
        /// Party.
        party: String,
        /// Component.
        component: String,
    },
    /// Its party's profile is not there.
    #[error("there is no profile {0:?}")]
    NoProfile(String),
}

/// The catalogue, the components, the profiles and the connections as one.
#[derive(Debug, Clone)]
pub struct Registry {
    catalog: Arc<Catalog>,
    components: Arc<Components>,
    profiles: Arc<Profiles>,
    connections: ConnectionStore,
}

impl Registry {
    /// A registry of loaded parts.
    #[must_use]
    pub fn new(
        catalog: Arc<Catalog>,
        components: Arc<Components>,
        profiles: Arc<Profiles>,
        connections: ConnectionStore,
    ) -> Self {
        Self { catalog, components, profiles, connections }
    }

    /// The catalogue.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The component of a party of the catalogue.
    #[must_use]
    pub fn component(&self, party: &Party) -> Option<&Component> {
        self.components.get(&party.component)
    }

    /// The connections.
    #[must_use]
    pub fn connections(&self) -> &ConnectionStore {
        &self.connections
    }

    /// What serves this connection.
    ///
    /// # Errors
    /// When the connection, its party, its component or its profile is missing, or the database fails.
    pub async fn resolve(
        &self,
        tenant: TenantId,
        id: ConnectionId,
    ) -> Result<Resolved, ResolveError> {
        let connection =
            self.connections.get(tenant, id).await?.ok_or(ResolveError::NoConnection(id))?;
        self.resolve_as(connection)
    }

    /// What would serve this connection, stored or not.
    ///
    /// # Errors
    /// When its party, its component or its profile is missing.
    pub fn resolve_as(&self, connection: Connection) -> Result<Resolved, ResolveError> {
        let party = self
            .catalog
            .party(&connection.party)
            .ok_or_else(|| ResolveError::NoParty(connection.party.clone()))?
            .clone();
        let component = self
            .components
            .get(&party.component)
            .ok_or_else(|| ResolveError::NoComponent {
                party: party.id.clone(),
                component: party.component.clone(),
            })?
            .clone();
        let profile = self
            .profiles
            .json(&party.profile)
            .ok_or_else(|| ResolveError::NoProfile(party.profile.clone()))?;
        let settings = Arc::new(settings_as_text(&connection.settings));
        Ok(Resolved { connection, party, component, profile, settings })
    }
}

/// A guest reads settings as text: strings as they are, everything else as JSON.
fn settings_as_text(settings: &serde_json::Value) -> BTreeMap<String, String> {
    let Some(object) = settings.as_object() else { return BTreeMap::new() };
    let text =
        |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}
