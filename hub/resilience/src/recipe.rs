//! How a call is authenticated. The secrets are in here, so nothing here prints itself.

use core::fmt;
use std::sync::Arc;

use http::HeaderName;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// What the host adds to a request once the guest cannot see it any more.
#[derive(Clone)]
pub enum AuthRecipe {
    /// `<name>: <prefix><value>`.
    Header {
        /// Header name.
        name: HeaderName,
        /// Put before the value.
        prefix: String,
        /// The secret.
        value: SecretString,
    },
    /// RFC 7617.
    Basic {
        /// User name.
        username: SecretString,
        /// Password.
        password: SecretString,
    },
    /// RFC 6750.
    Bearer {
        /// Token.
        token: SecretString,
    },
    /// RFC 6749 §4.4; the token is fetched, kept and refreshed here.
    OAuth2(ClientCredentials),
}

/// An OAuth2 client.
#[derive(Clone)]
pub struct ClientCredentials {
    /// The slot's name: tokens are kept by connection and slot.
    pub slot: Arc<str>,
    /// Where tokens are issued.
    pub token_url: Url,
    /// Plain http is allowed there.
    pub allow_http: bool,
    /// `client_id`.
    pub client_id: SecretString,
    /// `client_secret`.
    pub client_secret: SecretString,
    /// Asked scope.
    pub scope: Option<String>,
    /// Where the credentials go.
    pub client_auth: ClientAuth,
}

impl ClientCredentials {
    /// Whether `other` is the same client at the same place, asking for the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let same =
            |one: &SecretString, other: &SecretString| one.expose_secret() == other.expose_secret();
        self.token_url == other.token_url
            && self.scope == other.scope
            && same(&self.client_id, &other.client_id)
            && same(&self.client_secret, &other.client_secret)
    }
}

/// Where an OAuth2 client puts its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `Authorization: Basic`.
    Basic,
    /// The form body.
    Body,
}

/// One secret that may be filled into a body as `{{slot.field}}`.
#[derive(Clone)]
pub struct Placeholder {
    /// Slot.
    pub slot: String,
    /// Field.
    pub field: String,
    /// The secret.
    pub value: SecretString,
}

impl fmt::Debug for AuthRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header { .. } => "Header",
            Self::Basic { .. } => "Basic",
            Self::Bearer { .. } => "Bearer",
            Self::OAuth2(_) => "OAuth2",
        })
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCredentials({})", self.slot)
    }
}

impl fmt::Debug for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Placeholder({}.{})", self.slot, self.field)
    }
}
