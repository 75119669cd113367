//! Tenants, as their operator makes and lists them.

use caravan_audit::{Entry, record_system};
use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use serde_json::json;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::domain::short_name;
use crate::error::Error;
use crate::identity::Identity;
use crate::invitations::{Guest, Invited};
use crate::resets::Handed;
use crate::scopes::Role;
use crate::store::tenants::{self, Listed};
use crate::users::known_name;
use crate::wire;

/// A tenant, as its operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// What it is called.
    pub name: String,
    /// How its people name it where they sign in.
    pub short_name: String,
    /// `active` or `closed`.
    pub status: String,
    /// Users who are not disabled.
    pub members: i64,
    /// Addresses of its owners, also of those who have not accepted yet.
    pub owners: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
}

impl From<Listed> for Tenant {
    fn from(listed: Listed) -> Self {
        let Listed { id, name, short_name, status, members, owners, created_ms } = listed;
        Self { id, name, short_name, status, members, owners, created_at: wire::time(created_ms) }
    }
}

/// A fresh tenant, and what its owner accepts by.
#[derive(Debug)]
pub struct MadeTenant {
    /// Its id.
    pub id: TenantId,
    /// How its people name it where they sign in.
    pub short_name: String,
    /// The owner's invitation.
    pub owner: Handed,
}

impl Identity {
    /// Makes a tenant and invites its first owner. For the operator; there is no request for it. Without a short name, one is made of
    /// the name.
    ///
    /// # Errors
    /// [`Error::TenantExists`] when a tenant has the name or the short name; a name or address that cannot be taken; the database.
    pub async fn create_tenant(
        &self,
        name: &str,
        short: Option<&str>,
        owner: &str,
    ) -> Result<MadeTenant, Error> {
        let email = Email::parse(owner).ok_or(Error::EmailInvalid)?;
        let name = known_name(name)?;
        let id = TenantId(Uuid::now_v7());
        let short = match short {
            Some(short) => short_name::parse(short).ok_or(Error::ShortNameInvalid)?,
            None => short_name::of(name).unwrap_or_else(|| of_id(id)),
        };
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        tenants::lock_names(&mut tx).await?;
        if tenants::taken(&mut tx, name, &short).await? {
            return Err(Error::TenantExists);
        }
        make(&mut tx, id, name, &short).await?;
        let owner = self.invite_owner(&mut tx, id, &email).await?;
        tx.commit().await?;
        Ok(MadeTenant { id, short_name: short, owner })
    }

    /// Invites somebody as owner of a tenant, named by its short name or its id: when the first invitation ran out, or when nobody who
    /// owns it can come in any more. For the operator.
    ///
    /// # Errors
    /// [`Error::TenantNotFound`], [`Error::UserExists`]; an address that cannot be taken; the database.
    pub async fn invite_as_owner(&self, tenant: &str, email: &str) -> Result<Handed, Error> {
        let email = Email::parse(email).ok_or(Error::EmailInvalid)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let tenant = named(&mut tx, tenant).await?;
        let handed = self.invite_owner(&mut tx, tenant, &email).await?;
        tx.commit().await?;
        Ok(handed)
    }

    /// At most `max` tenants behind `after`, by age.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenants(&self, after: Option<TenantId>, max: u16) -> Result<Vec<Tenant>, Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let found = tenants::list(&mut tx, after, max.into()).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(Tenant::from).collect())
    }

    /// Makes a tenant of a given id, or gives it this name: for the demo.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_tenant(&self, tenant: TenantId, name: &str) -> Result<(), Error> {
        let name = known_name(name)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        tenants::lock_names(&mut tx).await?;
        let short = match short_name::of(name) {
            Some(short) if !tenants::is_short_name(&mut tx, &short).await? => short,
            _ => of_id(tenant),
        };
        make(&mut tx, tenant, name, &short).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn invite_owner(
        &self,
        tx: &mut SystemTx,
        tenant: TenantId,
        email: &Email,
    ) -> Result<Handed, Error> {
        // What the tenant calls its owner is the tenant's to say; until then it is the address.
        let name = known_name(email.as_str()).unwrap_or(Role::Owner.as_str());
        let guest = Guest { email, name, role: Role::Owner };
        let Invited { member, token, expires_ms } =
            self.invite_into(tx, "system", tenant, guest).await?;
        Ok(Handed { email: member.email, token, expires_at: wire::time(expires_ms) })
    }
}

/// The tenant of an id or a short name.
pub(crate) async fn named(tx: &mut SystemTx, text: &str) -> Result<TenantId, Error> {
    if let Ok(id) = text.trim().parse() {
        let tenant = TenantId(id);
        let known = tenants::is_active(tx, tenant).await?;
        return known.then_some(tenant).ok_or(Error::TenantNotFound);
    }
    let short = short_name::parse(text).ok_or(Error::TenantNotFound)?;
    tenants::of_short_name(tx, &short).await?.ok_or(Error::TenantNotFound)
}

/// A short name for a tenant whose name gives none.
fn of_id(tenant: TenantId) -> String {
    let id = tenant.0.simple().to_string();
    format!("tenant-{}", id.get(20..).unwrap_or_default())
}

async fn make(tx: &mut SystemTx, tenant: TenantId, name: &str, short: &str) -> Result<(), Error> {
    tx.scope(tenant).await?;
    if tenants::put(tx, tenant, name, short).await? {
        let subject = format!("tenant/{tenant}");
        let detail = json!({ "name": name, "short_name": short });
        let entry = Entry { actor: "system", action: "tenant.made", subject: &subject, detail };
        record_system(tx, tenant, &entry).await?;
    }
    Ok(())
}
