//! The rules of `connector.toml` that a JSON Schema cannot say: names that must meet.

use crate::manifest::{Auth, AuthKind, CryptoUse, Manifest};
use crate::schema;
use crate::violation::Violation;
use crate::words;

/// Gives each slot without `fields` the ones of its kind.
pub(crate) fn fill_default_fields(manifest: &mut Manifest) {
    for auth in manifest.auth.values_mut() {
        if auth.fields.is_empty() {
            auth.fields =
                default_fields(&auth.kind).iter().map(|&field| field.to_owned()).collect();
        }
    }
}

const fn default_fields(kind: &AuthKind) -> &'static [&'static str] {
    match kind {
        AuthKind::Header { .. } | AuthKind::Bearer => &["value"],
        AuthKind::Basic => &["username", "password"],
        AuthKind::OAuth2ClientCredentials { .. } => &["client_id", "client_secret"],
        AuthKind::Placeholder => &[],
    }
}

pub(crate) fn violations(manifest: &Manifest) -> Vec<Violation> {
    let mut found = Vec::new();
    endpoints(manifest, &mut found);
    for (slot, auth) in &manifest.auth {
        auth_slot(manifest, slot, auth, &mut found);
    }
    crypto(manifest, &mut found);
    operations(manifest, &mut found);
    if let Some(schema) = &manifest.settings
        && let Err(reason) = schema::check_schema(schema)
    {
        found.push(Violation::new("settings", format!("is not a JSON Schema: {reason}")));
    }
    said(manifest, &mut found);
    found.sort();
    found
}

/// What is said in another language is a text of the form.
fn said(manifest: &Manifest, found: &mut Vec<Violation>) {
    if manifest.words.is_empty() {
        return;
    }
    let texts = words::texts(&manifest.connection_schema());
    for (language, words) in &manifest.words {
        for text in words.keys().filter(|text| !texts.contains(*text)) {
            let message = format!("says {text:?}, which the form of a connection does not say");
            found.push(Violation::new(format!("words.{language}"), message));
        }
    }
}

fn endpoints(manifest: &Manifest, found: &mut Vec<Violation>) {
    for (name, endpoint) in &manifest.endpoints {
        for slot in &endpoint.auth {
            if !manifest.auth.contains_key(slot) {
                let message = format!("names the slot \"{slot}\", which has no [auth.{slot}]");
                found.push(Violation::new(format!("endpoints.{name}.auth"), message));
            }
        }
        for (index, path) in endpoint.paths.iter().enumerate() {
            if path.split('/').any(|segment| matches!(segment, "." | "..")) {
                let at = format!("endpoints.{name}.paths.{index}");
                found.push(Violation::new(at, "has a dot segment, which no request can match"));
            }
        }
    }
}

fn auth_slot(manifest: &Manifest, slot: &str, auth: &Auth, found: &mut Vec<Violation>) {
    let at = format!("auth.{slot}");
    if manifest.crypto.contains_key(slot) {
        found.push(Violation::new(
            at.clone(),
            format!("and crypto.{slot} share a name: secrets are kept by slot"),
        ));
    }
    if let AuthKind::OAuth2ClientCredentials { token_endpoint, token_path, .. } = &auth.kind {
        match manifest.endpoints.get(token_endpoint) {
            None => {
                let message = format!(
                    "names the endpoint \"{token_endpoint}\", which has no [endpoints.{token_endpoint}]"
                );
                found.push(Violation::new(format!("{at}.token_endpoint"), message));
            }
            Some(endpoint) => {
                let reached = endpoint.allows_path(token_path)
                    && endpoint.methods.iter().any(|m| m == "POST");
                if !reached {
                    let message =
                        format!("POST {token_path} is not allowed by [endpoints.{token_endpoint}]");
                    found.push(Violation::new(format!("{at}.token_path"), message));
                }
            }
        }
    }
    for field in auth.help.keys().filter(|field| !auth.fields.contains(field)) {
        let message = format!("helps with the field \"{field}\", which the slot does not have");
        found.push(Violation::new(format!("{at}.help"), message));
    }
    let used =
        manifest.endpoints.values().any(|endpoint| endpoint.auth.iter().any(|name| name == slot));
    if !used {
        found.push(Violation::new(
            at,
            "is used by no endpoint: add it to an endpoint's auth list or remove it",
        ));
    }
}

fn crypto(manifest: &Manifest, found: &mut Vec<Violation>) {
    for (slot, crypto) in &manifest.crypto {
        let signs = crypto.uses.iter().any(|one| !matches!(one, CryptoUse::SecretEquals));
        if signs && crypto.algorithms.is_empty() {
            found.push(Violation::new(
                format!("crypto.{slot}.algorithms"),
                "is needed to sign or verify",
            ));
        }
    }
}

fn operations(manifest: &Manifest, found: &mut Vec<Violation>) {
    let operations = &manifest.operations;
    let any = operations.tracking
        || operations.files
        || operations.webhooks
        || operations.documents
        || operations.orders
        || operations.invoices
        || operations.tenders
        || operations.settlements;
    if !any {
        found.push(Violation::new("operations", "has none set to true"));
    }
    if operations.files && manifest.messages.is_empty() {
        found.push(Violation::new(
            "messages",
            "is needed by operations.files: name the kinds it reads",
        ));
    }
}
