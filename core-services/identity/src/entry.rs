//! Coming in and going out: login, change of password, change of tenant, logout.
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
use crate::store::{attempts, sessions, subjects, users};
use crate::telemetry;

/// Longest name of a browser that is kept; the usual ones have some 120 characters.
const AGENT_CHARS_MAX: usize = 100;

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
    /// What its browser calls itself: shown to the user, and never relied on.
    pub(crate) agent: Option<&'a str>,
}

impl Door<'_> {
    /// What of its browser's name is kept.
    fn agent(&self) -> Option<String> {
        let kept =
            |agent: &str| agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect();
        self.agent.map(kept)
    }
}

/// How a session begins: what the trail calls it, and the provider behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    pub(crate) action: &'static str,
    pub(crate) provider: Option<Uuid>,
}

impl Begun {
    pub(crate) fn of(action: &'static str) -> Self {
        Self { action, provider: None }
    }
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
        self.enter(tx, me, door, Begun::of("session.begun")).await
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
        // Under the lock it must still be the password that was shown.
        if users::lock(&mut tx, id).await? != user.and_then(|user| user.set_us) {
            return Err(Error::LoginFailed);
        }
        tries.take_back(&mut tx).await?;
        users::set_password(&mut tx, id, &phc).await?;
        sessions::end_all(tx.conn(), None, id).await?;
        let seats = users::seats(&mut tx, id).await?;
        let seat = seats
            .iter()
            .find(|seat| seat.tenant == caller.tenant)
            .cloned()
            // The place here is a provider's to open: a session by password cannot follow.
            .ok_or(Error::ProviderSession)?;
        let me = Me { user: id, email: email.to_string(), seat, seats };
        let entered = self.enter(tx, me, door, Begun::of("password.changed")).await;
        self.forget_user(None, id);
        entered
    }

    /// Goes over into another of the user's tenants, with a new session.
    pub(crate) async fn switch(&self, door: Door<'_>, tenant: TenantId) -> Result<Entered, Error> {
        let session = door.session.ok_or(Error::NoSession)?;
        let found = self.of_session(session).await?.ok_or(Error::NoSession)?;
        if found.provider.is_some() {
            return Err(Error::ProviderSession);
        }
        let id = user_of(&found.principal)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let email = users::email_of(&mut tx, id).await?.ok_or(Error::NoSession)?;
        let seats = users::seats(&mut tx, id).await?;
        let seat =
            seats.iter().find(|seat| seat.tenant == tenant).cloned().ok_or(Error::LoginFailed)?;
        let me = Me { user: id, email, seat, seats };
        self.enter(tx, me, door, Begun::of("session.begun")).await
    }

    /// Who is signed in as `caller`. Who is known here by the tenant's provider is shown this tenant alone: what a provider says
    /// must not tell its tenant where else somebody of that address has a place.
    pub(crate) async fn me(&self, caller: &caravan_tenancy::Caller) -> Result<Me, Error> {
        let user = user_of(&caller.principal)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let email = users::email_of(&mut tx, user).await?.ok_or(Error::UserNotFound)?;
        let seat =
            users::seat_in(&mut tx, caller.tenant, user).await?.ok_or(Error::UserNotFound)?;
        let seats = if subjects::knows(&mut tx, caller.tenant, user).await? {
            vec![seat.clone()]
        } else {
            users::seats(&mut tx, user).await?
        };
        tx.commit().await?;
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
    pub(crate) async fn enter(
        &self,
        mut tx: SystemTx,
        me: Me,
        door: Door<'_>,
        begun: Begun,
    ) -> Result<Entered, Error> {
        let ended = match door.session.filter(|old| token::is_token(old)) {
            Some(old) => {
                sessions::end(&mut tx, &self.inner.pepper.digest(Purpose::Session, old)).await?
            }
            None => None,
        };
        let token = token::new_token();
        let digest = self.inner.pepper.digest(Purpose::Session, token.expose_secret());
        let (address, agent) = (door.address.map(|address| address.to_string()), door.agent());
        let new = sessions::New {
            digest: &digest,
            provider: begun.provider,
            address: address.as_deref(),
            agent: agent.as_deref(),
        };
        sessions::begin(&mut tx, me.seat.tenant, me.user, new).await?;
        let who = principal(me.user);
        let mut detail = json!({ "role": me.seat.role });
        if let (Some(provider), Some(detail)) = (begun.provider, detail.as_object_mut()) {
            detail.insert("provider".to_owned(), json!(provider));
        }
        let entry = AuditEntry { actor: &who, action: begun.action, subject: &who, detail };
        record_system(&mut tx, me.seat.tenant, &entry).await?;
        tx.commit().await?;
        if let Some((tenant, user)) = ended {
            self.forget_user(Some(tenant), user);
        }
        telemetry::entered();
        Ok(Entered { token, me })
    }

    pub(crate) async fn find(&self, email: &Email) -> Result<Option<User>, Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let user = users::by_email(&mut tx, email).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Whether `given` is the user's password; checked as slowly where there is no user or no password. A hash of another cost is
    /// made anew on the way.
    pub(crate) async fn proves(
        &self,
        user: Option<&User>,
        given: SecretString,
    ) -> Result<bool, Error> {
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
    pub(crate) async fn count(&self, email: &str, address: Option<IpAddr>) -> Result<Tries, Error> {
        let account = account_key(email);
        let address = AddressTry(address_key(address));
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let failures = tried(&mut tx, &account, ACCOUNT).await?;
        tried(&mut tx, &address.0, ADDRESS).await?;
        tx.commit().await?;
        Ok(Tries { account, address, failures })
    }

    /// Counts a try from `address` that names no account.
    pub(crate) async fn count_address(&self, address: Option<IpAddr>) -> Result<AddressTry, Error> {
        let address = AddressTry(address_key(address));
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        tried(&mut tx, &address.0, ADDRESS).await?;
        tx.commit().await?;
        Ok(address)
    }

    /// Notes a failure: in the log, and, when it is the one from which on the account is made to wait, in the trail of its tenants.
    pub(crate) async fn failed(&self, user: Option<&User>, tries: &Tries) -> Result<Error, Error> {
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
pub(crate) struct Tries {
    account: Key,
    address: AddressTry,
    failures: u32,
}

/// What was counted for one try of an address.
#[derive(Debug)]
pub(crate) struct AddressTry(Key);

impl AddressTry {
    /// It was no failure after all.
    pub(crate) async fn take_back(&self, tx: &mut SystemTx) -> Result<(), Error> {
        attempts::take_back(tx, &self.0).await
    }
}

/// Has an account start afresh.
pub(crate) async fn clear_account(tx: &mut SystemTx, email: &Email) -> Result<(), Error> {
    attempts::clear(tx, &account_key(email.as_str())).await
}

impl Tries {
    /// It was no failure after all. The account starts afresh; the address loses this one try only, as somebody with one account
    /// must not be able to wipe the slate for trying others'.
    pub(crate) async fn take_back(&self, tx: &mut SystemTx) -> Result<(), Error> {
        attempts::clear(tx, &self.account).await?;
        self.address.take_back(tx).await
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
