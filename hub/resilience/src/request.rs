//! A call out, as the one who was granted it describes it.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use tokio::time::Instant;
use url::Url;

use crate::error::EgressError;
use crate::recipe::{AuthRecipe, Placeholder};

/// Where a call goes: a granted endpoint of a connection.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its name in the manifest.
    pub name: Arc<str>,
    /// Its base URL, as the operator granted it.
    pub base: Url,
    /// Plain http is allowed: demos and test networks.
    pub allow_http: bool,
    /// The party's published rate.
    pub requests_per_s: Option<u32>,
    /// Largest reply body in bytes; none: the stack's default, which is also the ceiling.
    pub reply_bytes_max: Option<u64>,
}

/// A call out.
#[derive(Debug, Clone)]
pub struct EgressRequest {
    /// The connection that calls: breaker, bulkhead, rate limit and tokens belong to it.
    pub connection: Arc<str>,
    /// Where to.
    pub endpoint: Endpoint,
    /// Method.
    pub method: Method,
    /// Path below the base, starting with `/`, percent-encoded.
    pub path: String,
    /// Query pairs, not encoded.
    pub query: Vec<(String, String)>,
    /// Headers as the guest set them; what a guest may not set is dropped.
    pub headers: Vec<(String, String)>,
    /// Body; may hold `{{slot.field}}`.
    pub body: Bytes,
    /// How to authenticate.
    pub auth: Option<AuthRecipe>,
    /// What may be filled into the body at this endpoint.
    pub placeholders: Vec<Placeholder>,
    /// When nobody waits for the answer any more.
    pub deadline: Instant,
    /// Whether doing it twice does no harm, or the party honours a key that is in it.
    pub idempotent: bool,
}

impl EgressRequest {
    /// The URL: base, then path, then query; nothing of it may move the call elsewhere.
    ///
    /// # Errors
    /// When the path is no plain path below the base.
    pub(crate) fn url(&self) -> Result<Url, EgressError> {
        let refuse = |what: &str| EgressError::Request { what: what.to_owned() };
        if !self.path.starts_with('/') || self.path.contains(['?', '#', '\\']) {
            return Err(refuse("the path must start with / and hold no ?, # or backslash"));
        }
        let path = format!("{}{}", self.endpoint.base.path().trim_end_matches('/'), self.path);
        let mut url = self.endpoint.base.clone();
        url.set_path(&path);
        if url.path() != path {
            return Err(refuse(
                "the path changes when it is normalised; percent-encode it and leave out dot segments",
            ));
        }
        url.set_fragment(None);
        if self.query.is_empty() {
            url.set_query(None);
        } else {
            url.query_pairs_mut().clear().extend_pairs(&self.query);
        }
        Ok(url)
    }
}
