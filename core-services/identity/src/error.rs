//! What can keep somebody from coming in or from changing who may.

use core::time::Duration;

/// A failed operation. Those that are the caller's doing say so in `problem.rs`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Tenancy(#[from] caravan_tenancy::Error),
    /// A password could not be hashed.
    #[error("a password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
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
