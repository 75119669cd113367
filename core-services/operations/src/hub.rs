//! What only the hub knows: documents, their disk, and the breakers before parties.

use core::fmt;
use core::time::Duration;

use async_trait::async_trait;
use caravan_model::TenantId;

/// A tenant's figures of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFigures {
    /// Documents that wait for an operator.
    pub quarantined: u64,
    /// Breakers of the tenant's connections.
    pub breakers: Vec<Breaker>,
}

/// A breaker of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// The connection's name.
    pub connection: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// `closed`, `open` or `half-open`.
    pub state: &'static str,
    /// How long calls are still refused.
    pub refuses_for: Duration,
}

/// The disk that documents lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Its size in bytes.
    pub bytes: u64,
    /// What is free for us.
    pub free_bytes: u64,
}

/// It cannot be said now.
#[derive(Debug, thiserror::Error)]
#[error("the hub's figures cannot be read")]
pub struct HubUnavailable(#[source] pub Box<dyn core::error::Error + Send + Sync>);

/// The hub, as this crate asks it.
#[async_trait]
pub trait Hub: Send + Sync + 'static {
    /// The figures of `tenant`.
    async fn of_tenant(&self, tenant: TenantId) -> Result<HubFigures, HubUnavailable>;

    /// The disk that documents lie on.
    fn space(&self) -> std::io::Result<Space>;
}

impl fmt::Debug for dyn Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hub")
    }
}
