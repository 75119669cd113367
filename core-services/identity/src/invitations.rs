//! Invitations: made by who keeps users, or by the operator for a tenant's owner; accepted once.

use core::time::Duration;

use caravan_audit::{Entry, record_system};
use caravan_model::TenantId;
use caravan_tenancy::{Caller, SystemTx};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::domain::email::Email;
use crate::domain::password;
use crate::domain::token::{self, Purpose};
use crate::entry::{Begun, Door, Entered, Me};
use crate::error::Error;
use crate::identity::{Identity, principal};
use crate::scopes::Role;
use crate::store::members::{self, Becomes, Member};
use crate::store::tenants;
use crate::store::users::{self, User};
use crate::users::{grantable, known_name};

/// How long an invitation can be accepted.
const INVITED_FOR: Duration = Duration::from_secs(7 * 24 * 3_600);

/// An invitation as it is shown once.
#[derive(Debug)]
pub(crate) struct Invited {
    pub(crate) member: Member,
    pub(crate) token: SecretString,
    pub(crate) expires_ms: i64,
}

/// Who is invited, and as what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guest<'a> {
    pub(crate) email: &'a Email,
    pub(crate) name: &'a str,
    pub(crate) role: Role,
}

impl Identity {
    /// Invites somebody, or invites anew who has not accepted yet.
    pub(crate) async fn invite(
        &self,
        by: &Caller,
        email: &str,
        name: &str,
        role: &str,
    ) -> Result<Invited, Error> {
        let email = Email::parse(email).ok_or(Error::EmailInvalid)?;
        let guest = Guest { email: &email, name: known_name(name)?, role: grantable(by, role)? };
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let invited = self.invite_into(&mut tx, &by.principal, by.tenant, guest).await?;
        tx.commit().await?;
        Ok(invited)
    }

    /// The same in a transaction that goes on, by whoever may.
    pub(crate) async fn invite_into(
        &self,
        tx: &mut SystemTx,
        actor: &str,
        tenant: TenantId,
        guest: Guest<'_>,
    ) -> Result<Invited, Error> {
        let Guest { email, name, role } = guest;
        tx.scope(tenant).await?;
        let user = users::ensure(tx, email).await?;
        let there = members::lock(tx.conn(), tenant, user).await?;
        if there.is_some_and(|member| member.status != "invited") {
            return Err(Error::UserExists);
        }
        let becomes = Becomes { name, role: role.as_str(), status: "invited" };
        members::put(tx.conn(), tenant, user, becomes).await?;
        let token = token::new_token();
        let digest = self.inner.pepper.digest(Purpose::Invitation, token.expose_secret());
        let expires_ms = members::put_invitation(tx, tenant, user, &digest, INVITED_FOR).await?;
        let member = members::lock(tx.conn(), tenant, user).await?.ok_or(Error::UserNotFound)?;
        let subject = principal(user);
        let detail = json!({ "email": email.as_str(), "role": role.as_str() });
        let entry = Entry { actor, action: "user.invited", subject: &subject, detail };
        record_system(tx, tenant, &entry).await?;
        Ok(Invited { member, token, expires_ms })
    }

    /// Accepts an invitation. A new user gives itself a password; one who has a password shows it.
    pub(crate) async fn accept(
        &self,
        invitation: &str,
        given: SecretString,
        door: Door<'_>,
    ) -> Result<Entered, Error> {
        if !token::is_token(invitation) {
            return Err(Error::InvitationInvalid);
        }
        let digest = self.inner.pepper.digest(Purpose::Invitation, invitation);
        let (email, user) = self.invited(&digest).await?;
        let tries = self.count(email.as_str(), door.address).await?;
        let phc = if user.phc.is_some() {
            if !self.proves(Some(&user), given).await? {
                return Err(self.failed(Some(&user), &tries).await?);
            }
            None
        } else {
            if let Some(why) = password::weakness(given.expose_secret(), &email) {
                return Err(Error::PasswordWeak { why });
            }
            Some(self.inner.hasher.hash(given).await?)
        };
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        // Asked again under locks: somebody may have been faster with the same invitation, or with another password.
        if users::lock(&mut tx, user.id).await? != user.set_us {
            return Err(Error::LoginFailed);
        }
        let (tenant, user) =
            members::invited(&mut tx, &digest).await?.ok_or(Error::InvitationInvalid)?;
        tries.take_back(&mut tx).await?;
        if let Some(phc) = phc {
            users::set_password(&mut tx, user, &phc).await?;
        }
        let member =
            members::lock(tx.conn(), tenant, user).await?.ok_or(Error::InvitationInvalid)?;
        let becomes = Becomes { name: &member.name, role: &member.role, status: "active" };
        members::put(tx.conn(), tenant, user, becomes).await?;
        members::drop_invitations(tx.conn(), tenant, user).await?;
        let seats = users::seats(&mut tx, user).await?;
        let seat = seats
            .iter()
            .find(|seat| seat.tenant == tenant)
            .cloned()
            .ok_or(Error::InvitationInvalid)?;
        let me = Me { user, email: email.to_string(), seat, seats };
        self.enter(tx, me, door, Begun::of("user.joined")).await
    }

    async fn invited(&self, digest: &[u8; 32]) -> Result<(Email, User), Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let (tenant, id) =
            members::invited(&mut tx, digest).await?.ok_or(Error::InvitationInvalid)?;
        if tenants::find(tx.conn(), tenant).await?.is_some_and(|tenant| !tenant.passwords) {
            return Err(Error::PasswordsOff);
        }
        let email = users::email_of(&mut tx, id).await?;
        tx.commit().await?;
        let email = email.as_deref().and_then(Email::parse).ok_or(Error::InvitationInvalid)?;
        let user = self.find(&email).await?.ok_or(Error::InvitationInvalid)?;
        Ok((email, user))
    }
}
