//! What can keep somebody from coming in or from changing who may.

use core::time::Duration;

use caravan_vault::VaultError;

use crate::oidc::Refusal;

/// A failed operation. Those that are the caller's doing say so in `problem.rs`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Tenancy(#[from] caravan_tenancy::Error),
    /// A password could not be hashed.
    #[error("a password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
    /// There is no TLS for calls to identity providers.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// A secret cannot be sealed.
    #[error("a secret cannot be sealed")]
    Seal(#[source] VaultError),
    /// A stored secret was sealed under another key.
    #[error("a stored secret cannot be read")]
    SecretUnreadable(#[source] VaultError),
    /// Too many passwords are being checked.
    #[error("too many passwords are being checked")]
    Busy,

    /// Wrong password, unknown or disabled user, no such tenant: nobody outside learns which.
    #[error("the login failed")]
    LoginFailed,
    /// Too many failures in a row.
    #[error("too many logins failed")]
    TooManyAttempts {
        /// How long nothing will be tried.
        wait: Duration,
    },
    /// There is no session, or it has ended.
    #[error("there is no session")]
    NoSession,
    /// The session holds in its tenant alone, and opens nothing that a password does.
    #[error("an identity provider began the session")]
    ProviderSession,
    /// A login by an identity provider ended without a session.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The operator has not said where browsers reach this installation.
    #[error("the public URL is not configured")]
    PublicUrlMissing,
    /// Where to return to after a login is no path of ours.
    #[error("the path to return to is none")]
    ReturnPathInvalid,
    /// Only a user may do this, and an API key is none.
    #[error("an API key is no user")]
    NotAUser,

    /// The text cannot be an e-mail address.
    #[error("the e-mail address cannot be one")]
    EmailInvalid,
    /// A name is empty or too long.
    #[error("the name is empty or too long")]
    NameInvalid,
    /// The password is too easily guessed.
    #[error("the password is too weak")]
    PasswordWeak {
        /// Why, as a clause for the user.
        why: &'static str,
    },
    /// There is no such role.
    #[error("the role is unknown")]
    RoleUnknown,
    /// A user's status cannot be changed to this.
    #[error("the status cannot be set")]
    StatusInvalid,
    /// There is no such scope.
    #[error("the scope is unknown")]
    ScopeUnknown {
        /// The one asked for.
        scope: String,
    },
    /// Nobody grants more than it has.
    #[error("more is granted than the caller has")]
    ScopesBeyond {
        /// What is beyond.
        scopes: Vec<String>,
    },
    /// An expiry lies in the past, or cannot be read.
    #[error("the expiry cannot be taken")]
    ExpiryInvalid,

    /// An issuer is an https URL without query or fragment.
    #[error("the issuer cannot be one")]
    IssuerInvalid,
    /// The client's id or secret is empty, too long or has control characters.
    #[error("the client's id or secret cannot be one")]
    ClientInvalid,
    /// No domain, too many, or one that cannot be one.
    #[error("the domains cannot be taken")]
    DomainInvalid,
    /// A claim without words, or words without a claim.
    #[error("the map of roles cannot be taken")]
    RoleMapInvalid,
    /// No identity provider of this tenant.
    #[error("the identity provider is unknown")]
    ProviderNotFound,
    /// A tenant has at most so many.
    #[error("the tenant has too many identity providers")]
    ProvidersMany,

    /// No member of this tenant.
    #[error("the user is unknown")]
    UserNotFound,
    /// Already a member.
    #[error("the user is a member")]
    UserExists,
    /// A tenant keeps at least one active owner.
    #[error("the tenant would have no owner")]
    LastOwner,
    /// The invitation is unknown, used or expired.
    #[error("the invitation is not valid")]
    InvitationInvalid,
    /// The token for a new password is unknown, used or expired.
    #[error("the reset is not valid")]
    ResetInvalid,
    /// The user's place in this tenant opens to no password.
    #[error("the user has no password here")]
    NoPassword,
    /// The user's password is that of its places in other tenants, too.
    #[error("the password is not this tenant's alone")]
    PasswordShared,
    /// No active tenant of that id or short name.
    #[error("no active tenant has that id or short name")]
    TenantNotFound,
    /// Another tenant has the name or the short name.
    #[error("a tenant of that name or short name exists")]
    TenantExists,
    /// A short name is no label of a host.
    #[error("a short name has 1 to 63 letters of a to z, digits, and hyphens between them")]
    ShortNameInvalid,
    /// The tenant takes no passwords.
    #[error("the tenant takes no passwords")]
    PasswordsOff,
    /// Without passwords no owner of the tenant could come in.
    #[error("no owner could come in without a password")]
    PasswordsNeeded,
    /// A network is not written in CIDR notation, or there are too many.
    #[error("the networks cannot be taken")]
    NetworkInvalid,
    /// No session of the caller's that holds.
    #[error("the session is unknown")]
    SessionNotFound,
    /// No valid key of this tenant.
    #[error("the API key is unknown")]
    KeyNotFound,

    /// The change was made from another version; the answer is ready.
    #[error(transparent)]
    Conflict(Box<caravan_web::Problem>),
}

/// So that `?` works on statements.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Tenancy(error.into())
    }
}
