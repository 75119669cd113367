//! Idempotency keys: a change that is sent again (the answer was lost, the client retried) happens once and is answered as before.
//!
//! The stored answer is a row of the service's own schema, written in the transaction of the effect: either both are there or
//! neither. An attempt under way holds an advisory lock until its transaction ends, so a crash leaves nothing behind to clean up.
//! What fails before the commit is not stored; the caller may correct it and send it under the same key.
//!
//! The draft of the IETF's HTTP API working group (draft-ietf-httpapi-idempotency-key-header-07) expired in April 2026; what holds
//! is what is written here and in docs/api.md.

mod answer;
mod store;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::response::Response;
use caravan_tenancy::{Caller, TenantTx};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::{Problem, json};

pub use answer::Answer;

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 255;
/// Longest route that is kept as it is, in bytes.
const ROUTE_BYTES_MAX: usize = 512;

/// A JSON body together with the key under which it may be sent again.
///
/// ```no_run
/// # use axum::{Extension, extract::State, http::StatusCode, response::Response};
/// # use caravan_tenancy::{Caller, Database, TenantTx};
/// # use caravan_web::{Answer, Idempotent, Problem};
/// # #[derive(serde::Deserialize, serde::Serialize)] struct OrderIn { number: String }
/// # async fn insert(_: &mut TenantTx, _: &OrderIn) -> Result<(), Problem> { Ok(()) }
/// async fn place(
///     State(database): State<Database>,
///     Extension(caller): Extension<Caller>,
///     Idempotent { body, attempt }: Idempotent<OrderIn>,
/// ) -> Result<Response, Problem> {
///     let mut tx = TenantTx::begin(&database, caller.tenant).await?;
///     if let Some(answered) = attempt.replay(&mut tx).await? {
///         return Ok(answered);
///     }
///     insert(&mut tx, &body).await?;
///     let answer = Answer::new(StatusCode::CREATED, &body)?.location("/v1/orders/7").version(1);
///     let response = attempt.store(&mut tx, answer).await?;
///     tx.commit().await?;
///     Ok(response)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Idempotent<T> {
    /// The body.
    pub body: T,
    /// The key, if the caller sent one.
    pub attempt: Attempt,
}

/// One try at a change, with the caller's key if there is one. As an extractor of its own it takes any body, for example a file.
#[derive(Debug, Clone)]
pub struct Attempt {
    key: Option<String>,
    principal: String,
    route: String,
    digest: [u8; 32],
    body: Bytes,
}

impl Attempt {
    /// The same, where a key must be sent: for imports and everything that costs money when it happens twice.
    ///
    /// # Errors
    /// 400 `idempotency-key-missing`.
    pub fn required(self) -> Result<Self, Problem> {
        if self.key.is_none() {
            let detail = "Send an `idempotency-key` of your own making, a UUID for example, and the same one when you repeat this request.";
            return Err(Problem::bad_request("idempotency-key-missing", detail));
        }
        Ok(self)
    }

    /// The body as it was sent.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The answer that this key got before, with `idempotency-replayed: true`; none when the change is still to be made, or no key
    /// was sent. Call it first in the transaction of the effect: until that ends, another try under this key is refused.
    ///
    /// # Errors
    /// 409 `idempotency-key-in-use` while another try is under way, 422 `idempotency-key-reused` for another body.
    pub async fn replay(&self, tx: &mut TenantTx) -> Result<Option<Response>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        if !store::lock(tx, self, key).await? {
            let detail = "A request with this idempotency key is under way; its answer is there in a moment under the same key.";
            return Err(Problem::conflict("idempotency-key-in-use", detail)
                .retry_after(core::time::Duration::from_secs(1)));
        }
        let Some(stored) = store::find(tx, self, key).await? else { return Ok(None) };
        if stored.digest != self.digest {
            let detail =
                "This idempotency key was used with another body; a new request needs a new key.";
            return Err(Problem::unprocessable("idempotency-key-reused", detail));
        }
        Ok(Some(stored.answer.replayed()))
    }

    /// Keeps `answer` for 72 hours, if a key was sent, and makes the response of it. The caller commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn store(&self, tx: &mut TenantTx, answer: Answer) -> Result<Response, Problem> {
        if let Some(key) = &self.key {
            store::insert(tx, self, key, &answer).await?;
        }
        Ok(answer.response())
    }
}

impl<S: Send + Sync> FromRequest<S> for Attempt {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let key = key(request.headers())?;
        let principal = request
            .extensions()
            .get::<Caller>()
            .map(|caller| caller.principal.clone())
            .unwrap_or_default();
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let route = format!("{} {path}", request.method());
        let route = if route.len() > ROUTE_BYTES_MAX {
            format!("sha256:{}", hex(&Sha256::digest(route.as_bytes())))
        } else {
            route
        };
        let body = json::read(request).await?;
        Ok(Self { key, principal, route, digest: Sha256::digest(&body).into(), body })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Idempotent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let attempt = Attempt::from_request(request, state).await?;
        let body = json::parse(&headers, &attempt.body)?;
        Ok(Self { body, attempt })
    }
}

/// The key: printable ASCII, with or without the quotes of a structured field.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > KEY_BYTES_MAX || !printable {
        let detail = format!(
            "An idempotency key is 1 to {KEY_BYTES_MAX} printable characters without spaces; a UUID will do."
        );
        return Err(Problem::bad_request("idempotency-key-invalid", detail));
    }
    Ok(Some(text.to_owned()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(text: &'static str) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", HeaderValue::from_static(text));
        key(&headers)
    }

    #[test]
    fn a_key_is_printable_and_short() {
        assert_eq!(key(&HeaderMap::new()).unwrap(), None);
        assert_eq!(read("8e03978e-40d5").unwrap().as_deref(), Some("8e03978e-40d5"));
        assert_eq!(read("\"8e03978e\"").unwrap().as_deref(), Some("8e03978e"));
        let long: &'static str = "k".repeat(KEY_BYTES_MAX + 1).leak();
        for bad in ["", "\"\"", "a b", long] {
            assert_eq!(read(bad).unwrap_err().code(), "idempotency-key-invalid", "{bad}");
        }
    }
}
