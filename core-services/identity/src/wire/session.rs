//! The JSON forms of sessions, and of new passwords.

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::resets::Handed;
use crate::store::sessions;

/// Where one is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// Whether this request is of it.
    pub(crate) current: bool,
    /// The identity provider that began it; none for a password.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) provider: Option<Uuid>,
    /// The peer's address when it began.
    pub(crate) address: Option<String>,
    /// What its browser called itself then.
    pub(crate) agent: Option<String>,
    pub(crate) created_at: String,
    /// To the minute.
    pub(crate) last_seen_at: String,
    pub(crate) expires_at: String,
}

impl SessionOut {
    pub(crate) fn of(listed: sessions::Listed, current: Option<Uuid>) -> Self {
        Self {
            id: listed.id,
            current: current == Some(listed.id),
            provider: listed.provider,
            address: listed.address,
            agent: listed.agent,
            created_at: time(listed.created_us.div_euclid(1_000)),
            last_seen_at: time(listed.seen_ms),
            expires_at: time(listed.expires_ms),
        }
    }
}

/// A token for a new password, as it is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResetOut {
    pub(crate) email: String,
    /// Hand it to the user by a way that you trust: whoever has it can act in the user's name.
    pub(crate) token: String,
    pub(crate) expires_at: String,
}

impl From<Handed> for ResetOut {
    fn from(handed: Handed) -> Self {
        let Handed { email, token, expires_at } = handed;
        Self { email, token: token.expose_secret().to_owned(), expires_at }
    }
}

/// A new password for who forgot the old one. No `Debug`: it holds both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteIn {
    /// The token as it was handed over.
    pub(crate) token: String,
    /// At least 12 characters.
    pub(crate) password: String,
}
