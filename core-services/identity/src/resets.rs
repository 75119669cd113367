//! A new password for who forgot the old one, by a token that is handed over.
//!
//! # Whose token
//! A password is the same in every tenant of its user. So a tenant's owner makes a token only for who has no place elsewhere that it
//! would open, and that is asked again when it is used; for everybody else there is the operator. Where a place is not opened by the
//! password at all, as it is only offered, disabled or an identity provider's, there is nothing to reset.
//!
//! Whoever uses a token is not signed in by it: all sessions end, and one signs in as ever.

use core::time::Duration;
use std::net::IpAddr;

use caravan_audit::{Entry, record_system};
use caravan_model::TenantId;
use caravan_tenancy::{Caller, SystemTx};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::domain::password;
use crate::domain::token::{self, Purpose};
use crate::entry::clear_account;
use crate::error::Error;
use crate::identity::{Identity, principal};
use crate::scopes::Role;
use crate::store::{members, resets, sessions, tenants, users};
use crate::telemetry;
use crate::users::grantable;
use crate::wire;

/// How long a token can be used.
const HOLDS: Duration = Duration::from_secs(24 * 3_600);

/// A token as it is shown once, to whoever hands it over.
#[derive(Debug)]
pub struct Handed {
    /// Whom it is for.
    pub email: String,
    /// Opens once.
    pub token: SecretString,
    /// When it ends, as RFC 3339.
    pub expires_at: String,
}

impl Identity {
    /// Makes a token for a member's new password.
    pub(crate) async fn reset(&self, by: &Caller, user: Uuid) -> Result<Handed, Error> {
        // Who has it can act in the member's name, whoever that is.
        grantable(by, Role::Owner.as_str())?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        tx.scope(by.tenant).await?;
        users::lock(&mut tx, user).await?;
        let member = members::lock(tx.conn(), by.tenant, user).await?.ok_or(Error::UserNotFound)?;
        let places = users::places(&mut tx, user).await?;
        let settings = tenants::find(tx.conn(), by.tenant).await?.ok_or(Error::TenantNotFound)?;
        if member.status != "active" || !settings.passwords || !places.contains(&by.tenant) {
            return Err(Error::NoPassword);
        }
        if places != [by.tenant] {
            return Err(Error::PasswordShared);
        }
        let handed = self.hand(&mut tx, user, member.email, Some(by.tenant)).await?;
        note(&mut tx, &by.principal, "password.reset-made", user, &places).await?;
        tx.commit().await?;
        Ok(handed)
    }

    /// Makes a token for any user's new password. For the operator; there is no request for it.
    ///
    /// # Errors
    /// [`Error::UserNotFound`] when nobody has the address; the database.
    pub async fn reset_password(&self, email: &str) -> Result<Handed, Error> {
        let email = Email::parse(email).ok_or(Error::EmailInvalid)?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let user = users::by_email(&mut tx, &email).await?.filter(|user| user.active);
        let user = user.ok_or(Error::UserNotFound)?.id;
        users::lock(&mut tx, user).await?;
        let places = users::places(&mut tx, user).await?;
        let handed = self.hand(&mut tx, user, email.to_string(), None).await?;
        note(&mut tx, "system", "password.reset-made", user, &places).await?;
        tx.commit().await?;
        Ok(handed)
    }

    /// Sets the password of whom the token was made for, and ends all sessions.
    pub(crate) async fn complete_reset(
        &self,
        reset: &str,
        new: SecretString,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        // Counted before it is looked at: whoever tries tokens is made to wait as who tries passwords.
        let tries = self.count_address(address).await?;
        if !token::is_token(reset) {
            return Err(Error::ResetInvalid);
        }
        let digest = self.inner.pepper.digest(Purpose::Reset, reset);
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let held = resets::find(&mut tx, &digest).await?.ok_or(Error::ResetInvalid)?;
        tx.commit().await?;
        let email = Email::parse(&held.email).ok_or(Error::ResetInvalid)?;
        if let Some(why) = password::weakness(new.expose_secret(), &email) {
            return Err(Error::PasswordWeak { why });
        }
        let phc = self.inner.hasher.hash(new).await?;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        users::lock(&mut tx, held.user).await?;
        // Asked again under the lock: it opens once, and an owner's only where its maker still may.
        let held = resets::find(&mut tx, &digest).await?.ok_or(Error::ResetInvalid)?;
        let places = users::places(&mut tx, held.user).await?;
        if held.made_in.is_some_and(|tenant| places != [tenant]) {
            return Err(Error::ResetInvalid);
        }
        users::set_password(&mut tx, held.user, &phc).await?;
        sessions::end_all(tx.conn(), None, held.user).await?;
        tries.take_back(&mut tx).await?;
        // Nobody waits for the failures of others, or of one's own before.
        clear_account(&mut tx, &email).await?;
        let who = principal(held.user);
        note(&mut tx, &who, "password.reset", held.user, &places).await?;
        tx.commit().await?;
        self.forget_user(None, held.user);
        telemetry::reset();
        Ok(())
    }

    async fn hand(
        &self,
        tx: &mut SystemTx,
        user: Uuid,
        email: String,
        made_in: Option<TenantId>,
    ) -> Result<Handed, Error> {
        let token = token::new_token();
        let digest = self.inner.pepper.digest(Purpose::Reset, token.expose_secret());
        let expires_ms = resets::put(tx, user, &digest, made_in, HOLDS).await?;
        Ok(Handed { email, token, expires_at: wire::time(expires_ms) })
    }
}

/// Tells every tenant whose place the password opens.
async fn note(
    tx: &mut SystemTx,
    actor: &str,
    action: &str,
    user: Uuid,
    places: &[TenantId],
) -> Result<(), Error> {
    let subject = principal(user);
    for tenant in places {
        let entry = Entry { actor, action, subject: &subject, detail: json!({}) };
        record_system(tx, *tenant, &entry).await?;
    }
    Ok(())
}
