//! The handle that every door and the worker share.

use std::sync::Arc;

use caravan_event_log::EventLog;
use caravan_hub_registry::Registry;
use caravan_tenancy::Database;
use tokio::sync::{Notify, broadcast};

use crate::documents::DocumentKey;
use crate::object::Objects;
use crate::services::ServiceFactory;

/// What intake is made of.
pub struct Parts {
    /// The hub's database, role `caravan_hub`.
    pub database: Database,
    /// Raw bytes.
    pub objects: Objects,
    /// Who serves which connection.
    pub registry: Registry,
    /// What a guest may ask of us.
    pub services: ServiceFactory,
    /// The event log, for whoever reads along.
    pub log: Arc<dyn EventLog>,
    /// The stable name of this hub process: leases carry it.
    pub owner: String,
}

impl core::fmt::Debug for Parts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Parts").field("owner", &self.owner).finish_non_exhaustive()
    }
}

/// A cheap handle to intake.
#[derive(Clone)]
pub struct Intake {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) objects: Objects,
    pub(crate) registry: Registry,
    pub(crate) services: ServiceFactory,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) owner: String,
    /// Told when a document was received, so that the worker need not wait for its next look.
    pub(crate) arrived: Notify,
    /// Told when a document came to its end, for whoever waits for the answer to its request.
    pub(crate) finished: broadcast::Sender<DocumentKey>,
}

impl core::fmt::Debug for Intake {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Intake").field("owner", &self.inner.owner).finish_non_exhaustive()
    }
}

impl Intake {
    /// Intake of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { database, objects, registry, services, log, owner } = parts;
        let (finished, _) = broadcast::channel(1024);
        let arrived = Notify::new();
        let inner = Inner { database, objects, registry, services, log, owner, arrived, finished };
        Self { inner: Arc::new(inner) }
    }

    /// The registry that resolves connections.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// The hub's database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.inner.database
    }
}

/// Milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
