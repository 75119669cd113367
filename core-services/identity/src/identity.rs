//! Identity as its callers hold it: what it is made of, and whose a presented token is.

use std::net::IpAddr;
use std::sync::Arc;

use caravan_model::TenantId;
use caravan_net::guard;
use caravan_tenancy::{Database, SystemTx};
use caravan_vault::Vault;
use ipnet::IpNet;
use secrecy::SecretBox;
use url::Url;
use uuid::Uuid;

use crate::believed::Believed;
use crate::cookie::Cookie;
use crate::domain::networks;
use crate::domain::token::{self, Pepper, Purpose};
use crate::error::Error;
use crate::hasher::{Cost, Hasher};
use crate::oidc::client::Client;
use crate::oidc::issuers::Issuers;
use crate::scopes::Role;
use crate::store;

/// What identity needs.
#[derive(Debug)]
pub struct Config {
    /// Pool of the role `caravan_identity`; eight connections are plenty.
    pub database: Database,
    /// Key of the hashes of tokens, kept outside the database. Another one makes every key and session unknown.
    pub pepper: SecretBox<[u8; 32]>,
    /// Seals the client secrets of the tenants' identity providers.
    pub vault: Arc<Vault>,
    /// The session cookie.
    pub cookie: Cookie,
    /// What a password's hash costs.
    pub cost: Cost,
    /// What logins by the tenants' own identity providers need to know of the network.
    pub outside: Outside,
}

/// The world around this installation.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Where browsers reach it, for example `https://freight.example`: providers send people back there. Without it nobody signs in
    /// by a provider. Never taken from a request, whose host is whatever its sender writes.
    pub public_url: Option<Url>,
    /// Which addresses may be called. Test networks may be called by plain http as well.
    pub guard: guard::Config,
}

impl Config {
    /// The defaults: a `__Host-` cookie, OWASP's cost.
    #[must_use]
    pub fn new(database: Database, pepper: SecretBox<[u8; 32]>, vault: Arc<Vault>) -> Self {
        let (cost, outside) = (Cost::default(), Outside::default());
        Self { database, pepper, vault, cookie: Cookie::Host, cost, outside }
    }
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The tenant that it acts in.
    pub tenant: TenantId,
    /// `user/<id>` or `key/<public part>`.
    pub principal: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The identity provider that began the session, if one did: then it holds in this tenant alone.
    pub provider: Option<Uuid>,
    /// From where it may be used; empty is from everywhere.
    networks: Vec<IpNet>,
    /// The name of the session where its user sees it; none for a key.
    pub session: Option<Uuid>,
}

impl Identified {
    /// Whether it may be used from that address: a key may be bound to networks.
    #[must_use]
    pub fn may_come_from(&self, address: Option<IpAddr>) -> bool {
        networks::allow(&self.networks, address)
    }
}

/// The identity service. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) pepper: Pepper,
    pub(crate) cookie: Cookie,
    pub(crate) hasher: Hasher,
    pub(crate) keys: Believed<Identified>,
    pub(crate) sessions: Believed<Identified>,
    pub(crate) issuers: Issuers,
    pub(crate) vault: Arc<Vault>,
    pub(crate) public_url: Option<Url>,
}

impl core::fmt::Debug for Identity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Identity").field("database", &self.inner.database).finish_non_exhaustive()
    }
}

impl Identity {
    /// Identity over its database.
    ///
    /// # Errors
    /// [`Error::Hash`] when the cost is out of argon2's bounds; [`Error::Client`] when there is no TLS to be had.
    pub fn new(config: Config) -> Result<Self, Error> {
        let Config { database, pepper, vault, cookie, cost, outside } = config;
        let pepper = Pepper::new(pepper);
        let client = Client::new(outside.guard).map_err(Error::Client)?;
        let inner = Inner {
            database,
            issuers: Issuers::new(client),
            vault,
            public_url: outside.public_url,
            pepper,
            cookie,
            hasher: Hasher::new(cost)?,
            keys: Believed::default(),
            sessions: Believed::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The session cookie's name, for whoever reads it from requests.
    #[must_use]
    pub fn cookie(&self) -> Cookie {
        self.inner.cookie
    }

    /// Whose this API key is; none for a wrong, unknown, expired or revoked one, which all look alike from outside. An answer is
    /// believed for five seconds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_key(&self, presented: &str) -> Result<Option<Identified>, Error> {
        let Some(key_id) = token::key_id(presented) else { return Ok(None) };
        let digest = self.inner.pepper.digest(Purpose::Key, presented);
        self.inner.keys.get(&digest, self.load_key(presented, key_id)).await
    }

    /// Whose this session token is, likewise.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_session(&self, presented: &str) -> Result<Option<Identified>, Error> {
        if !token::is_token(presented) {
            return Ok(None);
        }
        let digest = self.inner.pepper.digest(Purpose::Session, presented);
        self.inner.sessions.get(&digest, self.load_session(&digest)).await
    }

    async fn load_key(&self, presented: &str, key_id: &str) -> Result<Option<Identified>, Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let held = store::keys::holding(&mut tx, key_id).await?;
        let matching = held
            .into_iter()
            .find(|held| self.inner.pepper.matches(Purpose::Key, presented, &held.digest));
        let Some(held) = matching else { return Ok(None) };
        // One that cannot be read would otherwise open the key to everybody.
        let networks = networks::parse(&held.networks).ok_or(Error::NetworkInvalid)?;
        store::keys::used(&mut tx, held.tenant, key_id).await?;
        tx.commit().await?;
        Ok(Some(Identified {
            tenant: held.tenant,
            principal: format!("key/{key_id}"),
            scopes: held.scopes,
            provider: None,
            networks,
            session: None,
        }))
    }

    async fn load_session(&self, digest: &[u8; 32]) -> Result<Option<Identified>, Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let held = store::sessions::find(&mut tx, digest).await?;
        tx.commit().await?;
        Ok(held.map(|held| Identified {
            tenant: held.tenant,
            principal: principal(held.user),
            scopes: scopes_of(&held.role),
            provider: held.provider,
            networks: Vec::new(),
            session: Some(held.id),
        }))
    }

    /// Has the next request of every session that a provider began looked up again.
    pub(crate) fn forget_provider(&self, provider: Uuid) {
        self.inner.sessions.forget(|found| found.provider == Some(provider));
    }

    /// Has the next request of every session that a password began in a tenant looked up again.
    pub(crate) fn forget_passwords(&self, tenant: TenantId) {
        let gone = |found: &Identified| found.tenant == tenant && found.provider.is_none();
        self.inner.sessions.forget(gone);
    }

    /// Has the next request of these keys of a tenant looked up again.
    pub(crate) fn forget_keys(&self, tenant: TenantId, keys: &[String]) {
        let gone = |found: &Identified| {
            let key = found.principal.strip_prefix("key/");
            found.tenant == tenant && key.is_some_and(|key| keys.iter().any(|each| each == key))
        };
        self.inner.keys.forget(gone);
    }

    /// Has the next request of a user's sessions looked up again.
    pub(crate) fn forget_user(&self, tenant: Option<TenantId>, user: Uuid) {
        let gone = principal(user);
        self.inner.sessions.forget(|found| {
            found.principal == gone && tenant.is_none_or(|tenant| tenant == found.tenant)
        });
    }
}

/// A user's name in callers and in the audit trail.
pub(crate) fn principal(user: Uuid) -> String {
    format!("user/{user}")
}

/// The user behind a principal, if it is one.
pub(crate) fn user_of(principal: &str) -> Result<Uuid, Error> {
    principal.strip_prefix("user/").and_then(|id| id.parse().ok()).ok_or(Error::NotAUser)
}

/// What a role may do; nothing, if this version does not know it.
pub(crate) fn scopes_of(role: &str) -> Vec<String> {
    Role::named(role).map(Role::scopes).unwrap_or_default().into_iter().map(str::to_owned).collect()
}
