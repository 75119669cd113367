//! What a connector may ask of its host: the trait that the capability broker implements, and its values.

use std::io;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Observed;

/// A connector's way out. Every method is a question that may be refused; the refusal's text names the manifest line that would
/// allow it.
///
/// Futures are polled first on a guest thread with the caller's runtime entered, and moved to that runtime when not ready at once;
/// so a ready answer costs no thread change, and sockets and timers always belong to the I/O runtime.
#[async_trait]
pub trait Services: Send + Sync + 'static {
    /// Calls an endpoint by name. The sandbox has already counted the request against the call's budget.
    async fn http(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;
    /// The value kept under `key`, if any.
    async fn state_get(&self, key: String) -> Result<Option<StateItem>, StateError>;
    /// Keeps `value`; `if_version` 0 means only when absent, `None` always. Answers the new version.
    async fn state_put(
        &self,
        key: String,
        value: Vec<u8>,
        if_version: Option<u64>,
    ) -> Result<u64, StateError>;
    /// Forgets `key`; an absent key is no error.
    async fn state_delete(&self, key: String) -> Result<(), StateError>;
    /// Whether `signature` is the HMAC of `data` under the secret in `slot`.
    async fn hmac_verify(
        &self,
        slot: String,
        algorithm: Algorithm,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<bool, CryptoError>;
    /// The HMAC of `data` under the secret in `slot`.
    async fn hmac_sign(
        &self,
        slot: String,
        algorithm: Algorithm,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError>;
    /// Whether `presented` is the secret in `slot`, compared in constant time.
    async fn secret_equals(&self, slot: String, presented: Vec<u8>) -> Result<bool, CryptoError>;
    /// What the host saw of this call's requests so far: no failure that the connector names is laxer than that.
    /// By default nothing, for services that reach nobody.
    fn observed(&self) -> Observed {
        Observed::default()
    }
    /// A line that the connector wrote; the sandbox has already capped its number and length. By default it goes to `tracing`.
    fn log(&self, line: LogLine) {
        crate::telemetry::connector_said(&line);
    }
}

/// A document that stays on the host; a connector reads windows of it.
#[async_trait]
pub trait Blob: Send + Sync + 'static {
    /// Length in bytes.
    fn size(&self) -> u64;
    /// At most `len` bytes from `offset`; fewer only at the end.
    async fn read(&self, offset: u64, len: u32) -> io::Result<Bytes>;
}

/// HTTP methods that the contract knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// The method's name on the wire, upper case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request as the connector wrote it: names instead of URLs and secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// A name from the manifest's `[endpoints]`.
    pub endpoint: String,
    /// Path below the endpoint's base, starting with `/`, percent-encoded.
    pub path: String,
    /// Query pairs, not encoded.
    pub query: Vec<(String, String)>,
    /// Header pairs.
    pub headers: Vec<(String, String)>,
    /// Body; may hold `{{slot.field}}` placeholders.
    pub body: Vec<u8>,
    /// A name from the manifest's `[auth]`.
    pub auth: Option<String>,
    /// Milliseconds that the connector is willing to wait.
    pub timeout_ms: Option<u32>,
    /// Set when repeating does no harm, or when the party honours this key.
    pub idempotency_key: Option<String>,
}

/// A reply as the connector sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Header pairs, lower-case names.
    pub headers: Vec<(String, String)>,
    /// Body, capped by the host.
    pub body: Vec<u8>,
    /// Index for `Span::document`.
    pub document: u32,
    /// How many attempts the host made.
    pub attempts: u8,
}

/// Why a call out did not happen or gave no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// Not declared or not granted; the text names the manifest line that would allow it.
    Denied(String),
    /// No reply in time.
    Timeout,
    /// The breaker is open; milliseconds until it may close.
    Unavailable(u64),
    /// Over the rate; milliseconds to wait, when known.
    RateLimited(Option<u64>),
    /// The connection failed.
    Transport(String),
    /// The reply is larger than this many bytes.
    TooLarge(u64),
    /// The call's budget of requests is spent.
    Budget,
    /// (code, message): anything else.
    Other(String, String),
}

/// A kept value and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateItem {
    /// The bytes as put.
    pub value: Vec<u8>,
    /// Version, 1 for the first put.
    pub version: u64,
}

/// Why a value was not read or kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateError {
    /// Another version is there.
    Conflict(u64),
    /// Not granted.
    Denied(String),
    /// Over the size or the quota.
    TooLarge,
    /// (code, message): anything else.
    Other(String, String),
}

/// Digest algorithms of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-1; for parties that still sign with it.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// MD5; for parties that still sign with it.
    Md5,
}

/// Why a signature was not made or checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CryptoError {
    /// The slot is not declared or not granted.
    Denied(String),
    /// (code, message): anything else.
    Other(String, String),
}

/// How loud a connector's line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// For the connector's author.
    Debug,
    /// Worth reading.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

/// One line that a connector wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Which connection it was called for.
    pub connection: String,
    /// The call's trace id.
    pub trace_id: String,
    /// Level.
    pub level: LogLevel,
    /// Message, capped.
    pub message: String,
    /// Fields, capped together with the message.
    pub fields: Vec<(String, String)>,
}
