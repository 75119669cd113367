//! From a manifest's auth slot and a connection's secrets to what egress injects.

use caravan_hub_resilience::{AuthRecipe, ClientAuth, ClientCredentials};
use caravan_manifest::{Auth, AuthKind, Manifest};
use http::HeaderName;
use secrecy::SecretString;

use crate::grant::{Denied, base};
use crate::grants::ConnectionGrants;

/// The connection's secret.
pub(crate) fn secret(
    grants: &ConnectionGrants,
    slot: &str,
    field: &str,
) -> Result<SecretString, Denied> {
    grants.secret(slot, field).cloned().ok_or_else(|| {
        let what = format!("the connection has no secret {slot}.{field}");
        Denied::ungranted(what, format!("set the connection's secret {slot}.{field}"))
    })
}

/// The recipe for a slot; none for placeholders, which go into the body instead.
pub(crate) fn recipe(
    manifest: &Manifest,
    grants: &ConnectionGrants,
    slot: &str,
    auth: &Auth,
) -> Result<Option<AuthRecipe>, Denied> {
    let field = |index: usize| {
        let field = auth.fields.get(index).map_or("value", String::as_str);
        secret(grants, slot, field)
    };
    Ok(Some(match &auth.kind {
        AuthKind::Placeholder => return Ok(None),
        AuthKind::Header { header, prefix } => {
            let name = HeaderName::from_bytes(header.as_bytes()).map_err(|_| {
                let what =
                    format!("the header {header:?} of the auth slot {slot:?} is no header name");
                Denied::ungranted(what, format!("correct connector.toml: [auth.{slot}] header"))
            })?;
            AuthRecipe::Header { name, prefix: prefix.clone(), value: field(0)? }
        }
        AuthKind::Basic => AuthRecipe::Basic { username: field(0)?, password: field(1)? },
        AuthKind::Bearer => AuthRecipe::Bearer { token: field(0)? },
        AuthKind::OAuth2ClientCredentials { token_endpoint, token_path, scope, client_auth } => {
            let mut token_url = base(manifest, grants, token_endpoint)?;
            let path = format!("{}{token_path}", token_url.path().trim_end_matches('/'));
            token_url.set_path(&path);
            AuthRecipe::OAuth2(ClientCredentials {
                slot: slot.into(),
                token_url,
                allow_http: grants.allow_http,
                client_id: field(0)?,
                client_secret: field(1)?,
                scope: scope.clone(),
                client_auth: match client_auth {
                    caravan_manifest::ClientAuth::Basic => ClientAuth::Basic,
                    caravan_manifest::ClientAuth::Body => ClientAuth::Body,
                },
            })
        }
    }))
}
