//! Tokens as the standard has them, and one thing wrong in each.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::*;
use crate::oidc::keys::Keys;

const NOW: i64 = 1_790_000_000;
const EXPECTED: Expected<'static> = Expected {
    issuer: "https://id.example",
    client: "caravan",
    nonce: "n-0S6_WzA2Mj",
    access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
    now_s: NOW,
};

fn good() -> Value {
    json!({
        "iss": "https://id.example", "sub": "24400320", "aud": "caravan", "nonce": "n-0S6_WzA2Mj",
        "exp": NOW + 300, "iat": NOW - 1, "email": "asha@demo.example",
    })
}

fn checked(change: impl FnOnce(&mut Value)) -> Result<(), Flaw> {
    let mut claims = good();
    change(&mut claims);
    let claims: Claims = serde_json::from_value(claims).map_err(|_| Flaw::Claims)?;
    check(&claims, Algorithm::RS256, &EXPECTED)
}

#[test]
fn a_token_of_this_login_is_taken() {
    assert_eq!(checked(|_| {}), Ok(()));
    for (name, value) in [
        ("aud", json!(["caravan"])),
        ("azp", json!("caravan")),
        ("exp", json!(NOW - 59)),
        ("exp", json!(f64::from(i32::MAX) + 0.5)),
        ("iat", json!(NOW + 60)),
        ("nbf", json!(NOW + 60)),
        // The example of §A.3, whose access token is the expected one.
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
    ] {
        assert_eq!(checked(|claims| claims[name] = value.clone()), Ok(()), "{name} {value}");
    }
    let two = json!(["caravan", "other"]);
    let ours = checked(|claims| {
        claims["aud"] = two;
        claims["azp"] = json!("caravan");
    });
    assert_eq!(ours, Ok(()));
}

#[test]
fn each_rule_refuses_by_itself() {
    for (name, value, flaw) in [
        ("iss", json!("https://id.example/"), Flaw::Issuer),
        ("iss", json!("https://evil.example"), Flaw::Issuer),
        ("aud", json!("other"), Flaw::Audience),
        ("aud", json!([]), Flaw::Audience),
        ("aud", json!(["caravan", "other"]), Flaw::AuthorizedParty),
        ("azp", json!("other"), Flaw::AuthorizedParty),
        ("exp", json!(NOW - 60), Flaw::Expired),
        ("exp", json!("soon"), Flaw::Claims),
        ("exp", Value::Null, Flaw::Claims),
        ("iat", json!(NOW + 61), Flaw::IssuedAt),
        ("iat", json!(NOW - 661), Flaw::IssuedAt),
        ("iat", json!(i64::MIN), Flaw::IssuedAt),
        ("nbf", json!(NOW + 61), Flaw::NotBefore),
        ("nonce", json!("another"), Flaw::Nonce),
        ("nonce", Value::Null, Flaw::Nonce),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RR"), Flaw::AccessToken),
        ("sub", json!(""), Flaw::Subject),
        ("sub", json!("x".repeat(256)), Flaw::Subject),
        ("sub", Value::Null, Flaw::Claims),
    ] {
        assert_eq!(checked(|claims| claims[name] = value.clone()), Err(flaw), "{name} {value}");
    }
}

/// A signer and the set that its key is in.
fn signer() -> (EcdsaKeyPair, Keys) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let part = |range: core::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
    let jwk =
        json!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": part(1..33), "y": part(33..65) });
    let keys = Keys::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    (pair, keys)
}

fn token(pair: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
    let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_signature_is_for_these_bytes_and_this_key() {
    let (pair, keys) = signer();
    let head = json!({ "alg": "ES256", "kid": "k1", "typ": "JWT" });
    let whole = token(&pair, &head, &good());
    let read = header(&whole).unwrap();
    let key = keys.find(read.key.as_deref(), read.algorithm).unwrap();
    assert_eq!(signed(&whole, &read, key).unwrap().sub, "24400320");
    assert_eq!(signed(&whole, &read, key).unwrap().rest["email"], "asha@demo.example");

    let mut other = good();
    other["sub"] = json!("somebody else");
    let parts: Vec<&str> = whole.split('.').collect();
    let swapped =
        format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(other.to_string()), parts[2]);
    let (stranger, _) = signer();
    for bad in [
        swapped,
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.AAAA", parts[0], parts[1]),
        token(&stranger, &head, &good()),
    ] {
        assert_eq!(signed(&bad, &read, key).unwrap_err(), Flaw::Signature, "{bad}");
    }
}

#[test]
fn a_header_cannot_talk_us_into_another_check() {
    let (pair, _) = signer();
    let of = |head: &Value| header(&token(&pair, head, &good()));
    for alg in ["none", "HS256", "HS512", "nOnE", ""] {
        assert_eq!(of(&json!({ "alg": alg })), Err(Flaw::Algorithm), "{alg}");
    }
    assert_eq!(of(&json!({ "alg": "ES256", "crit": ["b64"], "b64": false })), Err(Flaw::Critical));
    assert_eq!(of(&json!({ "kid": "k1" })), Err(Flaw::Form));
    let long = format!("{}.a.b", "a".repeat(TOKEN_BYTES_MAX));
    for bad in ["", "a", "a.b", "a.b.c.d", "a.b.c", &long] {
        assert_eq!(header(bad), Err(Flaw::Form), "{:.20}", bad);
    }
    // A key that a header brings along is not looked at: only those of the provider's own set are.
    let own = of(&json!({ "alg": "ES256", "kid": "k9", "jwk": {}, "jku": "https://evil.example" }));
    assert_eq!(own.unwrap().key.as_deref(), Some("k9"));
}
