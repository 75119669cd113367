//! Who is calling: put into a request's extensions by the gateway, read by the services.

use caravan_model::{TenantId, TraceId};
use uuid::Uuid;

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The tenant whose data the call is about.
    pub tenant: TenantId,
    /// Who: an API key's public prefix, later a user's subject.
    pub principal: String,
    /// What it may do, for example `tracking:read`.
    pub scopes: Vec<String>,
    /// The request's trace.
    pub trace: TraceId,
}

/// Which of its user's sessions a request is of, by the name that opens nothing; beside the [`Caller`] in the gateway's own process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentSession(pub Uuid);

impl Caller {
    /// Whether `scope` was granted; `*` grants everything.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope || granted == "*")
    }
}
