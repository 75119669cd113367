//! The tenant as a whole, and the ways into it.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::Caller;
use caravan_web::{IfMatch, Json, Problem, Query, Tagged};
use serde::Deserialize;
use utoipa::IntoParams;

use super::need;
use crate::identity::Identity;
use crate::wire::{SettingsOut, SettingsPatch, WaysInOut};

/// Which tenant one wants to sign in to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Its short name.
    #[param(example = "acme-traders")]
    tenant: String,
}

/// List the ways into a tenant.
///
/// For the page where one signs in: the tenant's identity providers, and whether it takes passwords. A tenant that there is none of
/// looks like one without a provider, and nothing is said of its users.
#[utoipa::path(get, path = "/v1/session/providers", operation_id = "listWaysIn", tag = "identity", params(Wanted), security(()),
    responses((status = 200, body = WaysInOut), (status = 503, description = "`database-unavailable`")))]
pub(crate) async fn ways_in(
    State(identity): State<Identity>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<WaysInOut>, Problem> {
    Ok(Json(identity.ways_in(&wanted.tenant).await?.into()))
}

/// Show the tenant.
///
/// The caller's own: its name, and how its people come in.
#[utoipa::path(get, path = "/v1/tenant", operation_id = "showTenant", tag = "identity", security(("api_key" = [])),
    responses((status = 200, body = SettingsOut)))]
pub(crate) async fn show(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
) -> Result<Tagged<SettingsOut>, Problem> {
    let settings = identity.settings(caller.tenant).await?;
    Ok(Tagged { version: settings.version, body: settings.into() })
}

/// Say how people come into the tenant.
///
/// By an owner, with `if-match`. Without passwords, the sessions that one began end, and only identity providers let people in; API keys go on. That
/// wants an owner who has signed in by a provider before.
#[utoipa::path(patch, path = "/v1/tenant", operation_id = "changeTenant", tag = "identity", request_body = SettingsPatch,
    security(("api_key" = ["users:write"])),
    responses((status = 200, body = SettingsOut), (status = 403, description = "`scope-missing`, `scopes-beyond`"),
        (status = 409, description = "`passwords-needed`"), (status = 412, description = "`version-conflict`"),
        (status = 428, description = "`precondition-required`")))]
pub(crate) async fn change(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    if_match: IfMatch,
    Json(patch): Json<SettingsPatch>,
) -> Result<Tagged<SettingsOut>, Problem> {
    need(&caller, "users:write")?;
    let expected = if_match.required()?;
    let settings = identity.take_passwords(&caller, patch.passwords, &expected).await?;
    Ok(Tagged { version: settings.version, body: settings.into() })
}
