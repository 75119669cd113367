//! Whose credentials these are: asked of whoever keeps them, which the gateway does not.

use core::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use caravan_model::TenantId;
use uuid::Uuid;

/// What a request shows, taken from its headers. It is a secret, which `Debug` hides.
#[derive(Clone, Copy)]
pub enum Presented<'a> {
    /// `Authorization: Bearer …` or `X-Api-Key`.
    ApiKey(&'a str),
    /// The value of the session cookie.
    Session(&'a str),
}

/// Says only which sort it is: both are secrets.
impl core::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::ApiKey(_) => "ApiKey",
            Self::Session(_) => "Session",
        })
    }
}

/// Whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The tenant that it acts in.
    pub tenant: TenantId,
    /// Its name in logs and in the audit trail: `user/<id>`, `key/<id>`.
    pub principal: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whether it may be used from where the request comes: a key may be bound to networks.
    pub admitted: bool,
    /// Which session it is, for whoever lists them; none for a key.
    pub session: Option<Uuid>,
}

/// It cannot be said now.
#[derive(Debug, thiserror::Error)]
#[error("credentials cannot be checked")]
pub struct Unavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps credentials, or asks who does. It is asked for every request, so it remembers; a revocation must take effect within five
/// seconds all the same.
#[async_trait]
pub trait Identify: Send + Sync + 'static {
    /// The holder; none for what is wrong, unknown, expired or revoked. `from` is the peer's address.
    async fn identify(
        &self,
        presented: Presented<'_>,
        from: Option<IpAddr>,
    ) -> Result<Option<Holder>, Unavailable>;
}

impl fmt::Debug for dyn Identify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identify")
    }
}
