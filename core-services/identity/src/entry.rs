//! Coming in and going out: login, invitation, change of password, change of tenant, logout.
//!
//! A try is counted before it is made and taken back when it succeeds, so that a thousand at once are a thousand. What fails
//! says the same whether there is such a user or not, and takes as long.

use std::net::IpAddr;

use caravan_audit::{Entry as AuditEntry, record_system};
use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::attempts::{ACCOUNT, ADDRESS, Policy};
use crate::domain::email::Email;
use crate::domain::password;
use crate::domain::token::{self, Purpose};
use crate::error::Error;
use crate::identity::{Identity, principal, user_of};
use crate::store::attempts::Key;
use crate::store::users::{Seat, User};
use crate::store::{attempts, members, sessions, users};
use crate::telemetry;

/// A fresh session: the token, seen once, and who came in.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) token: SecretString,
    pub(crate) me: Me,
}

/// Who is signed in, and where it may go.
#[derive(Debug, Clone)]
pub(crate) struct Me {
    pub(crate) user: Uuid,
    pub(crate) email: String,
    pub(crate) seat: Seat,
    pub(crate) seats: Vec<Seat>,
}

/// From where somebody tries, and with which session at hand, which the new one replaces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Door<'a> {
    pub(crate) address: Option<IpAddr>,
    pub(crate) session: Option<&'a str>,
}

impl Identity {
    /// Signs a user in. With several tenants and none named, into the first by name.
    pub(crate) async fn login(
        &self,
        email: &str,
        given: SecretString,
        tenant: Option<TenantId>,
        door: Door<'_>,
    ) -> Result<Entered, Error> {
        let tries = self.count(email, door.address).await?;
        let email = Email::parse(email);
        let user = match &email {
            Some(email) => self.find(email).await?,
            None => None,
        };
        if !self.proves(user.as_ref(), given).await? {
            return Err(self.failed(user.as_ref(), &tries).await?);
        }
        let user = user.filter(|user| user.active).ok_or(Error::LoginFailed)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let seats = users::seats(&mut tx, user.id).await?;
        let seat = match tenant {
            Some(tenant) => seats.iter().find(|seat| seat.tenant == tenant),
            None => seats.first(),
        };
        let Some(seat) = seat.cloned() else { return Err(self.failed(Some(&user), &tries).await?) };
        tries.take_back(&mut tx).await?;
        let email = email.map(|email| email.to_string()).unwrap_or_default();
        let me = Me { user: user.id, email, seat, seats };
        self.enter(tx, me, door.session, "session.begun").await
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
        // Asked again under the lock: somebody may have been faster with the same invitation.
        let (tenant, user) =
            members::invited(&mut tx, &digest).await?.ok_or(Error::InvitationInvalid)?;
        tries.take_back(&mut tx).await?;
        if let Some(phc) = phc {
            users::set_password(&mut tx, user, &phc).await?;
        }
        let member =
            members::lock(tx.conn(), tenant, user).await?.ok_or(Error::InvitationInvalid)?;
        let becomes = members::Becomes { name: &member.name, role: &member.role, status: "active" };
        members::put(tx.conn(), tenant, user, becomes).await?;
        members::drop_invitations(tx.conn(), tenant, user).await?;
        let seats = users::seats(&mut tx, user).await?;
        let seat = seats
            .iter()
            .find(|seat| seat.tenant == tenant)
            .cloned()
            .ok_or(Error::InvitationInvalid)?;
        let me = Me { user, email: email.to_string(), seat, seats };
        self.enter(tx, me, door.session, "user.joined").await
    }

    /// Changes the password of the user behind `caller`: every session ends, and a new one begins.
    pub(crate) async fn change_password(
        &self,
        caller: &caravan_tenancy::Caller,
        current: SecretString,
        new: SecretString,
        door: Door<'_>,
    ) -> Result<Entered, Error> {
        let id = user_of(&caller.principal)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let address = users::email_of(&mut tx, id).await?;
        tx.commit().await?;
        let email = address.as_deref().and_then(Email::parse).ok_or(Error::UserNotFound)?;
        let tries = self.count(email.as_str(), door.address).await?;
        let user = self.find(&email).await?;
        if !self.proves(user.as_ref(), current).await? {
            return Err(self.failed(user.as_ref(), &tries).await?);
        }
        if let Some(why) = password::weakness(new.expose_secret(), &email) {
            return Err(Error::PasswordWeak { why });
        }
        let phc = self.inner.hasher.hash(new).await?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        tries.take_back(&mut tx).await?;
        users::set_password(&mut tx, id, &phc).await?;
        sessions::end_all(tx.conn(), None, id).await?;
        let seats = users::seats(&mut tx, id).await?;
        let seat = seats
            .iter()
            .find(|seat| seat.tenant == caller.tenant)
            .cloned()
            .ok_or(Error::UserNotFound)?;
        let me = Me { user: id, email: email.to_string(), seat, seats };
        let entered = self.enter(tx, me, None, "password.changed").await;
        self.forget_user(None, id);
        entered
    }

    /// Goes over into another of the user's tenants, with a new session.
    pub(crate) async fn switch(&self, session: &str, tenant: TenantId) -> Result<Entered, Error> {
        let found = self.of_session(session).await?.ok_or(Error::NoSession)?;
        let id = user_of(&found.principal)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let email = users::email_of(&mut tx, id).await?.ok_or(Error::NoSession)?;
        let seats = users::seats(&mut tx, id).await?;
        let seat =
            seats.iter().find(|seat| seat.tenant == tenant).cloned().ok_or(Error::LoginFailed)?;
        self.enter(tx, Me { user: id, email, seat, seats }, Some(session), "session.begun").await
    }

    /// Who is signed in as `caller`.
    pub(crate) async fn me(&self, caller: &caravan_tenancy::Caller) -> Result<Me, Error> {
        let user = user_of(&caller.principal)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let email = users::email_of(&mut tx, user).await?.ok_or(Error::UserNotFound)?;
        let seats = users::seats(&mut tx, user).await?;
        tx.commit().await?;
        let seat = seats
            .iter()
            .find(|seat| seat.tenant == caller.tenant)
            .cloned()
            .ok_or(Error::UserNotFound)?;
        Ok(Me { user, email, seat, seats })
    }

    /// Ends a session, if it is one.
    pub(crate) async fn logout(&self, session: &str) -> Result<(), Error> {
        if !token::is_token(session) {
            return Ok(());
        }
        let digest = self.inner.pepper.digest(Purpose::Session, session);
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let ended = sessions::end(&mut tx, &digest).await?;
        if let Some((tenant, user)) = ended {
            let who = principal(user);
            let entry = AuditEntry {
                actor: &who,
                action: "session.ended",
                subject: &who,
                detail: json!({}),
            };
            record_system(&mut tx, tenant, &entry).await?;
        }
        tx.commit().await?;
        if let Some((tenant, user)) = ended {
            self.forget_user(Some(tenant), user);
        }
        Ok(())
    }

    /// The last steps of every way in: the session that was at hand ends, a new one begins, the trail says so.
    async fn enter(
        &self,
        mut tx: SystemTx,
        me: Me,
        old: Option<&str>,
        action: &str,
    ) -> Result<Entered, Error> {
        let ended = match old.filter(|old| token::is_token(old)) {
            Some(old) => {
                sessions::end(&mut tx, &self.inner.pepper.digest(Purpose::Session, old)).await?
            }
            None => None,
        };
        let token = token::new_token();
        let digest = self.inner.pepper.digest(Purpose::Session, token.expose_secret());
        sessions::begin(&mut tx, me.seat.tenant, me.user, &digest).await?;
        let who = principal(me.user);
        let entry = AuditEntry {
            actor: &who,
            action,
            subject: &who,
            detail: json!({ "role": me.seat.role }),
        };
        record_system(&mut tx, me.seat.tenant, &entry).await?;
        tx.commit().await?;
        if let Some((tenant, user)) = ended {
            self.forget_user(Some(tenant), user);
        }
        telemetry::entered();
        Ok(Entered { token, me })
    }

    async fn find(&self, email: &Email) -> Result<Option<User>, Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let user = users::by_email(&mut tx, email).await?;
        tx.commit().await?;
        Ok(user)
    }

    async fn invited(&self, digest: &[u8; 32]) -> Result<(Email, User), Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let (_, id) = members::invited(&mut tx, digest).await?.ok_or(Error::InvitationInvalid)?;
        let email = users::email_of(&mut tx, id).await?;
        tx.commit().await?;
        let email = email.as_deref().and_then(Email::parse).ok_or(Error::InvitationInvalid)?;
        let user = self.find(&email).await?.ok_or(Error::InvitationInvalid)?;
        Ok((email, user))
    }

    /// Whether `given` is the user's password; checked as slowly where there is no user or no password. A hash of another cost is
    /// made anew on the way.
    async fn proves(&self, user: Option<&User>, given: SecretString) -> Result<bool, Error> {
        if password::is_too_long(given.expose_secret()) {
            return Ok(false);
        }
        let stored = user.and_then(|user| user.phc.clone());
        let checked = self.inner.hasher.check(given, stored.clone()).await?;
        if let (Some(user), Some(old), Some(new)) = (user, stored, checked.anew) {
            let mut tx = SystemTx::begin(&self.inner.database).await?;
            users::renew_password(&mut tx, user.id, &old, &new).await?;
            tx.commit().await?;
        }
        Ok(checked.matches)
    }

    /// Counts a try of `email` from `address`.
    async fn count(&self, email: &str, address: Option<IpAddr>) -> Result<Tries, Error> {
        let account = account_key(email);
        let address = address_key(address);
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let failures = tried(&mut tx, &account, ACCOUNT).await?;
        tried(&mut tx, &address, ADDRESS).await?;
        tx.commit().await?;
        Ok(Tries { account, address, failures })
    }

    /// Notes a failure: in the log, and, when it is the one from which on the account is made to wait, in the trail of its tenants.
    async fn failed(&self, user: Option<&User>, tries: &Tries) -> Result<Error, Error> {
        telemetry::failed(tries.failures);
        let Some(user) = user.filter(|_| tries.failures == ACCOUNT.first_wait()) else {
            return Ok(Error::LoginFailed);
        };
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let mut seats = users::seats(&mut tx, user.id).await?;
        seats.sort_by_key(|seat| seat.tenant);
        let who = principal(user.id);
        for seat in seats {
            let detail = json!({ "failures": tries.failures });
            let entry = AuditEntry {
                actor: "service/identity",
                action: "login.blocked",
                subject: &who,
                detail,
            };
            record_system(&mut tx, seat.tenant, &entry).await?;
        }
        tx.commit().await?;
        Ok(Error::LoginFailed)
    }
}

/// What was counted for one try.
#[derive(Debug)]
struct Tries {
    account: Key,
    address: Key,
    failures: u32,
}

impl Tries {
    /// It was no failure after all. The account starts afresh; the address loses this one try only, as somebody with one account
    /// must not be able to wipe the slate for trying others'.
    async fn take_back(&self, tx: &mut SystemTx) -> Result<(), Error> {
        attempts::clear(tx, &self.account).await?;
        attempts::take_back(tx, &self.address).await
    }
}

/// Counts one key; a failure that exceeds the policy blocks the tries behind this one.
async fn tried(tx: &mut SystemTx, key: &Key, policy: Policy) -> Result<u32, Error> {
    match attempts::count(tx, key).await? {
        Ok(failures) => {
            if let Some(wait) = policy.wait_after(failures) {
                attempts::block(tx, key, wait).await?;
            }
            Ok(failures)
        }
        Err(wait) => {
            telemetry::blocked();
            Err(Error::TooManyAttempts { wait })
        }
    }
}

/// Any text that is given as an address is counted, also one that nobody has: whether it is counted must tell nothing.
fn account_key(email: &str) -> Key {
    let spelled: String = email.trim().to_lowercase().chars().take(300).collect();
    Sha256::new().chain_update(b"account/").chain_update(spelled.as_bytes()).finalize().into()
}

/// An IPv6 host owns a /64. Requests without an address, from inside, share one key.
fn address_key(address: Option<IpAddr>) -> Key {
    let text = match address {
        Some(IpAddr::V4(four)) => four.to_string(),
        Some(IpAddr::V6(six)) => match six.to_ipv4_mapped() {
            Some(four) => four.to_string(),
            None => format!("{:016x}", six.to_bits() >> 64),
        },
        None => "none".to_owned(),
    };
    Sha256::new().chain_update(b"address/").chain_update(text.as_bytes()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_and_one_network_are_one_key() {
        assert_eq!(account_key(" A@b.c "), account_key("a@B.C"));
        assert_ne!(account_key("a@b.c"), account_key("a@b.d"));
        let of = |text: &str| address_key(Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_ne!(address_key(None), of("10.0.0.2"));
    }
}
