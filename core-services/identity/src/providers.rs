//! A tenant's identity providers: made, changed, removed, by its owners only.
//!
//! A provider speaks for every member whose address is of its domains, owners included. So only who has all that an owner has makes
//! or changes one; else somebody who may keep users could let itself in as an owner.

use std::collections::BTreeMap;

use caravan_audit::{Entry, record};
use caravan_model::TenantId;
use caravan_tenancy::{Caller, TenantTx};
use caravan_vault::{Place, Resealed};
use caravan_web::Expected;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::error::Error;
use crate::identity::{Identity, principal};
use crate::scopes::Role;
use crate::settings::keeps_a_way_in;
use crate::store::providers::{self, Provider, Settings};
use crate::store::{sessions, subjects};
use crate::users::{grantable, known_name};
use crate::wire::ProviderOut;

/// Most providers of a tenant; one or two are usual.
const PROVIDERS_MAX: i64 = 20;
const ISSUER_BYTES_MAX: usize = 500;
const CLIENT_BYTES_MAX: usize = 500;
const SECRET_BYTES_MAX: usize = 2_000;
const DOMAINS_MAX: usize = 50;
const CLAIM_BYTES_MAX: usize = 200;
const WORDS_MAX: usize = 100;
const WORD_BYTES_MAX: usize = 200;

/// A provider as it is wanted.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client: String,
    /// None: the one that is there stays.
    pub(crate) secret: Option<SecretString>,
    pub(crate) domains: Vec<String>,
    pub(crate) default_role: Option<String>,
    pub(crate) role_claim: Option<String>,
    pub(crate) roles: BTreeMap<String, String>,
}

impl Identity {
    /// A page of the tenant's providers.
    pub(crate) async fn providers(
        &self,
        tenant: TenantId,
        after: Option<Uuid>,
        max: i64,
    ) -> Result<Vec<Provider>, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let found = providers::list(&mut tx, after, max).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// One provider.
    pub(crate) async fn provider(&self, tenant: TenantId, id: Uuid) -> Result<Provider, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let found = providers::lock(tx.conn(), tenant, id).await?;
        tx.commit().await?;
        found.ok_or(Error::ProviderNotFound)
    }

    /// Makes a provider, once it has answered.
    pub(crate) async fn make_provider(
        &self,
        by: &Caller,
        wanted: Wanted,
    ) -> Result<Provider, Error> {
        grantable(by, Role::Owner.as_str())?;
        let secret = wanted.secret.clone().ok_or(Error::ClientInvalid)?;
        let set = self.known(wanted)?;
        self.inner.issuers.anew(&set.issuer).await?;
        let id = Uuid::now_v7();
        let sealed = self.sealed(by.tenant, id, &secret)?;
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        if providers::count(&mut tx).await? >= PROVIDERS_MAX {
            return Err(Error::ProvidersMany);
        }
        providers::put(&mut tx, id, &set, &sealed).await?;
        let made = providers::lock(tx.conn(), by.tenant, id).await?;
        let made = made.ok_or(Error::ProviderNotFound)?;
        note(&mut tx, by, "provider.made", id, said(&set)).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Puts what is wanted in place of what is there. Another issuer or client is another provider: who its subjects are is forgotten,
    /// and the sessions that it began end.
    pub(crate) async fn change_provider(
        &self,
        by: &Caller,
        id: Uuid,
        wanted: Wanted,
        expected: &Expected,
    ) -> Result<Provider, Error> {
        grantable(by, Role::Owner.as_str())?;
        let there = self.provider(by.tenant, id).await?;
        let secret = wanted.secret.clone();
        let set = self.known(wanted)?;
        self.inner.issuers.anew(&set.issuer).await?;
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        let before = providers::lock(tx.conn(), by.tenant, there.id).await?;
        let before = before.ok_or(Error::ProviderNotFound)?;
        unchanged(&before, expected)?;
        let sealed = match &secret {
            Some(secret) => self.sealed(by.tenant, id, secret)?,
            None => before.secret.clone(),
        };
        providers::put(&mut tx, id, &set, &sealed).await?;
        let other = before.set.issuer != set.issuer || before.set.client != set.client;
        if other {
            subjects::forget(&mut tx, id, None).await?;
            sessions::end_of_provider(&mut tx, id).await?;
            keeps_a_way_in(&mut tx).await?;
        }
        let after = providers::lock(tx.conn(), by.tenant, id).await?;
        let after = after.ok_or(Error::ProviderNotFound)?;
        let detail = json!({
            "before": said(&before.set), "after": said(&set), "secret_changed": secret.is_some(),
        });
        note(&mut tx, by, "provider.changed", id, detail).await?;
        tx.commit().await?;
        if other {
            self.forget_provider(id);
        }
        Ok(after)
    }

    /// Removes a provider: the sessions that it began end, and who came by it alone comes in no more.
    pub(crate) async fn remove_provider(
        &self,
        by: &Caller,
        id: Uuid,
        expected: &Expected,
    ) -> Result<(), Error> {
        grantable(by, Role::Owner.as_str())?;
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        let before = providers::lock(tx.conn(), by.tenant, id).await?;
        let before = before.ok_or(Error::ProviderNotFound)?;
        unchanged(&before, expected)?;
        subjects::forget(&mut tx, id, None).await?;
        sessions::end_of_provider(&mut tx, id).await?;
        providers::remove(&mut tx, id).await?;
        keeps_a_way_in(&mut tx).await?;
        note(&mut tx, by, "provider.removed", id, said(&before.set)).await?;
        tx.commit().await?;
        self.forget_provider(id);
        Ok(())
    }

    /// Forgets which subject a user is: the next one with the user's address takes its place, for example when an account was made
    /// anew at the provider. The user's sessions in this tenant end.
    pub(crate) async fn unlink(&self, by: &Caller, id: Uuid, user: Uuid) -> Result<(), Error> {
        grantable(by, Role::Owner.as_str())?;
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        providers::lock(tx.conn(), by.tenant, id).await?.ok_or(Error::ProviderNotFound)?;
        if subjects::forget(&mut tx, id, Some(user)).await? == 0 {
            return Err(Error::UserNotFound);
        }
        keeps_a_way_in(&mut tx).await?;
        sessions::end_all(tx.conn(), Some(by.tenant), user).await?;
        let who = principal(user);
        note(&mut tx, by, "provider.user-forgotten", id, json!({ "user": who })).await?;
        tx.commit().await?;
        self.forget_user(Some(by.tenant), user);
        Ok(())
    }

    /// Seals the client secrets of a tenant's providers under the vault's own key, where they are under the other one.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn reseal(&self, tenant: TenantId) -> Result<Resealed, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let mut resealed = Resealed::default();
        for (id, sealed) in providers::sealed(&mut tx).await? {
            let anew = at(tenant, id, |place| self.inner.vault.reseal(place, &sealed));
            if let Some(anew) = resealed.count(anew) {
                providers::set_sealed(&mut tx, id, &anew).await?;
            }
        }
        tx.commit().await?;
        Ok(resealed)
    }

    fn sealed(&self, tenant: TenantId, id: Uuid, secret: &SecretString) -> Result<Vec<u8>, Error> {
        let vault = &self.inner.vault;
        at(tenant, id, |place| vault.seal(place, secret.expose_secret())).map_err(Error::Seal)
    }

    /// The client secret of a provider.
    pub(crate) fn secret_of(&self, provider: &Provider) -> Result<SecretString, Error> {
        let unseal = |place: &Place<'_>| self.inner.vault.unseal(place, &provider.secret);
        at(provider.tenant, provider.id, unseal).map_err(Error::SecretUnreadable)
    }

    /// What is wanted, if it can be.
    fn known(&self, wanted: Wanted) -> Result<Settings, Error> {
        let Wanted { name, issuer, client, secret, domains, default_role, role_claim, roles } =
            wanted;
        let url = Url::parse(&issuer).map_err(|_| Error::IssuerInvalid)?;
        // Discovery §3: no query, no fragment. What the guard thinks of it is told as what it is.
        let plain = url.query().is_none() && url.fragment().is_none();
        if issuer.len() > ISSUER_BYTES_MAX || !plain {
            return Err(Error::IssuerInvalid);
        }
        self.inner.issuers.client().check(&url)?;
        let sent = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && !text.chars().any(char::is_control)
        };
        let secret = secret.as_ref().map(|secret| secret.expose_secret());
        let secret_fits = secret.is_none_or(|secret| sent(secret, SECRET_BYTES_MAX));
        if !sent(&client, CLIENT_BYTES_MAX) || !secret_fits {
            return Err(Error::ClientInvalid);
        }
        for role in default_role.iter().chain(roles.values()) {
            Role::named(role).ok_or(Error::RoleUnknown)?;
        }
        Ok(Settings {
            name: known_name(&name)?.to_owned(),
            issuer,
            client,
            domains: known_domains(&domains)?,
            default_role,
            role_claim: known_claim(role_claim, &roles)?,
            roles,
        })
    }
}

/// Does something with the place of a provider's secret.
fn at<T>(tenant: TenantId, id: Uuid, act: impl FnOnce(&Place<'_>) -> T) -> T {
    let row = id.to_string();
    act(&Place { table: "identity.identity_providers", tenant, row: &[&row] })
}

/// Domains in lower case, each once.
fn known_domains(domains: &[String]) -> Result<Vec<String>, Error> {
    let known = |domain: &String| {
        let email = Email::parse(&format!("a@{}", domain.trim()))?;
        // No pattern: one would look as if it fitted, and fit nobody.
        Some(email.domain().to_owned()).filter(|domain| !domain.contains('*'))
    };
    let known: Option<Vec<String>> = domains.iter().map(known).collect();
    let mut known = known.ok_or(Error::DomainInvalid)?;
    known.sort();
    known.dedup();
    let count = (1..=DOMAINS_MAX).contains(&known.len());
    count.then_some(known).ok_or(Error::DomainInvalid)
}

/// A claim and what its words mean belong together.
fn known_claim(
    claim: Option<String>,
    roles: &BTreeMap<String, String>,
) -> Result<Option<String>, Error> {
    let fits = |text: &str, most: usize| (1..=most).contains(&text.len());
    let words = roles.len() <= WORDS_MAX && roles.keys().all(|word| fits(word, WORD_BYTES_MAX));
    let both = match &claim {
        Some(claim) => fits(claim, CLAIM_BYTES_MAX) && !roles.is_empty(),
        None => roles.is_empty(),
    };
    if words && both { Ok(claim) } else { Err(Error::RoleMapInvalid) }
}

/// Fails when somebody changed it meanwhile, with what is there now.
fn unchanged(now: &Provider, expected: &Expected) -> Result<(), Error> {
    let shown = ProviderOut::from(now.clone());
    expected.check(now.version, &shown).map_err(|problem| Error::Conflict(Box::new(problem)))
}

/// What the trail says of a provider: all but the secret.
fn said(set: &Settings) -> Value {
    let Settings { name, issuer, client, domains, default_role, role_claim, roles } = set;
    json!({
        "name": name, "issuer": issuer, "client_id": client, "domains": domains,
        "default_role": default_role, "role_claim": role_claim, "roles": roles,
    })
}

async fn note(
    tx: &mut TenantTx,
    by: &Caller,
    action: &str,
    id: Uuid,
    detail: Value,
) -> Result<(), Error> {
    let subject = format!("provider/{id}");
    let entry = Entry { actor: &by.principal, action, subject: &subject, detail };
    record(tx, &entry).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_names_of_hosts_each_once() {
        let known = |domains: &[&str]| {
            known_domains(&domains.iter().map(|domain| (*domain).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(known(&[" Demo.example", "demo.example"]).unwrap(), ["demo.example"]);
        for bad in [&[][..], &[""], &["*"], &["*.example"], &["a@b.example"], &["a b.example"]] {
            assert!(known(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_claim_goes_with_its_words() {
        let words = || [("a".to_owned(), "viewer".to_owned())].into();
        assert!(known_claim(Some("groups".into()), &words()).is_ok());
        assert!(known_claim(None, &BTreeMap::new()).is_ok());
        assert!(known_claim(None, &words()).is_err());
        assert!(known_claim(Some("groups".into()), &BTreeMap::new()).is_err());
        assert!(known_claim(Some(String::new()), &words()).is_err());
    }
}
