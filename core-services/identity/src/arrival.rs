//! Coming in by a tenant's identity provider: away to it, and back from it.
//!
//! # Whose word counts for whom
//! A provider is known by what a tenant configured, and its word counts in that tenant alone.
//! - A subject that was here before is the same user as then, whatever its address is by now.
//! - A new subject becomes the member of the tenant that has its address, if the provider verified it and the tenant named its domain.
//!   So it does when that member was only invited; otherwise it becomes a new member, if the provider or the tenant gives it a role.
//! - The session holds in that tenant only: it cannot go over into another one, and is not shown that there are others.
//! - A place that was given in this way opens to no password. The address may have one, as passwords are the same in all tenants, and
//!   whoever invites an address first has its password made.

use caravan_audit::{Entry, record_system};
use caravan_tenancy::SystemTx;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::entry::{Begun, Door, Entered, Me};
use crate::error::Error;
use crate::identity::{Identity, principal};
use crate::oidc::Refusal;
use crate::oidc::client::Exchange;
use crate::oidc::id_token::{self, Expected};
use crate::oidc::metadata::Metadata;
use crate::oidc::trip::{self, Trip};
use crate::oidc::who::{Says, Who};
use crate::scopes::Role;
use crate::store::members::{self, Becomes};
use crate::store::providers::{self, Provider};
use crate::store::subjects::{self, Linked};
use crate::store::users;

/// Where a provider sends browsers back to.
pub(crate) const CALLBACK: &str = "/v1/session/oidc/callback";

/// The way to a provider.
#[derive(Debug)]
pub(crate) struct Departure {
    pub(crate) location: Url,
    /// Value of the cookie that binds the login to this browser.
    pub(crate) cookie: String,
}

/// What a provider sends a browser back with (§3.1.2.5, §3.1.2.6; RFC 9207).
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) issuer: Option<String>,
}

/// A completed login, and the path that it was begun for.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) entered: Entered,
    pub(crate) return_to: String,
}

impl Identity {
    /// Begins a login by a provider.
    pub(crate) async fn depart(&self, id: Uuid, return_to: &str) -> Result<Departure, Error> {
        if !trip::is_local_path(return_to) {
            return Err(Error::ReturnPathInvalid);
        }
        let redirect = self.redirect()?;
        let provider = self.of_login(id).await?;
        let metadata = self.inner.issuers.metadata(&provider.set.issuer).await?;
        self.inner.issuers.client().check(&metadata.authorization)?;
        let trip = Trip::begin(id, return_to, now_s());
        let pepper = &self.inner.pepper;
        let mut location = metadata.authorization.clone();
        location
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.set.client)
            .append_pair("redirect_uri", redirect.as_str())
            .append_pair("scope", "openid email profile")
            .append_pair("state", &trip.state(pepper))
            .append_pair("nonce", &trip.nonce(pepper))
            .append_pair("code_challenge", &trip.challenge(pepper))
            .append_pair("code_challenge_method", "S256");
        Ok(Departure { location, cookie: trip.to_cookie(pepper) })
    }

    /// Completes the login of `cookie` with what the provider sent the browser back with.
    pub(crate) async fn arrive(
        &self,
        cookie: &str,
        answer: Answer,
        door: Door<'_>,
    ) -> Result<Arrived, Error> {
        let pepper = &self.inner.pepper;
        let trip = Trip::from_cookie(pepper, cookie, now_s()).ok_or(Refusal::State)?;
        if !trip.is_state(pepper, &answer.state) {
            return Err(Refusal::State.into());
        }
        let provider = self.of_login(trip.provider).await?;
        // Before anything is asked of the provider: whatever becomes of it, there is no second time.
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let digest = trip.digest(pepper);
        let first = providers::spend(&mut tx, provider.tenant, &digest, trip.expires_s).await?;
        tx.commit().await?;
        if !first {
            return Err(Refusal::State.into());
        }
        let metadata = self.inner.issuers.metadata(&provider.set.issuer).await?;
        let code = code_of(&metadata, answer)?;
        let who = self.vouched(&provider, &metadata, &trip, &code).await?;
        let entered = self.admit(&provider, who, door).await?;
        Ok(Arrived { entered, return_to: trip.return_to })
    }

    /// Exchanges the code, and holds the token against everything that it must say.
    async fn vouched(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        trip: &Trip,
        code: &str,
    ) -> Result<Who, Error> {
        let (pepper, issuers) = (&self.inner.pepper, &self.inner.issuers);
        let secret = self.secret_of(provider)?;
        let (redirect, verifier) = (self.redirect()?, trip.verifier(pepper));
        let exchange = Exchange {
            client: &provider.set.client,
            secret: &secret,
            code,
            verifier: &verifier,
            redirect: redirect.as_str(),
        };
        let tokens = issuers.client().exchange(metadata, exchange).await?;
        let token = tokens.id.expose_secret();
        let header = id_token::header(token).map_err(Refusal::Token)?;
        let key = issuers.key(&metadata.issuer, &header).await?;
        let claims = id_token::signed(token, &header, &key).map_err(Refusal::Token)?;
        let expected = Expected {
            issuer: &metadata.issuer,
            client: &provider.set.client,
            nonce: &trip.nonce(pepper),
            access_token: tokens.access.as_ref().map(SecretString::expose_secret),
            now_s: now_s(),
        };
        id_token::check(&claims, header.algorithm, &expected).map_err(Refusal::Token)?;
        let says = Says {
            domains: &provider.set.domains,
            role_claim: provider.set.role_claim.as_deref(),
            roles: &provider.set.roles,
        };
        Ok(Who::of(&claims, says)?)
    }

    /// Gives who was vouched for its session, as the member that it is or becomes.
    async fn admit(&self, provider: &Provider, who: Who, door: Door<'_>) -> Result<Entered, Error> {
        let tenant = provider.tenant;
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        tx.scope(tenant).await?;
        // Locked, so that two first logins of one subject make one member, and asked again: what it may say could have changed since.
        let now = providers::lock(tx.conn(), tenant, provider.id).await?;
        if now.is_none_or(|now| now.version != provider.version) {
            return Err(Refusal::State.into());
        }
        let found = subjects::find(&mut tx, tenant, provider.id, &who.subject).await?;
        let (linked, action) = match found {
            Some(linked) => (linked, "session.begun"),
            None => take_place(&mut tx, provider, &who).await?,
        };
        if linked.made {
            follow_role(&mut tx, provider, linked.user, &who).await?;
        }
        let seat = users::seat_in(&mut tx, tenant, linked.user).await?;
        let seat = seat.ok_or(Refusal::PlaceDisabled)?;
        let email = users::email_of(&mut tx, linked.user).await?.unwrap_or_default();
        let me = Me { user: linked.user, email, seats: vec![seat.clone()], seat };
        let begun = Begun { action, provider: Some(provider.id) };
        let entered = self.enter(tx, me, door, begun).await?;
        // Its role may be another since a second ago.
        self.forget_user(Some(tenant), entered.me.user);
        Ok(entered)
    }

    async fn of_login(&self, id: Uuid) -> Result<Provider, Error> {
        let mut tx = SystemTx::begin(&self.inner.database).await?;
        let found = providers::of_login(&mut tx, id).await?;
        tx.commit().await?;
        found.ok_or(Error::ProviderNotFound)
    }

    fn redirect(&self) -> Result<Url, Error> {
        let url = self.inner.public_url.as_ref().ok_or(Error::PublicUrlMissing)?;
        url.join(CALLBACK).map_err(|_| Error::PublicUrlMissing)
    }
}

/// The code, if that is what the provider sent, and if it was this one.
fn code_of(metadata: &Metadata, answer: Answer) -> Result<String, Refusal> {
    // RFC 9207 §2.4: a code of another provider is not sent to this one.
    let right = match answer.issuer {
        Some(issuer) => issuer == metadata.issuer,
        None => !metadata.says_issuer,
    };
    if !right {
        return Err(Refusal::State);
    }
    if let Some(error) = answer.error {
        return Err(Refusal::Said { error: crate::oidc::shortened(&error) });
    }
    answer.code.filter(|code| !code.is_empty()).ok_or(Refusal::State)
}

/// Who comes for the first time: the member of its address, or a new one.
async fn take_place(
    tx: &mut SystemTx,
    provider: &Provider,
    who: &Who,
) -> Result<(Linked, &'static str), Error> {
    let tenant = provider.tenant;
    let known = users::by_email(tx, &who.email).await?;
    if known.as_ref().is_some_and(|user| !user.active) {
        return Err(Refusal::PlaceDisabled.into());
    }
    let member = match &known {
        Some(user) => members::lock(tx.conn(), tenant, user.id).await?,
        None => None,
    };
    let (linked, action) = match member {
        Some(member) => match member.status.as_str() {
            "active" => (Linked { user: member.user, made: false }, "user.linked"),
            "invited" => {
                let becomes = Becomes { name: &member.name, role: &member.role, status: "active" };
                join(tx, provider, member.user, becomes).await?;
                (Linked { user: member.user, made: false }, "user.joined")
            }
            _ => return Err(Refusal::PlaceDisabled.into()),
        },
        None => {
            let role = given_role(provider, who).ok_or(Refusal::NotInvited)?;
            let user = users::ensure(tx, &who.email).await?;
            let becomes = Becomes { name: &who.name, role: role.as_str(), status: "active" };
            join(tx, provider, user, becomes).await?;
            (Linked { user, made: true }, "user.joined")
        }
    };
    if !subjects::link(tx, tenant, provider.id, &who.subject, linked).await? {
        return Err(Refusal::SubjectDiffers.into());
    }
    Ok((linked, action))
}

async fn join(
    tx: &mut SystemTx,
    provider: &Provider,
    user: Uuid,
    becomes: Becomes<'_>,
) -> Result<(), Error> {
    let tenant = provider.tenant;
    members::put(tx.conn(), tenant, user, becomes).await?;
    members::taken_by_provider(tx.conn(), tenant, user).await?;
    members::drop_invitations(tx.conn(), tenant, user).await
}

/// The role that the provider's words give, or the tenant gives everybody whom the provider lets through.
fn given_role(provider: &Provider, who: &Who) -> Option<Role> {
    who.role.or_else(|| provider.set.default_role.as_deref().and_then(Role::named))
}

/// Brings the role of a member that came by the provider to what its words say now. Words that say nothing take it away, unless there
/// is one for everybody; the last owner stays one.
async fn follow_role(
    tx: &mut SystemTx,
    provider: &Provider,
    user: Uuid,
    who: &Who,
) -> Result<(), Error> {
    if provider.set.role_claim.is_none() {
        return Ok(());
    }
    let tenant = provider.tenant;
    let owners = members::lock_owners(tx.conn(), tenant).await?;
    let Some(member) = members::lock(tx.conn(), tenant, user).await? else { return Ok(()) };
    if member.status != "active" || owners == [user] {
        return Ok(());
    }
    let role = given_role(provider, who).ok_or(Refusal::NotInvited)?.as_str();
    if member.role == role {
        return Ok(());
    }
    let becomes = Becomes { name: &member.name, role, status: &member.status };
    members::put(tx.conn(), tenant, user, becomes).await?;
    let (actor, subject) = (format!("provider/{}", provider.id), principal(user));
    let detail = json!({ "before": { "role": member.role }, "after": { "role": role } });
    let entry = Entry { actor: &actor, action: "user.changed", subject: &subject, detail };
    record_system(tx, tenant, &entry).await?;
    Ok(())
}

fn now_s() -> i64 {
    Timestamp::now().as_second()
}
