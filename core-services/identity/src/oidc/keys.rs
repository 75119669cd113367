//! What a provider signs with: a JSON Web Key Set (RFC 7517), as far as we take its keys.

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::refusal::{Refusal, shortened};

/// Most keys of a set that are looked at; providers have two or three.
const KEYS_MAX: usize = 64;

/// The algorithms that we take: asymmetric ones. `none` is no signature, and with HS* the client's secret, or for a careless reader
/// the public key, would be the signing key (RFC 8725 §2.1, §3.1).
pub(crate) const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// A provider's keys for signatures.
#[derive(Debug, Default)]
pub(crate) struct Keys(Vec<Key>);

/// One key.
#[derive(Clone)]
pub(crate) struct Key {
    id: Option<String>,
    /// The only algorithm that it is for, if it says so.
    algorithm: Option<String>,
    family: AlgorithmFamily,
    pub(crate) decoding: DecodingKey,
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Wire {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a set. A key that we cannot use (of another kind, for encryption) is passed over (RFC 7517 §5).
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| Refusal::Answer {
            what: "key set",
            why: shortened(&error.to_string()),
        })?;
        Ok(Self(wire.keys.into_iter().take(KEYS_MAX).filter_map(key).collect()))
    }

    /// The key that a token names. One that names none is clear only if there is a single key for its algorithm (§10.1).
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let fits = |key: &&Key| {
            let own = key.algorithm.as_deref();
            key.family == algorithm.family() && own.is_none_or(|own| named(own) == Some(algorithm))
        };
        match id {
            Some(id) => self.0.iter().filter(fits).find(|key| key.id.as_deref() == Some(id)),
            None => {
                let mut fitting = self.0.iter().filter(fits);
                fitting.next().filter(|_| fitting.next().is_none())
            }
        }
    }
}

/// The algorithm of that name, if we take it.
pub(crate) fn named(name: &str) -> Option<Algorithm> {
    ALGORITHMS.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm)
}

fn key(value: Value) -> Option<Key> {
    // Read apart from the rest: the library knows more algorithms than we take, and fewer than there are.
    let algorithm = value.get("alg").and_then(Value::as_str).map(str::to_owned);
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let family = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
        AlgorithmParameters::OctetKeyPair(_) => AlgorithmFamily::Ed,
        _ => return None,
    };
    let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    signs.then_some(Key { id: jwk.common.key_id, algorithm, family, decoding })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ec(change: impl FnOnce(&mut Value)) -> Value {
        // RFC 7517, appendix A.1.
        let mut key = json!({ "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" });
        change(&mut key);
        key
    }

    fn set(keys: &[Value]) -> Keys {
        Keys::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_key_is_found_by_its_name_and_kind() {
        let keys = set(&[ec(|_| {}), ec(|key| key["kid"] = json!("2"))]);
        assert!(keys.find(Some("2"), Algorithm::ES256).is_some());
        assert!(keys.find(Some("3"), Algorithm::ES256).is_none());
        assert!(keys.find(Some("2"), Algorithm::RS256).is_none(), "another kind");
        assert!(keys.find(None, Algorithm::ES256).is_none(), "which of the two?");
        assert!(set(&[ec(|_| {})]).find(None, Algorithm::ES256).is_some());
    }

    #[test]
    fn keys_for_other_uses_are_passed_over() {
        let secret = json!({ "kty": "oct", "kid": "1", "k": "c2VjcmV0" });
        let strange = json!({ "kty": "AKP", "kid": "1" });
        for other in [
            ec(|key| key["use"] = json!("enc")),
            ec(|key| key["alg"] = json!("ES384")),
            ec(|key| key["alg"] = json!("ECDH-ES")),
            secret,
            strange,
            json!(1),
        ] {
            let keys = set(std::slice::from_ref(&other));
            assert!(keys.find(Some("1"), Algorithm::ES256).is_none(), "{other}");
        }
        assert!(Keys::parse(b"{}").is_err() && Keys::parse(b"").is_err());
    }

    #[test]
    fn no_algorithm_without_a_key_of_the_providers_own_is_taken() {
        for name in ["none", "None", "HS256", "HS384", "HS512", "", "rs256", "ES512"] {
            assert_eq!(named(name), None, "{name}");
        }
    }
}
