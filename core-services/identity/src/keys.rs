//! API keys: made once, shown once, with no more scopes than their maker has, expiring, revocable.

use core::time::Duration;

use caravan_audit::{Entry, record};
use caravan_model::TenantId;
use caravan_tenancy::{Caller, TenantTx};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::domain::networks;
use crate::domain::token::{self, Purpose};
use crate::error::Error;
use crate::identity::Identity;
use crate::scopes::{beyond, exists};
use crate::store::keys::{self, Listed, New};
use crate::users::known_name;

/// Most scopes of a key.
const SCOPES_MAX: usize = 100;

/// A key as it is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) scopes: &'a [&'a str],
    pub(crate) expires_ms: Option<i64>,
    /// From where it may be used; empty is from everywhere.
    pub(crate) networks: &'a [String],
}

/// A fresh key: the only time that it can be seen.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) key: SecretString,
    pub(crate) listed: Listed,
}

impl Identity {
    /// Makes a key for a caller.
    pub(crate) async fn make_key(&self, by: &Caller, wanted: Wanted<'_>) -> Result<Made, Error> {
        let name = known_name(wanted.name)?;
        let scopes = known_scopes(by, wanted.scopes)?;
        if wanted.expires_ms.is_some_and(|at| at <= Timestamp::now().as_millisecond()) {
            return Err(Error::ExpiryInvalid);
        }
        let networks = networks::parse(wanted.networks).ok_or(Error::NetworkInvalid)?;
        let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
        let key = token::new_key();
        let known = Wanted { name, scopes: &scopes, networks: &networks, ..wanted };
        let listed = self.store_key(by.tenant, &by.principal, known, &key).await?;
        Ok(Made { key, listed })
    }

    /// Makes a key for the operator, with any scopes, also `*`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_key(
        &self,
        tenant: TenantId,
        name: &str,
        scopes: &[&str],
        valid_for: Option<Duration>,
    ) -> Result<SecretString, Error> {
        let key = token::new_key();
        self.import_key(tenant, name, scopes, valid_for, &key).await?;
        Ok(key)
    }

    /// Makes a given key valid, or brings it to the given scopes: for the demo, whose key outlives restarts.
    ///
    /// # Errors
    /// When the database fails. A text that is not of a key's form is no key.
    pub async fn import_key(
        &self,
        tenant: TenantId,
        name: &str,
        scopes: &[&str],
        valid_for: Option<Duration>,
        key: &SecretString,
    ) -> Result<(), Error> {
        let now = Timestamp::now().as_millisecond();
        let expires_ms = valid_for
            .map(|valid| now.saturating_add(i64::try_from(valid.as_millis()).unwrap_or(i64::MAX)));
        let wanted = Wanted { name: known_name(name)?, scopes, expires_ms, networks: &[] };
        self.store_key(tenant, "system", wanted, key).await.map(drop)
    }

    async fn store_key(
        &self,
        tenant: TenantId,
        by: &str,
        wanted: Wanted<'_>,
        key: &SecretString,
    ) -> Result<Listed, Error> {
        let key_id = token::key_id(key.expose_secret()).ok_or(Error::KeyNotFound)?;
        let digest = self.inner.pepper.digest(Purpose::Key, key.expose_secret());
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let Wanted { name, scopes, expires_ms, networks } = wanted;
        let digest = &digest;
        let new = New { key_id, name, digest, scopes, networks, created_by: by, expires_ms };
        let changed = keys::put(&mut tx, new).await?;
        let listed = keys::find(&mut tx, key_id).await?.ok_or(Error::KeyNotFound)?;
        if changed {
            let subject = format!("key/{key_id}");
            let detail = json!({
                "name": name, "scopes": scopes, "expires_ms": expires_ms, "networks": networks,
            });
            let entry = Entry { actor: by, action: "key.made", subject: &subject, detail };
            record(&mut tx, &entry).await?;
        }
        tx.commit().await?;
        Ok(listed)
    }

    /// Revokes a key by its public part: in this process at once, in others within five seconds.
    ///
    /// # Errors
    /// [`Error::KeyNotFound`] when the tenant has no such key that holds; the database.
    pub async fn revoke_key(&self, tenant: TenantId, by: &str, key_id: &str) -> Result<(), Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        if !keys::revoke(&mut tx, key_id).await? {
            return Err(Error::KeyNotFound);
        }
        note_revoked(&mut tx, by, key_id).await?;
        tx.commit().await?;
        self.forget_keys(tenant, &[key_id.to_owned()]);
        Ok(())
    }

    /// A page of the tenant's keys, without their secrets.
    pub(crate) async fn keys(
        &self,
        tenant: TenantId,
        after: Option<(i64, String)>,
        max: i64,
    ) -> Result<Vec<Listed>, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let found = keys::list(&mut tx, after, max).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// One key.
    pub(crate) async fn key(&self, tenant: TenantId, key_id: &str) -> Result<Listed, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let found = keys::find(&mut tx, key_id).await?;
        tx.commit().await?;
        found.ok_or(Error::KeyNotFound)
    }
}

/// Says in the trail who revoked a key.
pub(crate) async fn note_revoked(tx: &mut TenantTx, by: &str, key_id: &str) -> Result<(), Error> {
    let subject = format!("key/{key_id}");
    let entry = Entry { actor: by, action: "key.revoked", subject: &subject, detail: json!({}) };
    record(tx, &entry).await?;
    Ok(())
}

/// Scopes that exist and that the caller has, each once.
fn known_scopes<'a>(by: &Caller, scopes: &[&'a str]) -> Result<Vec<&'a str>, Error> {
    let unknown = scopes.iter().find(|scope| !exists(scope)).copied();
    let unknown =
        unknown.or(scopes.is_empty().then_some("")).or((scopes.len() > SCOPES_MAX).then_some("…"));
    if let Some(scope) = unknown {
        return Err(Error::ScopeUnknown { scope: scope.to_owned() });
    }
    let missing = beyond(scopes, &by.scopes);
    if !missing.is_empty() {
        return Err(Error::ScopesBeyond {
            scopes: missing.into_iter().map(str::to_owned).collect(),
        });
    }
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}
