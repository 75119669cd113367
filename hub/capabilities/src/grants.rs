//! What the operator granted one connection.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

/// The operator's side of every decision.
#[derive(Clone, Default)]
pub struct ConnectionGrants {
    /// The connection's id: breaker, limits and tokens belong to it.
    pub connection: Arc<str>,
    /// Which of the manifest's base URLs is meant: `production`, `sandbox`, `demo`.
    pub environment: String,
    /// Base URLs that stand in for the manifest's, by endpoint name.
    pub endpoints: BTreeMap<String, Url>,
    /// Secrets: slot, then field.
    pub secrets: BTreeMap<String, BTreeMap<String, SecretString>>,
    /// Plain http is allowed: demos and test networks.
    pub allow_http: bool,
}

impl ConnectionGrants {
    pub(crate) fn secret(&self, slot: &str, field: &str) -> Option<&SecretString> {
        self.secrets.get(slot)?.get(field)
    }
}

/// Secrets are left out.
impl fmt::Debug for ConnectionGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionGrants")
            .field("connection", &self.connection)
            .field("environment", &self.environment)
            .field("endpoints", &self.endpoints)
            .field("slots", &self.secrets.keys())
            .field("allow_http", &self.allow_http)
            .finish()
    }
}
