//! The one place where it is decided whether a guest may do something, and logged.
//!
//! A decision needs two yeses: the manifest declares it, the operator granted it. An [`Operation`]'s grant type is made here
//! only, so whoever holds one was allowed to.

use caravan_hub_resilience::{AuthRecipe, Endpoint, Mention, Placeholder};
use caravan_manifest::{AuthKind, CryptoUse, Digest, Manifest};
use secrecy::SecretString;
use url::Url;

use crate::grants::ConnectionGrants;
use crate::{credentials, path, telemetry};

/// A refusal: what was refused, and the line that would allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct Denied {
    what: String,
    remedy: String,
}

impl Denied {
    /// The manifest lacks `line`.
    pub(crate) fn undeclared(what: impl Into<String>, line: impl core::fmt::Display) -> Self {
        Self { what: what.into(), remedy: format!("add to connector.toml: {line}") }
    }

    /// The connection lacks something that only its operator can give.
    pub(crate) fn ungranted(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// Something that a guest asks for.
pub trait Operation: core::fmt::Debug {
    /// What it gets.
    type Granted;
    /// The kind, for logs and metrics.
    const KIND: &'static str;

    /// Decides, without logging: call [`grant`].
    ///
    /// # Errors
    /// The refusal.
    fn decide(
        &self,
        manifest: &Manifest,
        grants: &ConnectionGrants,
    ) -> Result<Self::Granted, Denied>;
}

/// Decides and logs whether the connector of `manifest` may do `operation` for the connection of `grants`.
///
/// # Errors
/// The refusal; its text may be shown to the guest and to people.
pub fn grant<O: Operation>(
    manifest: &Manifest,
    grants: &ConnectionGrants,
    operation: &O,
) -> Result<O::Granted, Denied> {
    let decision = operation.decide(manifest, grants);
    telemetry::Decided {
        connector: &manifest.connector.id,
        connection: &grants.connection,
        kind: O::KIND,
        operation,
        refusal: decision.as_ref().err(),
    }
    .emit();
    decision
}

/// To call an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct UseEndpoint<'a> {
    /// Its name.
    pub endpoint: &'a str,
    /// Upper-case method.
    pub method: &'a str,
    /// Path below the base.
    pub path: &'a str,
    /// Auth slot.
    pub auth: Option<&'a str>,
    /// Placeholders in the body.
    pub mentions: &'a [Mention],
}

/// A granted call: where to, and with which secrets.
#[derive(Debug)]
pub struct UsedEndpoint {
    pub(crate) endpoint: Endpoint,
    pub(crate) auth: Option<AuthRecipe>,
    pub(crate) placeholders: Vec<Placeholder>,
}

impl Operation for UseEndpoint<'_> {
    type Granted = UsedEndpoint;
    const KIND: &'static str = "endpoint";

    fn decide(
        &self,
        manifest: &Manifest,
        grants: &ConnectionGrants,
    ) -> Result<UsedEndpoint, Denied> {
        let name = self.endpoint;
        let Some(declared) = manifest.endpoints.get(name) else {
            return Err(Denied::undeclared(
                format!("the endpoint {name:?} is not declared"),
                format!("[endpoints.{name}]"),
            ));
        };
        if !declared.allows_method(self.method) {
            let what = format!("{} is not allowed at the endpoint {name:?}", self.method);
            return Err(Denied::undeclared(
                what,
                format!("[endpoints.{name}] methods = [{:?}]", self.method),
            ));
        }
        if let Some(objection) = path::objection(self.path) {
            let what = format!("the path {:?} {objection}", self.path);
            return Err(Denied::ungranted(
                what,
                "no line allows that: write the path plainly, and values into the query",
            ));
        }
        if !declared.allows_path(self.path) {
            let what = format!("the path {:?} is not allowed at the endpoint {name:?}", self.path);
            return Err(Denied::undeclared(
                what,
                format!("[endpoints.{name}] paths = [{:?}]", self.path),
            ));
        }
        let auth = self.auth.map(|slot| self.credentials(manifest, grants, slot)).transpose()?;
        Ok(UsedEndpoint {
            endpoint: Endpoint {
                name: name.into(),
                base: base(manifest, grants, name)?,
                allow_http: grants.allow_http,
                requests_per_s: declared.requests_per_s,
                reply_bytes_max: Some(
                    declared
                        .reply_bytes_max
                        .unwrap_or_else(|| manifest.connector.class.reply_bytes_max()),
                ),
            },
            auth: auth.flatten(),
            placeholders: self.placeholders(manifest, grants)?,
        })
    }
}

impl UseEndpoint<'_> {
    fn credentials(
        &self,
        manifest: &Manifest,
        grants: &ConnectionGrants,
        slot: &str,
    ) -> Result<Option<AuthRecipe>, Denied> {
        let Some(auth) = manifest.auth.get(slot) else {
            return Err(Denied::undeclared(
                format!("the auth slot {slot:?} is not declared"),
                format!("[auth.{slot}]"),
            ));
        };
        self.slot_allowed(manifest, slot)?;
        credentials::recipe(manifest, grants, slot, auth)
    }

    fn slot_allowed(&self, manifest: &Manifest, slot: &str) -> Result<(), Denied> {
        let name = self.endpoint;
        let allowed = manifest
            .endpoints
            .get(name)
            .is_some_and(|one| one.auth.iter().any(|allowed| allowed == slot));
        if allowed {
            return Ok(());
        }
        let what = format!("the auth slot {slot:?} is not allowed at the endpoint {name:?}");
        Err(Denied::undeclared(what, format!("[endpoints.{name}] auth = [{slot:?}]")))
    }

    /// The secrets for the body. A mention of a slot that the manifest does not know is text and stays.
    fn placeholders(
        &self,
        manifest: &Manifest,
        grants: &ConnectionGrants,
    ) -> Result<Vec<Placeholder>, Denied> {
        let mut filled = Vec::new();
        for Mention { slot, field, .. } in self.mentions {
            let Some(auth) = manifest.auth.get(slot) else { continue };
            if auth.kind != AuthKind::Placeholder {
                let what = format!("the auth slot {slot:?} is no placeholder");
                return Err(Denied::undeclared(
                    what,
                    format!("[auth.{slot}] kind = \"placeholder\""),
                ));
            }
            self.slot_allowed(manifest, slot)?;
            if !auth.fields.contains(field) {
                let what = format!("the auth slot {slot:?} has no field {field:?}");
                return Err(Denied::undeclared(
                    what,
                    format!("[auth.{slot}] fields = [{field:?}]"),
                ));
            }
            let value = credentials::secret(grants, slot, field)?;
            filled.push(Placeholder { slot: slot.clone(), field: field.clone(), value });
        }
        Ok(filled)
    }
}

/// An endpoint's base URL: the operator's, else the manifest's for the connection's environment.
///
/// # Errors
/// When there is none.
pub fn base(manifest: &Manifest, grants: &ConnectionGrants, name: &str) -> Result<Url, Denied> {
    if let Some(base) = grants.endpoints.get(name) {
        return Ok(base.clone());
    }
    let declared = manifest.endpoints.get(name).map(|endpoint| &endpoint.base);
    let environment = &grants.environment;
    if declared.is_none_or(std::collections::BTreeMap::is_empty) {
        let what = format!("the endpoint {name:?} has no base URL");
        return Err(Denied::ungranted(
            what,
            format!("give the connection one: endpoints.{name} = \"https://…\""),
        ));
    }
    let text = declared.and_then(|base| base.get(environment));
    text.and_then(|text| Url::parse(text).ok()).ok_or_else(|| {
        let what = format!("the endpoint {name:?} has no base URL for {environment:?}");
        Denied::undeclared(
            what,
            format!("[endpoints.{name}] base = {{ {environment} = \"https://…\" }}"),
        )
    })
}

/// To read or keep a value.
#[derive(Debug, Clone, Copy)]
pub struct UseState<'a> {
    /// Its key.
    pub key: &'a str,
}

impl Operation for UseState<'_> {
    type Granted = ();
    const KIND: &'static str = "state";

    fn decide(&self, manifest: &Manifest, _: &ConnectionGrants) -> Result<(), Denied> {
        let allowed = manifest.state.keys.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => self.key.starts_with(prefix),
            None => pattern == self.key,
        });
        let plain =
            (1..=128).contains(&self.key.len()) && !self.key.contains(|one: char| one.is_control());
        if !plain {
            let what = "a state key has 1 to 128 bytes and no control characters";
            return Err(Denied::ungranted(what, "no line allows another"));
        }
        if allowed {
            return Ok(());
        }
        let what = format!("the state key {:?} is not declared", self.key);
        Err(Denied::undeclared(what, format!("[state] keys = [{:?}]", self.key)))
    }
}

/// To sign, verify or compare with a key.
#[derive(Debug, Clone, Copy)]
pub struct UseKey<'a> {
    /// Its slot.
    pub slot: &'a str,
    /// What for.
    pub usage: CryptoUse,
    /// With which digest, when it is to sign or verify.
    pub algorithm: Option<Digest>,
}

impl Operation for UseKey<'_> {
    type Granted = SecretString;
    const KIND: &'static str = "key";

    fn decide(
        &self,
        manifest: &Manifest,
        grants: &ConnectionGrants,
    ) -> Result<SecretString, Denied> {
        let slot = self.slot;
        let usage = self.usage.as_str();
        let Some(declared) = manifest.crypto.get(slot) else {
            let what = format!("the crypto slot {slot:?} is not declared");
            return Err(Denied::undeclared(what, format!("[crypto.{slot}] uses = [{usage:?}]")));
        };
        if !declared.uses.contains(&self.usage) {
            let what = format!("{usage} is not allowed with the crypto slot {slot:?}");
            return Err(Denied::undeclared(what, format!("[crypto.{slot}] uses = [{usage:?}]")));
        }
        if let Some(algorithm) = self.algorithm.filter(|one| !declared.algorithms.contains(one)) {
            let algorithm = algorithm.as_str();
            let what = format!("{algorithm} is not allowed with the crypto slot {slot:?}");
            return Err(Denied::undeclared(
                what,
                format!("[crypto.{slot}] algorithms = [{algorithm:?}]"),
            ));
        }
        credentials::secret(grants, slot, &declared.field)
    }
}
