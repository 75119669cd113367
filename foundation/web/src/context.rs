//! Who calls, as the gateway tells it to a service in another process: signed, for one request, for half a minute.
//!
//! Form of [`HEADER`]: `v1.<claims>.<signature>`, both base64url without padding; the claims are JSON, the signature is
//! HMAC-SHA256 over `v1.<claims>`. The claims name the method and the path, so a context taken from one request opens no other.
//! The gateway strips the header from what comes in, since its name begins with `x-caravan-`.

use core::fmt;
use core::time::Duration;
use std::borrow::Cow;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use caravan_model::{TenantId, TraceId};
use caravan_tenancy::Caller;
use hmac::digest::Key;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Problem;

/// The header that carries a context.
pub const HEADER: &str = "x-caravan-context";
/// How long a context is believed: a request's way from one process to the other, with clocks that differ a little.
const VALID: Duration = Duration::from_secs(30);
const VERSION: &str = "v1";
/// Two dots, and a signature with what base64 rounds up.
const SIGNATURE_ROOM: usize = 48;

/// Why a context is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has not the form, or another key signed it.
    #[error("the context is not one of ours")]
    Forged,
    /// It is older than half a minute, or from the future.
    #[error("the context has expired")]
    Expired,
    /// It was made for another request.
    #[error("the context belongs to another request")]
    Foreign,
}

#[derive(Serialize, Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
    expires_ms: u64,
    #[serde(borrow)]
    caller: Option<CallerClaims<'a>>,
}

#[derive(Serialize, Deserialize)]
struct CallerClaims<'a> {
    tenant: String,
    #[serde(borrow)]
    principal: Cow<'a, str>,
    scopes: Cow<'a, [String]>,
    trace: String,
}

/// Signs and reads contexts; gateway and services hold the same keys.
#[derive(Clone)]
pub struct Signer {
    keys: Arc<Keys>,
}

/// Each as HMAC has it once the key is taken in, so that this is not done again for every request.
struct Keys {
    current: Hmac<Sha256>,
    /// Another one that is believed: the next or the one before, while processes are restarted one by one.
    other: Option<Hmac<Sha256>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// A signer with `key`: 32 random bytes.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { keys: Arc::new(Keys { current: hmac(&key), other: None }) }
    }

    /// The same signer, which also believes what `key` signed. It signs with its own as before.
    #[must_use]
    pub fn also_believing(self, key: [u8; 32]) -> Self {
        let current = self.keys.current.clone();
        Self { keys: Arc::new(Keys { current, other: Some(hmac(&key)) }) }
    }

    /// The context of one request. `caller` is none where anybody may call (a webhook).
    ///
    /// None when it cannot be written as a header, which base64 always can.
    #[must_use]
    pub fn sign(
        &self,
        caller: Option<&Caller>,
        method: &Method,
        path: &str,
        now: SystemTime,
    ) -> Option<HeaderValue> {
        let claims = Claims {
            method: method.as_str().into(),
            path: path.into(),
            expires_ms: millis(now.checked_add(VALID)?),
            caller: caller.map(|caller| CallerClaims {
                tenant: caller.tenant.to_string(),
                principal: caller.principal.as_str().into(),
                scopes: caller.scopes.as_slice().into(),
                trace: caller.trace.to_string(),
            }),
        };
        let claims = serde_json::to_vec(&claims).ok()?;
        let mut text = String::with_capacity(VERSION.len() + claims.len() * 4 / 3 + SIGNATURE_ROOM);
        text.push_str(VERSION);
        text.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut text);
        let signature = signature(&self.keys.current, &text).finalize().into_bytes();
        text.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        let mut header = HeaderValue::try_from(text).ok()?;
        // It opens its request to whoever has it. It is also no header that comes again: HTTP/2 need not remember it.
        header.set_sensitive(true);
        Some(header)
    }

    /// Who calls, by the context `text` of a request for `method` and `path`.
    ///
    /// # Errors
    /// [`Refused`]; it says nothing that helps a forger.
    pub fn read(
        &self,
        text: &str,
        method: &Method,
        path: &str,
        now: SystemTime,
    ) -> Result<Option<Caller>, Refused> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Refused::Forged)?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::Forged)?;
        let Keys { current, other } = &*self.keys;
        let signed_by = |key| self::signature(key, signed).verify_slice(&signature).is_ok();
        if !signed_by(current) && !other.as_ref().is_some_and(signed_by) {
            return Err(Refused::Forged);
        }
        let claims = signed.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('.'));
        let claims = claims.and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
        let claims = claims.ok_or(Refused::Forged)?;
        let claims: Claims<'_> = serde_json::from_slice(&claims).map_err(|_| Refused::Forged)?;
        let longest = now.checked_add(VALID.saturating_mul(2)).map_or(u64::MAX, millis);
        if claims.expires_ms < millis(now) || claims.expires_ms > longest {
            return Err(Refused::Expired);
        }
        if claims.method != method.as_str() || claims.path != path {
            return Err(Refused::Foreign);
        }
        claims.caller.map(caller).transpose()
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    // One block of SHA-256: filled up with zeros it is the same key (RFC 2104 §2), and a block cannot have the wrong length.
    let mut block = Key::<Hmac<Sha256>>::default();
    block.iter_mut().zip(key).for_each(|(filled, byte)| *filled = *byte);
    Hmac::new(&block)
}

fn signature(key: &Hmac<Sha256>, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(signed.as_bytes());
    mac
}

fn caller(claims: CallerClaims<'_>) -> Result<Caller, Refused> {
    Ok(Caller {
        tenant: TenantId::from_str(&claims.tenant).map_err(|_| Refused::Forged)?,
        principal: claims.principal.into_owned(),
        scopes: claims.scopes.into_owned(),
        trace: TraceId::from_str(&claims.trace).map_err(|_| Refused::Forged)?,
    })
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The outermost layer of a service that runs in a process of its own: puts the [`Caller`] into the request's extensions, and
/// lets nothing in that did not come through the gateway.
pub async fn restore(State(signer): State<Signer>, mut request: Request, next: Next) -> Response {
    let text = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
    let Some(text) = text else {
        let detail = "this is an inner address; call the gateway instead";
        return Problem::new(StatusCode::UNAUTHORIZED, "context-missing", detail).into_response();
    };
    match signer.read(text, request.method(), request.uri().path(), SystemTime::now()) {
        Ok(caller) => {
            request.headers_mut().remove(HEADER);
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            next.run(request).await
        }
        Err(refused) => {
            tracing::warn!(%refused, "A request with a bad context was refused.");
            let detail = "the gateway's signature does not hold; the operator checks that all roles share one context key and the time";
            Problem::new(StatusCode::UNAUTHORIZED, "context-refused", detail).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn caller() -> Caller {
        Caller {
            tenant: TenantId(Uuid::from_u128(7)),
            principal: "key/abcdefgh".to_owned(),
            scopes: vec!["orders:read".to_owned()],
            trace: TraceId([9; 16]),
        }
    }

    #[test]
    fn a_context_opens_its_own_request_for_a_while() {
        let (signer, now) = (Signer::new([1; 32]), SystemTime::now());
        let header = signer.sign(Some(&caller()), &Method::GET, "/v1/orders", now).unwrap();
        let text = header.to_str().unwrap();
        let read = |signer: &Signer, method, path, at| signer.read(text, method, path, at);
        assert_eq!(read(&signer, &Method::GET, "/v1/orders", now), Ok(Some(caller())));
        assert_eq!(read(&signer, &Method::POST, "/v1/orders", now), Err(Refused::Foreign));
        assert_eq!(read(&signer, &Method::GET, "/v1/users", now), Err(Refused::Foreign));
        let later = now + VALID + Duration::from_secs(1);
        assert_eq!(read(&signer, &Method::GET, "/v1/orders", later), Err(Refused::Expired));
        let other = Signer::new([2; 32]);
        assert_eq!(read(&other, &Method::GET, "/v1/orders", now), Err(Refused::Forged));
    }

    #[test]
    fn while_a_key_is_changed_both_are_believed_and_the_own_one_signs() {
        let now = SystemTime::now();
        let [old, new] = [[1; 32], [2; 32]].map(Signer::new);
        let between = |own: u8, other: u8| Signer::new([own; 32]).also_believing([other; 32]);
        let believes = |reader: &Signer, of: &Signer| {
            let header = of.sign(Some(&caller()), &Method::GET, "/v1/orders", now).unwrap();
            assert!(header.is_sensitive());
            reader.read(header.to_str().unwrap(), &Method::GET, "/v1/orders", now).is_ok()
        };
        // In the order of a change: old, old that believes new, new that believes old, new. Neighbours run side by side.
        let states = [old.clone(), between(1, 2), between(2, 1), new.clone()];
        for (one, next) in states.iter().zip(states.iter().skip(1)) {
            assert!(believes(one, next) && believes(next, one));
        }
        assert!(!believes(&old, &new) && !believes(&new, &old));
        assert!(!believes(&Signer::new([3; 32]).also_believing([4; 32]), &old));
        assert!(!believes(&states[1], &Signer::new([3; 32])));
    }

    #[test]
    fn the_form_is_what_earlier_releases_write() {
        // Made with Python's hmac and base64, from the claims as JSON in the order of their fields.
        let header = Signer::new([1; 32])
            .sign(Some(&caller()), &Method::GET, "/v1/orders", UNIX_EPOCH)
            .unwrap();
        let text = header.to_str().unwrap();
        assert_eq!(
            text,
            concat!(
                "v1.eyJtZXRob2QiOiJHRVQiLCJwYXRoIjoiL3YxL29yZGVycyIsImV4cGlyZXNfbXMiOjMwMDAwLCJjYWxsZXIiOns",
                "idGVuYW50IjoiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDA3IiwicHJpbmNpcGFsIjoia2V5L2FiY",
                "2RlZmdoIiwic2NvcGVzIjpbIm9yZGVyczpyZWFkIl0sInRyYWNlIjoiMDkwOTA5MDkwOTA5MDkwOTA5MDkwOTA5MDk",
                "wOTA5MDkifX0.k3PW8E4Bxi3aDIOLCIk9Qmtl9NMRQdLbv1sA9gef5vY",
            )
        );
    }

    #[test]
    fn what_was_changed_on_the_way_is_refused() {
        let (signer, now) = (Signer::new([1; 32]), SystemTime::now());
        let header = signer.sign(None, &Method::POST, "/hooks/x", now).unwrap();
        let text = header.to_str().unwrap();
        assert_eq!(signer.read(text, &Method::POST, "/hooks/x", now), Ok(None));
        for index in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let read = signer.read(&changed, &Method::POST, "/hooks/x", now);
            // The last digit of the signature holds bits that no byte needs.
            assert!(read == Err(Refused::Forged), "byte {index}: {read:?}");
        }
        for bad in ["", "v1", "v1..", "v2.e30.AAAA"] {
            assert_eq!(signer.read(bad, &Method::POST, "/hooks/x", now), Err(Refused::Forged));
        }
    }
}
