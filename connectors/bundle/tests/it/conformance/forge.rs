//! Requests as the party sends them to us, from the connector's `conformance.toml`, genuine and forged.
//!
//! A header's value may hold `{{secret <slot>}}`, or `{{hmac <slot> <sha1|sha256|sha512> <hex|base64>}}` of the body.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine as _;
use caravan_hub_sandbox::WebhookRequest;
use hmac::{Hmac, Mac as _};
use serde::Deserialize;

use super::subject::folder_of;
use super::world::secret;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Push {
    Genuine,
    /// Signs with a secret of its own.
    WrongSecret,
    /// Leaves out whatever proves who it is.
    NoSecret,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forge {
    webhook: Option<Webhook>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Forge {
    pub(crate) fn of(id: &str) -> Self {
        let text = fs::read_to_string(folder_of(id).join("conformance.toml"));
        text.map_or_else(|_| Self::default(), |text| toml::from_str(&text).unwrap())
    }

    pub(crate) fn request(&self, body: &[u8], who: Push) -> WebhookRequest {
        let empty = Webhook { method: "POST".into(), path: "/".into(), headers: BTreeMap::new() };
        let webhook = self.webhook.as_ref().unwrap_or(&empty);
        let headers = webhook.headers.iter().filter_map(|(name, value)| {
            let value = filled(value, body, who)?;
            Some((name.clone(), value))
        });
        WebhookRequest {
            method: webhook.method.clone(),
            path: webhook.path.clone(),
            query: Vec::new(),
            headers: headers.collect(),
            body: body.to_vec(),
        }
    }
}

/// The header's value; none when it proves who sends and the sender has no proof.
fn filled(template: &str, body: &[u8], who: Push) -> Option<String> {
    let Some((before, rest)) = template.split_once("{{") else { return Some(template.to_owned()) };
    let (proof, after) = rest.split_once("}}").unwrap();
    let key = |slot: &str| match who {
        Push::Genuine => Some(secret(slot, "value")),
        Push::WrongSecret => Some("Secret7-of-somebody-else".to_owned()),
        Push::NoSecret => None,
    };
    let value = match proof.split(' ').collect::<Vec<_>>().as_slice() {
        ["secret", slot] => key(slot)?,
        ["hmac", slot, algorithm, "hex"] => hex::encode(hmac(algorithm, &key(slot)?, body)),
        ["hmac", slot, algorithm, "base64"] => {
            base64::engine::general_purpose::STANDARD.encode(hmac(algorithm, &key(slot)?, body))
        }
        other => panic!("conformance.toml: {other:?} is no proof"),
    };
    Some(format!("{before}{value}{after}"))
}

fn hmac(algorithm: &str, key: &str, body: &[u8]) -> Vec<u8> {
    macro_rules! of {
        ($digest:ty) => {{
            let mut mac = Hmac::<$digest>::new_from_slice(key.as_bytes()).unwrap();
            mac.update(body);
            mac.finalize().into_bytes().to_vec()
        }};
    }
    match algorithm {
        "sha1" => of!(sha1::Sha1),
        "sha256" => of!(sha2::Sha256),
        "sha512" => of!(sha2::Sha512),
        other => panic!("conformance.toml: {other} is no algorithm"),
    }
}

#[test]
fn a_proof_is_made_of_the_secret_and_left_out_without_one() {
    let made = |template, who| filled(template, b"body", who);
    assert_eq!(made("plain", Push::NoSecret).as_deref(), Some("plain"));
    assert_eq!(
        made("Token {{secret hook}}", Push::Genuine).as_deref(),
        Some("Token Secret7-hook-value")
    );
    assert_eq!(made("{{secret hook}}", Push::NoSecret), None);
    let signed = made("sha256={{hmac hook sha256 hex}}", Push::Genuine).unwrap();
    assert_ne!(Some(&signed), made("sha256={{hmac hook sha256 hex}}", Push::WrongSecret).as_ref());
    assert_eq!(signed.len(), "sha256=".len() + 64);
}
