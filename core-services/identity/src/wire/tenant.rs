//! The JSON forms of the tenant as a whole.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::settings::WaysIn;
use crate::store::members::Member;
use crate::store::tenants::Settings;

/// The caller's tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingsOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    /// How its people name it where they sign in.
    pub(crate) short_name: String,
    /// Whether they may come in by a password.
    pub(crate) passwords: bool,
}

impl From<Settings> for SettingsOut {
    fn from(settings: Settings) -> Self {
        let Settings { id, name, short_name, passwords, .. } = settings;
        Self { id: id.0, name, short_name, passwords }
    }
}

/// A change of the tenant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsPatch {
    /// False: its people come in by its identity providers only.
    pub(crate) passwords: bool,
}

/// Somebody of the tenant, as everybody of it may know.
#[derive(Serialize, ToSchema)]
pub(crate) struct ColleagueOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    pub(crate) name: String,
}

impl From<Member> for ColleagueOut {
    fn from(member: Member) -> Self {
        let Member { user: id, name, .. } = member;
        Self { id, name }
    }
}

/// How one comes into a tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaysInOut {
    pub(crate) passwords: bool,
    pub(crate) providers: Vec<WayOut>,
}

/// An identity provider, as it is shown to whoever signs in.
#[derive(Serialize, ToSchema)]
pub(crate) struct WayOut {
    #[schema(example = "Company login")]
    pub(crate) name: String,
    /// Where a browser begins; add `?return_to=/…` to arrive elsewhere than at `/`.
    pub(crate) login_path: String,
}

impl From<WaysIn> for WaysInOut {
    fn from(ways: WaysIn) -> Self {
        let way = |way: crate::store::providers::Way| WayOut {
            name: way.name,
            login_path: super::provider::login_path(way.id),
        };
        Self { passwords: ways.passwords, providers: ways.providers.into_iter().map(way).collect() }
    }
}
