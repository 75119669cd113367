//! Who is calling: put into a request's extensions by the gateway, read by the services.

use caravan_model::{TenantId, TraceId};

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

impl Caller {
    /// Whether `scope` was granted; `*` grants everything.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope || granted == "*")
    }
}
