//! What a provider says of itself: OpenID Connect Discovery 1.0, section 3, as far as we go by it.

use serde::Deserialize;
use url::Url;

use super::refusal::{Refusal, shortened};

const WHAT: &str = "description";

/// A provider's description, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) keys: Url,
    /// How we show who we are at the token endpoint.
    pub(crate) shows: Shows,
    /// Whether it puts `iss` into every answer to the browser (RFC 9207 §3).
    pub(crate) says_issuer: bool,
}

/// Where the client's secret goes (§9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// `client_secret_basic`: the standard's default.
    Header,
    /// `client_secret_post`.
    Form,
}

#[derive(Deserialize)]
struct Wire {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the description of an issuer is (Discovery §4).
pub(crate) fn place(issuer: &str) -> Result<Url, Refusal> {
    let text = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    Url::parse(&text).map_err(|error| Refusal::Denied { why: error.to_string() })
}

impl Metadata {
    /// Reads the description that was found at `issuer`.
    pub(crate) fn parse(bytes: &[u8], issuer: &str) -> Result<Self, Refusal> {
        let refused = |why: String| Refusal::Answer { what: WHAT, why };
        let wire: Wire = serde_json::from_slice(bytes)
            .map_err(|error| refused(shortened(&error.to_string())))?;
        // Discovery §4.3: exactly the one that was asked for, else one provider could speak for another.
        if wire.issuer != issuer {
            return Err(refused(format!("it is of the issuer {:?}", shortened(&wire.issuer))));
        }
        let url = |text: &str| {
            Url::parse(text).map_err(|_| refused(format!("{:?} is no URL", shortened(text))))
        };
        // Silence is no refusal: some providers have PKCE and do not say so. One that says what it has, and not S256, has no use
        // for what protects the code.
        let methods = wire.code_challenge_methods_supported;
        if methods.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(refused("it has no PKCE with S256".to_owned()));
        }
        let ways = wire.token_endpoint_auth_methods_supported;
        let has = |way: &str| ways.as_ref().is_some_and(|ways| ways.iter().any(|each| each == way));
        let shows = if ways.is_none() || has("client_secret_basic") {
            Shows::Header
        } else if has("client_secret_post") {
            Shows::Form
        } else {
            return Err(refused("it takes no client secret".to_owned()));
        };
        Ok(Self {
            authorization: url(&wire.authorization_endpoint)?,
            token: url(&wire.token_endpoint)?,
            keys: url(&wire.jwks_uri)?,
            issuer: wire.issuer,
            shows,
            says_issuer: wire.authorization_response_iss_parameter_supported,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example/realms/a";

    fn parse(change: impl FnOnce(&mut Value)) -> Result<Metadata, Refusal> {
        let mut wire = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys",
        });
        change(&mut wire);
        Metadata::parse(wire.to_string().as_bytes(), ISSUER)
    }

    #[test]
    fn the_standards_defaults_hold() {
        let metadata = parse(|_| {}).unwrap();
        assert_eq!((metadata.shows, metadata.says_issuer), (Shows::Header, false));
        let only_form = json!(["private_key_jwt", "client_secret_post"]);
        let metadata = parse(|wire| wire["token_endpoint_auth_methods_supported"] = only_form);
        assert_eq!(metadata.unwrap().shows, Shows::Form);
        assert_eq!(
            place("https://id.example/a/").unwrap().as_str(),
            "https://id.example/a/.well-known/openid-configuration"
        );
    }

    #[test]
    fn another_issuer_and_what_cannot_be_used_are_refused() {
        for (name, value) in [
            ("issuer", json!("https://id.example/realms/b")),
            ("issuer", json!("https://id.example/realms/a/")),
            ("token_endpoint", json!("not a URL")),
            ("jwks_uri", Value::Null),
            ("code_challenge_methods_supported", json!(["plain"])),
            ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
        ] {
            assert!(parse(|wire| wire[name] = value.clone()).is_err(), "{name} {value}");
        }
        assert!(Metadata::parse(b"<html>", ISSUER).is_err());
    }
}
