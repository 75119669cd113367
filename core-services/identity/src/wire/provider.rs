//! The JSON forms of identity providers.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::providers::Wanted;
use crate::store::providers::{Provider, Settings};

/// An identity provider to be made, or to be put in another's place. No `Debug`: it holds a secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderIn {
    #[schema(example = "Company login")]
    name: String,
    /// Exactly as the provider spells it in its tokens.
    #[schema(example = "https://id.demo.example/realms/staff")]
    issuer: String,
    /// Under which the provider knows this installation.
    #[schema(example = "caravan")]
    client_id: String,
    /// Needed when it is made; left out of a change, the one that is there stays. It is never shown.
    client_secret: Option<String>,
    /// Domains of the addresses that the provider may speak for.
    #[schema(example = json!(["demo.example"]))]
    domains: Vec<String>,
    /// Role of who comes for the first time and was not invited; left out, only who is invited comes in.
    #[schema(example = "viewer")]
    default_role: Option<String>,
    /// The claim that has words for roles; dots lead into nested objects.
    #[schema(example = "realm_access.roles")]
    role_claim: Option<String>,
    /// What its words mean here.
    #[serde(default)]
    #[schema(example = json!({ "freight-desk": "operations" }))]
    roles: BTreeMap<String, String>,
}

impl From<ProviderIn> for Wanted {
    fn from(wanted: ProviderIn) -> Self {
        Self {
            name: wanted.name,
            issuer: wanted.issuer,
            client: wanted.client_id,
            secret: wanted.client_secret.map(SecretString::from),
            domains: wanted.domains,
            default_role: wanted.default_role,
            role_claim: wanted.role_claim,
            roles: wanted.roles,
        }
    }
}

/// An identity provider, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) domains: Vec<String>,
    pub(crate) default_role: Option<String>,
    pub(crate) role_claim: Option<String>,
    pub(crate) roles: BTreeMap<String, String>,
    /// Where its people sign in: a link for them.
    pub(crate) login_path: String,
    /// RFC 3339.
    pub(crate) created_at: String,
}

/// Where a browser begins a login by a provider.
pub(crate) fn login_path(id: Uuid) -> String {
    format!("/v1/session/oidc/{id}")
}

impl From<Provider> for ProviderOut {
    fn from(provider: Provider) -> Self {
        let Provider { id, set, created_ms, .. } = provider;
        let Settings { name, issuer, client, domains, default_role, role_claim, roles } = set;
        Self {
            id,
            name,
            issuer,
            client_id: client,
            domains,
            default_role,
            role_claim,
            roles,
            login_path: login_path(id),
            created_at: super::time(created_ms),
        }
    }
}
