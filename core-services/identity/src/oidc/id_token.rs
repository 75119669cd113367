//! Every check of an ID token (§3.1.3.7), in the order of the standard, over what was parsed: no clock, no network.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::keys::{self, Key};

/// Longest token, in bytes; those of people in many groups have some ten thousand.
const TOKEN_BYTES_MAX: usize = 64 << 10;
/// How far clocks may be apart, seconds.
const LEEWAY_S: i64 = 60;
/// How long ago a token may have been issued, seconds: it comes straight from the provider.
const AGE_MAX_S: i64 = 600;

/// What is wrong with a token. Names the rule, and nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("it is no signed JWT")]
    Form,
    #[error("its algorithm is not one that we take")]
    Algorithm,
    #[error("it has critical extensions, which we do not know")]
    Critical,
    #[error("its key is unknown")]
    KeyUnknown,
    #[error("its signature is wrong")]
    Signature,
    #[error("its claims cannot be read")]
    Claims,
    #[error("another issuer made it")]
    Issuer,
    #[error("it is for another client")]
    Audience,
    #[error("it was made for another client's use")]
    AuthorizedParty,
    #[error("it has expired")]
    Expired,
    #[error("it was issued in the future, or long ago")]
    IssuedAt,
    #[error("it is not valid yet")]
    NotBefore,
    #[error("it is of another login")]
    Nonce,
    #[error("it is of another access token")]
    AccessToken,
    #[error("it names no subject")]
    Subject,
}

/// What the header says, once it is known that we can go by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) key: Option<String>,
    pub(crate) algorithm: Algorithm,
}

#[derive(Deserialize)]
struct HeaderWire {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// What a token claims (§2, §5.1), the rest kept for what a tenant asks of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    pub(crate) sub: String,
    aud: Audience,
    exp: Seconds,
    iat: Seconds,
    nbf: Option<Seconds>,
    nonce: Option<String>,
    azp: Option<String>,
    at_hash: Option<String>,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

/// One client or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A NumericDate may have a fraction (RFC 7519 §2).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Seconds {
    Whole(i64),
    Fraction(f64),
}

impl Seconds {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, and far ends are refused as well"
    )]
    fn whole(self) -> i64 {
        match self {
            Self::Whole(seconds) => seconds,
            Self::Fraction(seconds) => seconds.floor() as i64,
        }
    }
}

/// What the token of one login must say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) access_token: Option<&'a str>,
    pub(crate) now_s: i64,
}

/// Reads the header: which key and algorithm, if they are such that we can go by them.
pub(crate) fn header(token: &str) -> Result<Header, Flaw> {
    let [header, _, _] = parts(token)?;
    let wire: HeaderWire = read(header).ok_or(Flaw::Form)?;
    let algorithm = keys::named(&wire.alg).ok_or(Flaw::Algorithm)?;
    // RFC 7515 §4.1.11: who does not know an extension that is critical refuses the whole.
    if wire.crit.is_some() {
        return Err(Flaw::Critical);
    }
    Ok(Header { key: wire.kid, algorithm })
}

/// The claims, once the signature is seen to be that of `key`.
pub(crate) fn signed(token: &str, header: &Header, key: &Key) -> Result<Claims, Flaw> {
    let [head, claims, signature] = parts(token)?;
    let message = format!("{head}.{claims}");
    let verified = crypto::verify(signature, message.as_bytes(), &key.decoding, header.algorithm);
    if !verified.unwrap_or(false) {
        return Err(Flaw::Signature);
    }
    read(claims).ok_or(Flaw::Claims)
}

/// Holds the claims against what the login expects.
pub(crate) fn check(
    claims: &Claims,
    algorithm: Algorithm,
    expected: &Expected<'_>,
) -> Result<(), Flaw> {
    let ensure = |holds: bool, flaw: Flaw| if holds { Ok(()) } else { Err(flaw) };
    // Rule 2.
    ensure(claims.iss == expected.issuer, Flaw::Issuer)?;
    // Rule 3.
    let (named, alone) = match &claims.aud {
        Audience::One(client) => (client == expected.client, true),
        Audience::Many(clients) => {
            (clients.iter().any(|client| client == expected.client), clients.len() == 1)
        }
    };
    ensure(named, Flaw::Audience)?;
    // Rules 4 and 5: of several audiences the one that it was issued to must be named, and be us.
    match claims.azp.as_deref() {
        Some(party) => ensure(party == expected.client, Flaw::AuthorizedParty)?,
        None => ensure(alone, Flaw::AuthorizedParty)?,
    }
    // Rules 9 and 10.
    let now = expected.now_s;
    ensure(now < claims.exp.whole().saturating_add(LEEWAY_S), Flaw::Expired)?;
    let issued = claims.iat.whole();
    let ago = now.saturating_sub(issued);
    ensure((-LEEWAY_S..=AGE_MAX_S.saturating_add(LEEWAY_S)).contains(&ago), Flaw::IssuedAt)?;
    let begins = claims.nbf.map_or(i64::MIN, Seconds::whole);
    ensure(begins.saturating_sub(LEEWAY_S) <= now, Flaw::NotBefore)?;
    // Rule 11. Its value is a hash under a key of ours: that how long this takes tells where they differ helps nobody.
    ensure(claims.nonce.as_deref() == Some(expected.nonce), Flaw::Nonce)?;
    // §3.1.3.8: may be left out when the token comes from the token endpoint.
    if let (Some(hash), Some(token)) = (&claims.at_hash, expected.access_token) {
        ensure(*hash == half_hash(algorithm, token), Flaw::AccessToken)?;
    }
    // §2: at most 255 ASCII characters.
    let fits = (1..=255).contains(&claims.sub.len()) && claims.sub.is_ascii();
    ensure(fits, Flaw::Subject)
}

/// The left half of the hash that belongs to the algorithm (§3.1.3.6).
fn half_hash(algorithm: Algorithm, token: &str) -> String {
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => Sha256::digest(token).to_vec(),
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => Sha384::digest(token).to_vec(),
        _ => Sha512::digest(token).to_vec(),
    };
    URL_SAFE_NO_PAD.encode(hash.get(..hash.len() / 2).unwrap_or_default())
}

fn parts(token: &str) -> Result<[&str; 3], Flaw> {
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(signature), None) if token.len() <= TOKEN_BYTES_MAX => {
            Ok([header, claims, signature])
        }
        _ => Err(Flaw::Form),
    }
}

fn read<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests;
