//! The JSON forms of API keys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::time;
use crate::store::keys::Listed;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyIn {
    #[schema(example = "SAP production")]
    pub(crate) name: String,
    /// No more than the caller has.
    pub(crate) scopes: Vec<String>,
    /// RFC 3339, in the future; for ever unless said.
    #[schema(example = "2027-12-31T00:00:00Z")]
    pub(crate) expires_at: Option<String>,
    /// From where it may be used, in CIDR notation; from everywhere unless said.
    #[schema(example = json!(["203.0.113.0/24"]))]
    pub(crate) networks: Option<Vec<String>>,
}

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyOut {
    /// The public part.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    /// From where it may be used; empty is from everywhere.
    pub(crate) networks: Vec<String>,
    pub(crate) created_by: String,
    pub(crate) created_at: String,
    pub(crate) expires_at: Option<String>,
    pub(crate) revoked_at: Option<String>,
    /// To the minute.
    pub(crate) last_used_at: Option<String>,
}

impl From<Listed> for KeyOut {
    fn from(key: Listed) -> Self {
        Self {
            id: key.key_id,
            name: key.name,
            scopes: key.scopes,
            networks: key.networks,
            created_by: key.created_by,
            created_at: time(key.created_ms),
            expires_at: key.expires_ms.map(time),
            revoked_at: key.revoked_ms.map(time),
            last_used_at: key.last_used_ms.map(time),
        }
    }
}

/// A fresh key, as it is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyMadeOut {
    #[serde(flatten)]
    pub(crate) listed: KeyOut,
    /// The whole key; it cannot be shown again.
    pub(crate) key: String,
}
