//! How a webhook request came, kept beside its body so that it can be verified and read once more.
//!
//! The connection's secrets in it are replaced by their names before it is stored, and filled in again from the vault: a
//! replay passes the same verification as the request did. Credentials that carry a secret in another writing are not kept.

use std::collections::BTreeMap;

use caravan_hub_sandbox::WebhookRequest;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// The connection's secrets: slot, then field.
pub(crate) type Secrets = BTreeMap<String, BTreeMap<String, SecretString>>;

/// Headers whose value may hold a secret encoded.
const NEVER_KEPT: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// A shorter secret is replaced only where it is the whole value.
const PART_BYTES_MIN: usize = 6;

/// A request without its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptRequest {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl KeptRequest {
    /// What is kept of `request`.
    pub(crate) fn of(request: &WebhookRequest, secrets: &Secrets) -> Self {
        let hidden = |pairs: &[(String, String)]| {
            let kept = pairs.iter().filter(|(name, _)| {
                !NEVER_KEPT.iter().any(|never| name.eq_ignore_ascii_case(never))
            });
            kept.map(|(name, value)| (name.clone(), hide(value, secrets))).collect()
        };
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: hidden(&request.query),
            headers: hidden(&request.headers),
        }
    }

    /// The request again, with `body`.
    pub(crate) fn with(self, body: Vec<u8>, secrets: &Secrets) -> WebhookRequest {
        let shown = |pairs: Vec<(String, String)>| {
            pairs.into_iter().map(|(name, value)| (name, show(value, secrets))).collect()
        };
        WebhookRequest {
            method: self.method,
            path: self.path,
            query: shown(self.query),
            headers: shown(self.headers),
            body,
        }
    }
}

fn named(secrets: &Secrets) -> impl Iterator<Item = (String, &str)> {
    secrets.iter().flat_map(|(slot, fields)| {
        fields
            .iter()
            .map(move |(field, value)| (format!("{{{{{slot}.{field}}}}}"), value.expose_secret()))
    })
}

fn hide(value: &str, secrets: &Secrets) -> String {
    let mut hidden = value.to_owned();
    for (name, secret) in named(secrets).filter(|(_, secret)| !secret.is_empty()) {
        if value == secret {
            return name;
        }
        if secret.len() >= PART_BYTES_MIN {
            hidden = hidden.replace(secret, &name);
        }
    }
    hidden
}

fn show(value: String, secrets: &Secrets) -> String {
    named(secrets).fold(value, |shown, (name, secret)| shown.replace(&name, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(value: &str) -> Secrets {
        let fields = BTreeMap::from([("value".to_owned(), SecretString::from(value))]);
        BTreeMap::from([("hook".to_owned(), fields)])
    }

    fn request(headers: &[(&str, &str)]) -> WebhookRequest {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        WebhookRequest {
            method: "POST".into(),
            path: "/scan".into(),
            query: vec![("token".into(), "s3cret-of-hook".into())],
            headers: headers.iter().map(owned).collect(),
            body: b"body".to_vec(),
        }
    }

    #[test]
    fn no_secret_is_kept_and_the_request_comes_back_whole() {
        let secrets = secrets("s3cret-of-hook");
        let sent = request(&[
            ("x-token", "s3cret-of-hook"),
            ("x-mixed", "Token s3cret-of-hook;v=1"),
            ("x-signature", "sha256=abc"),
        ]);
        let kept = KeptRequest::of(&sent, &secrets);
        let stored = serde_json::to_string(&kept).unwrap();
        assert!(!stored.contains("s3cret"), "{stored}");
        assert!(stored.contains("sha256=abc"), "{stored}");
        assert_eq!(kept.with(b"body".to_vec(), &secrets), sent);
    }

    #[test]
    fn credentials_in_another_writing_are_left_out() {
        let sent = request(&[("Authorization", "Basic czNjcmV0"), ("x-token", "1")]);
        let kept = KeptRequest::of(&sent, &secrets("s3cret-of-hook"));
        assert_eq!(kept.headers, [("x-token".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_short_secret_is_replaced_where_it_is_the_whole_value() {
        let sent = request(&[("x-pin", "1234"), ("x-other", "12345")]);
        let kept = KeptRequest::of(&sent, &secrets("1234"));
        let values: Vec<&str> = kept.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["{{hook.value}}", "12345"]);
    }
}
