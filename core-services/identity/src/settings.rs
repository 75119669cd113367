//! What a tenant's owners say of it as a whole: whether its people may come in by a password. And which ways in it shows to whoever
//! names it where one signs in.
//!
//! Passwords are switched off only once an owner has come in by an identity provider, and from then on no change takes the last such
//! owner's way in away; the operator switches them on again.

use caravan_audit::{Entry, record, record_system};
use caravan_model::TenantId;
use caravan_tenancy::{Caller, SystemTx, TenantTx};
use caravan_web::Expected;
use serde_json::json;

use crate::domain::short_name;
use crate::error::Error;
use crate::identity::Identity;
use crate::scopes::Role;
use crate::store::providers::{self, Way};
use crate::store::tenants::{self, Settings};
use crate::store::{members, sessions};
use crate::tenants::named;
use crate::users::grantable;
use crate::wire::SettingsOut;

/// How one comes into a tenant.
#[derive(Debug, Clone)]
pub(crate) struct WaysIn {
    pub(crate) passwords: bool,
    pub(crate) providers: Vec<Way>,
}

impl Identity {
    /// The caller's tenant.
    pub(crate) async fn settings(&self, tenant: TenantId) -> Result<Settings, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let found = tenants::find(tx.conn(), tenant).await?;
        tx.commit().await?;
        found.ok_or(Error::TenantNotFound)
    }

    /// Says whether the tenant takes passwords. Without them, the sessions that a password began end.
    pub(crate) async fn take_passwords(
        &self,
        by: &Caller,
        passwords: bool,
        expected: &Expected,
    ) -> Result<Settings, Error> {
        grantable(by, Role::Owner.as_str())?;
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        let before = tenants::lock(tx.conn(), by.tenant).await?.ok_or(Error::TenantNotFound)?;
        let conflict = |problem| Error::Conflict(Box::new(problem));
        expected.check(before.version, &SettingsOut::from(before.clone())).map_err(conflict)?;
        if before.passwords == passwords {
            return Ok(before);
        }
        tenants::set_passwords(tx.conn(), by.tenant, passwords).await?;
        if !passwords {
            keeps_a_way_in(&mut tx).await?;
            sessions::end_of_passwords(&mut tx).await?;
        }
        let after = tenants::lock(tx.conn(), by.tenant).await?.ok_or(Error::TenantNotFound)?;
        let subject = format!("tenant/{}", by.tenant);
        let entry = said(&by.principal, &subject, passwords);
        record(&mut tx, &entry).await?;
        tx.commit().await?;
        if !passwords {
            self.forget_passwords(by.tenant);
        }
        Ok(after)
    }

    /// Has a tenant take passwords again, named by its short name or its id: for the operator, when its provider is gone.
    ///
    /// # Errors
    /// [`Error::TenantNotFound`]; the database.
    pub async fn allow_passwords(&self, tenant: &str) -> Result<(), Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let tenant = named(&mut tx, tenant).await?;
        let before = tenants::lock(tx.conn(), tenant).await?.ok_or(Error::TenantNotFound)?;
        if !before.passwords {
            tenants::set_passwords(tx.conn(), tenant, true).await?;
            let subject = format!("tenant/{tenant}");
            record_system(&mut tx, tenant, &said("system", &subject, true)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The ways into the tenant of a short name. One that nobody has looks like one without a provider.
    pub(crate) async fn ways_in(&self, short: &str) -> Result<WaysIn, Error> {
        let nowhere = WaysIn { passwords: true, providers: Vec::new() };
        let Some(short) = short_name::parse(short) else { return Ok(nowhere) };
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let Some(tenant) = tenants::of_short_name(&mut tx, &short).await? else {
            return Ok(nowhere);
        };
        let providers = providers::ways(&mut tx, tenant).await?;
        let passwords = tenants::find(tx.conn(), tenant).await?.is_none_or(|found| found.passwords);
        tx.commit().await?;
        Ok(WaysIn { passwords, providers })
    }
}

/// Refuses a change after which no owner of a tenant without passwords could come in.
pub(crate) async fn keeps_a_way_in(tx: &mut TenantTx) -> Result<(), Error> {
    let tenant = tx.tenant();
    let settings = tenants::lock(tx.conn(), tenant).await?.ok_or(Error::TenantNotFound)?;
    if !settings.passwords && members::lock_owners(tx.conn(), tenant).await?.is_empty() {
        return Err(Error::PasswordsNeeded);
    }
    Ok(())
}

fn said<'a>(actor: &'a str, subject: &'a str, passwords: bool) -> Entry<'a> {
    let detail =
        json!({ "before": { "passwords": !passwords }, "after": { "passwords": passwords } });
    Entry { actor, action: "tenant.changed", subject, detail }
}
