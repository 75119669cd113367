//! Who calls, as the gateway tells it to a service in another process: signed, for one request, for half a minute.
//!
//! Form of [`HEADER`]: `v1.<claims>.<signature>`, both base64url without padding; the claims are JSON, the signature is
//! HMAC-SHA256 over `v1.<claims>`. The claims name the method and the path, so a context taken from one request opens no other.
//! The gateway strips the header from what comes in, since its name begins with `x-caravan-`.

use core::fmt;
use core::time::Duration;
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
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Problem;

/// The header that carries a context.
pub const HEADER: &str = "x-caravan-context";
/// How long a context is believed: a request's way from one process to the other, with clocks that differ a little.
const VALID: Duration = Duration::from_secs(30);
const VERSION: &str = "v1";

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
struct Claims {
    method: String,
    path: String,
    expires_ms: u64,
    caller: Option<CallerClaims>,
}

#[derive(Serialize, Deserialize)]
struct CallerClaims {
    tenant: String,
    principal: String,
    scopes: Vec<String>,
    trace: String,
}

/// Signs and reads contexts; gateway and services hold the same key.
#[derive(Clone)]
pub struct Signer {
    key: Arc<[u8; 32]>,
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
        Self { key: Arc::new(key) }
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
            method: method.as_str().to_owned(),
            path: path.to_owned(),
            expires_ms: millis(now.checked_add(VALID)?),
            caller: caller.map(|caller| CallerClaims {
                tenant: caller.tenant.to_string(),
                principal: caller.principal.clone(),
                scopes: caller.scopes.clone(),
                trace: caller.trace.to_string(),
            }),
        };
        let claims = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?);
        let signed = format!("{VERSION}.{claims}");
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.mac(&signed)?.finalize().into_bytes());
        HeaderValue::from_str(&format!("{signed}.{signature}")).ok()
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
        let mac = self.mac(signed).ok_or(Refused::Forged)?;
        mac.verify_slice(&signature).map_err(|_| Refused::Forged)?;
        let claims = signed.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('.'));
        let claims = claims.and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
        let claims: Claims = claims
            .and_then(|claims| serde_json::from_slice(&claims).ok())
            .ok_or(Refused::Forged)?;
        let longest = now.checked_add(VALID.saturating_mul(2)).map_or(u64::MAX, millis);
        if claims.expires_ms < millis(now) || claims.expires_ms > longest {
            return Err(Refused::Expired);
        }
        if claims.method != method.as_str() || claims.path != path {
            return Err(Refused::Foreign);
        }
        claims.caller.map(caller).transpose()
    }

    fn mac(&self, signed: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).ok()?;
        mac.update(signed.as_bytes());
        Some(mac)
    }
}

fn caller(claims: CallerClaims) -> Result<Caller, Refused> {
    Ok(Caller {
        tenant: TenantId::from_str(&claims.tenant).map_err(|_| Refused::Forged)?,
        principal: claims.principal,
        scopes: claims.scopes,
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
