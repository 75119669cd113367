//! A tenant's users: given a role, disabled. Nobody gives more than it has, and a tenant keeps an owner.

use caravan_audit::{Entry, record, record_system};
use caravan_model::TenantId;
use caravan_tenancy::{Caller, SystemTx, TenantTx};
use caravan_web::Expected;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::error::Error;
use crate::identity::{Identity, principal, user_of};
use crate::keys::note_revoked;
use crate::scopes::{Role, beyond};
use crate::store::members::{Becomes, Member};
use crate::store::{keys, members, sessions, users};
use crate::wire::UserOut;

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// What is to change of a member; what is none stays.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) name: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) status: Option<String>,
    /// Whether the API keys that it made end, too.
    pub(crate) revoke_keys: bool,
}

/// A changed member, and the valid API keys that it had made: they go on, as somebody's ERP may depend on them, and whoever
/// changes its role is told of them.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) member: Member,
    pub(crate) keys: Vec<String>,
    /// Those that were revoked, as was asked for.
    pub(crate) revoked: Vec<String>,
}

impl Identity {
    /// Changes a member's name, role or status. Whoever has more than the caller can only be changed by its equals.
    pub(crate) async fn change(
        &self,
        by: &Caller,
        user: Uuid,
        change: Change,
        expected: &Expected,
    ) -> Result<Changed, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        let owners = members::lock_owners(tx.conn(), by.tenant).await?;
        let before = members::lock(tx.conn(), by.tenant, user).await?.ok_or(Error::UserNotFound)?;
        grantable(by, &before.role)?;
        let conflict = |problem| Error::Conflict(Box::new(problem));
        expected.check(before.version, &UserOut::from(before.clone())).map_err(conflict)?;
        let name = change.name.as_deref().map_or(Ok(before.name.as_str()), known_name)?;
        let role = match &change.role {
            Some(role) => grantable(by, role)?.as_str(),
            None => before.role.as_str(),
        };
        let status = next_status(&before.status, change.status.as_deref())?;
        let remains_owner = role == Role::Owner.as_str() && status == "active";
        if !remains_owner && owners == [user] {
            return Err(Error::LastOwner);
        }
        members::put(tx.conn(), by.tenant, user, Becomes { name, role, status }).await?;
        if status == "disabled" {
            sessions::end_all(tx.conn(), Some(by.tenant), user).await?;
            members::drop_invitations(tx.conn(), by.tenant, user).await?;
        }
        let subject = principal(user);
        let revoked = if change.revoke_keys {
            keys::revoke_made_by(&mut tx, &subject).await?
        } else {
            Vec::new()
        };
        let keys = keys::made_by(&mut tx, &subject).await?;
        let member = members::lock(tx.conn(), by.tenant, user).await?.ok_or(Error::UserNotFound)?;
        let said = |member: &Member| json!({ "name": member.name, "role": member.role, "status": member.status });
        let detail = json!({ "before": said(&before), "after": said(&member) });
        let entry =
            Entry { actor: &by.principal, action: "user.changed", subject: &subject, detail };
        record(&mut tx, &entry).await?;
        for key in &revoked {
            note_revoked(&mut tx, &by.principal, key).await?;
        }
        tx.commit().await?;
        self.forget_user(Some(by.tenant), user);
        self.forget_keys(by.tenant, &revoked);
        Ok(Changed { member, keys, revoked })
    }

    /// Ends all sessions of a member in this tenant; a user may do so for itself.
    pub(crate) async fn end_sessions(&self, by: &Caller, user: Uuid) -> Result<u64, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        let member = members::lock(tx.conn(), by.tenant, user).await?.ok_or(Error::UserNotFound)?;
        if user_of(&by.principal).ok() != Some(user) {
            grantable(by, &member.role)?;
        }
        let ended = sessions::end_all(tx.conn(), Some(by.tenant), user).await?;
        let subject = principal(user);
        let detail = json!({ "sessions": ended });
        let entry =
            Entry { actor: &by.principal, action: "sessions.ended", subject: &subject, detail };
        record(&mut tx, &entry).await?;
        tx.commit().await?;
        self.forget_user(Some(by.tenant), user);
        Ok(ended)
    }

    /// A page of the tenant's members.
    pub(crate) async fn members(
        &self,
        tenant: TenantId,
        after: Option<Uuid>,
        max: i64,
    ) -> Result<Vec<Member>, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let found = members::list(&mut tx, after, max).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// One member.
    pub(crate) async fn member(&self, tenant: TenantId, user: Uuid) -> Result<Member, Error> {
        let mut tx = TenantTx::begin(&self.inner.database, tenant).await?;
        let found = members::find(&mut tx, user).await?;
        tx.commit().await?;
        found.ok_or(Error::UserNotFound)
    }

    /// Makes an active member with this password, where there is no such member yet: for the first owner of a tenant, and for the
    /// demo. A member that is there is left as it is, with its password.
    ///
    /// # Errors
    /// An address, name, role or password that cannot be taken; the database.
    pub async fn ensure_user(
        &self,
        tenant: TenantId,
        email: &str,
        name: &str,
        role: Role,
        given: SecretString,
    ) -> Result<Uuid, Error> {
        let email = Email::parse(email).ok_or(Error::EmailInvalid)?;
        let name = known_name(name)?;
        if let Some(why) = crate::domain::password::weakness(given.expose_secret(), &email) {
            return Err(Error::PasswordWeak { why });
        }
        let phc = self.inner.hasher.hash(given).await?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        tx.scope(tenant).await?;
        let user = users::ensure(&mut tx, &email).await?;
        if members::lock(tx.conn(), tenant, user).await?.is_some() {
            return Ok(user);
        }
        let becomes = Becomes { name, role: role.as_str(), status: "active" };
        members::put(tx.conn(), tenant, user, becomes).await?;
        if users::by_email(&mut tx, &email).await?.is_none_or(|user| user.phc.is_none()) {
            users::set_password(&mut tx, user, &phc).await?;
        }
        let subject = principal(user);
        let detail = json!({ "email": email.as_str(), "role": role.as_str() });
        let entry = Entry { actor: "system", action: "user.made", subject: &subject, detail };
        record_system(&mut tx, tenant, &entry).await?;
        tx.commit().await?;
        Ok(user)
    }
}

/// A trimmed name of 1 to 200 bytes without control characters.
pub(crate) fn known_name(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    let fits =
        !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control);
    fits.then_some(name).ok_or(Error::NameInvalid)
}

/// The role of that name, if the caller has all that it grants.
pub(crate) fn grantable(by: &Caller, role: &str) -> Result<Role, Error> {
    let role = Role::named(role).ok_or(Error::RoleUnknown)?;
    let missing = beyond(&role.scopes(), &by.scopes);
    if missing.is_empty() {
        return Ok(role);
    }
    Err(Error::ScopesBeyond { scopes: missing.into_iter().map(str::to_owned).collect() })
}

/// The status after a change. Who is invited becomes active by accepting, and not by us.
fn next_status<'a>(now: &'a str, asked: Option<&'a str>) -> Result<&'a str, Error> {
    match (now, asked) {
        (now, None) => Ok(now),
        (now, Some(asked)) if now == asked => Ok(now),
        (_, Some("disabled")) => Ok("disabled"),
        ("disabled", Some("active")) => Ok("active"),
        _ => Err(Error::StatusInvalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_invited_becomes_active_by_accepting_only() {
        assert_eq!(next_status("active", Some("disabled")).unwrap(), "disabled");
        assert_eq!(next_status("disabled", Some("active")).unwrap(), "active");
        assert_eq!(next_status("invited", None).unwrap(), "invited");
        for (now, asked) in [("invited", "active"), ("active", "invited"), ("active", "gone")] {
            assert!(next_status(now, Some(asked)).is_err(), "{now} {asked}");
        }
    }
}
