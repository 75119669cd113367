//! The host's services as one trait, so that a connector's logic runs natively in tests.

use crate::http::{HttpError, HttpRequest, HttpResponse};

/// Severity of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For the connector's author.
    Debug,
    /// Normal and worth a line.
    Info,
    /// Worth looking at.
    Warn,
    /// Wrong.
    Error,
}

/// A kept value and the version that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateItem {
    /// The bytes, at most 64 KiB.
    pub value: Vec<u8>,
    /// Grows with every write.
    pub version: u64,
}

/// Why a kept value could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Somebody else wrote first; the current version.
    #[error("version {0} is there already")]
    Conflict(u64),
    /// Not granted.
    #[error("denied: {0}")]
    Denied(String),
    /// Over 64 KiB.
    #[error("the value is too large")]
    TooLarge,
    /// (code, message) from a newer host.
    #[error("{1} ({0})")]
    Other(String, String),
}

/// A digest algorithm. MD5 and SHA-1 are here because parties still ask for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// MD5.
    Md5,
}

/// Why a signature could not be made or checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The slot is not declared or not granted; the text names the manifest line.
    #[error("denied: {0}")]
    Denied(String),
    /// (code, message) from a newer host.
    #[error("{1} ({0})")]
    Other(String, String),
}

/// What a connector may ask of the host. There is nothing else: no clock, no network, no file, no randomness.
pub trait Host {
    /// Sends a request to a declared endpoint and waits for the answer.
    fn http(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;

    /// A kept value of this connection.
    fn state_get(&self, key: &str) -> Result<Option<StateItem>, StateError>;

    /// Keeps a value and answers its version. `if_version` 0: only when absent; `None`: always.
    fn state_put(
        &self,
        key: &str,
        value: &[u8],
        if_version: Option<u64>,
    ) -> Result<u64, StateError>;

    /// Forgets a value.
    fn state_delete(&self, key: &str) -> Result<(), StateError>;

    /// Milliseconds since 1970 UTC now. Mappings use `Context::now_ms`, so that a replay gives the same result.
    fn now_ms(&self) -> i64;

    /// Writes a line to the connection's log: a constant sentence, data in the fields.
    fn log(&self, level: LogLevel, message: &str, fields: &[(&str, &str)]);

    /// A non-secret setting of the connection, declared in the manifest's `[settings]`.
    fn setting(&self, key: &str) -> Option<String>;

    /// The party's profile as JSON; read it with [`json::read`](crate::json::read).
    fn profile(&self) -> Vec<u8>;

    /// Whether `signature` is the HMAC of `data` under the secret in `slot`.
    fn hmac_verify(
        &self,
        slot: &str,
        algorithm: Algorithm,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError>;

    /// The HMAC of `data` under the secret in `slot`.
    fn hmac_sign(
        &self,
        slot: &str,
        algorithm: Algorithm,
        data: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;

    /// Whether `presented` is the secret in `slot`, compared in constant time.
    fn secret_equals(&self, slot: &str, presented: &[u8]) -> Result<bool, CryptoError>;

    /// A plain digest.
    fn digest(&self, algorithm: Algorithm, data: &[u8]) -> Vec<u8>;
}

impl From<StateError> for crate::Failure {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Denied(text) => Self::Denied(text),
            StateError::Other(code, message) => Self::Other(code, message),
            StateError::Conflict(_) => Self::Other("state-conflict".into(), error.to_string()),
            StateError::TooLarge => Self::Other("state-too-large".into(), error.to_string()),
        }
    }
}

impl From<CryptoError> for crate::Failure {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::Denied(text) => Self::Denied(text),
            CryptoError::Other(code, message) => Self::Other(code, message),
        }
    }
}
