//! Why a login by a provider ends without a session.

use super::id_token::Flaw;

/// A refusal. Never holds anything of a token, a code or a secret; what a provider says of itself is cut short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The login is unknown, too old, another browser's, or was completed before.
    #[error("the login cannot be gone on with")]
    State,
    /// Our own guard does not let us call it.
    #[error("the provider may not be called: {why}")]
    Denied { why: String },
    /// It does not answer, or not in time.
    #[error("the provider cannot be reached for {what}: {why}")]
    Unreachable { what: &'static str, why: String },
    /// It answers something else than the standard has.
    #[error("the provider's {what} cannot be used: {why}")]
    Answer { what: &'static str, why: String },
    /// It says no: to the user, or to us.
    #[error("the provider said {error}")]
    Said { error: String },
    /// The token is not good.
    #[error("the ID token is refused")]
    Token(#[from] Flaw),
    /// No verified address in the token.
    #[error("the token has no verified address")]
    AddressUnproven,
    /// The address is of none of the provider's domains.
    #[error("the address is of another domain")]
    AddressForeign,
    /// Nobody invited the user, and nothing gives it a role.
    #[error("the user has no place here")]
    NotInvited,
    /// The place, or the user, is disabled.
    #[error("the user's place is disabled")]
    PlaceDisabled,
    /// Another subject of this provider is that user already.
    #[error("another subject is this user")]
    SubjectDiffers,
}

/// Longest text of a provider that is kept.
const TEXT_CHARS_MAX: usize = 200;

/// A provider's text as it may be logged: short, and in one line.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect()
}
