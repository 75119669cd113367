//! A host for native tests: scripted answers, recorded requests, a clock that stands still.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use crate::{
    Algorithm, CryptoError, Document, Host, HttpError, HttpRequest, HttpResponse, LogLevel,
    StateError, StateItem,
};

/// A document in memory.
#[derive(Debug, Clone)]
pub struct BytesDocument(Vec<u8>);

impl BytesDocument {
    /// A document of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }
}

impl Document for BytesDocument {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, offset: u64, len: u32) -> Vec<u8> {
        let window = usize::try_from(len.min(crate::WINDOW_BYTES_MAX)).unwrap_or(usize::MAX);
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        self.0.iter().skip(from).take(window).copied().collect()
    }
}

/// A host whose answers a test writes beforehand.
///
/// ```
/// use caravan_connector_sdk::{Host, HttpRequest, HttpResponse, testing::FakeHost};
/// let host = FakeHost::at(1_600_000_000_000).answer(HttpResponse::new(200, "{}"));
/// assert_eq!(host.http(HttpRequest::get("api", "/")).unwrap().status, 200);
/// assert_eq!(host.requests().first().unwrap().endpoint, "api");
/// ```
#[derive(Debug, Default)]
pub struct FakeHost {
    now_ms: Cell<i64>,
    answers: RefCell<VecDeque<Result<HttpResponse, HttpError>>>,
    requests: RefCell<Vec<HttpRequest>>,
    state: RefCell<BTreeMap<String, StateItem>>,
    logs: RefCell<Vec<(LogLevel, String)>>,
    settings: BTreeMap<String, String>,
    profile: Vec<u8>,
    secrets: BTreeMap<String, Vec<u8>>,
}

impl FakeHost {
    /// A host whose clock stands at `now_ms`.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms: Cell::new(now_ms), ..Self::default() }
    }

    /// Adds the answer to the next request that has none; documents are numbered from 1 in that order.
    #[must_use]
    pub fn answer(self, mut response: HttpResponse) -> Self {
        let position = self.answers.borrow().len().saturating_add(1);
        response.document = u32::try_from(position).unwrap_or(u32::MAX);
        self.answers.borrow_mut().push_back(Ok(response));
        self
    }

    /// Lets the next request that has no answer fail.
    #[must_use]
    pub fn fail(self, error: HttpError) -> Self {
        self.answers.borrow_mut().push_back(Err(error));
        self
    }

    /// Gives the connection a setting.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Gives the party's profile.
    #[must_use]
    pub fn profile(self, json: impl Into<Vec<u8>>) -> Self {
        Self { profile: json.into(), ..self }
    }

    /// Fills an auth slot. An HMAC here is the plain join `slot secret ‖ data`: tests of real signatures belong to the hub.
    #[must_use]
    pub fn secret(mut self, slot: &str, value: &str) -> Self {
        self.secrets.insert(slot.to_owned(), value.as_bytes().to_vec());
        self
    }

    /// Moves the clock.
    pub fn set_now_ms(&self, now_ms: i64) {
        self.now_ms.set(now_ms);
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.requests.borrow().clone()
    }

    /// The log lines so far.
    #[must_use]
    pub fn logs(&self) -> Vec<(LogLevel, String)> {
        self.logs.borrow().clone()
    }

    fn slot(&self, slot: &str) -> Result<&Vec<u8>, CryptoError> {
        let denied = || CryptoError::Denied(format!("add `[auth.{slot}]` to connector.toml"));
        self.secrets.get(slot).ok_or_else(denied)
    }
}

impl Host for FakeHost {
    fn http(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.borrow_mut().push(request);
        let unscripted = || Err(HttpError::Transport("the test has no answer for this".into()));
        self.answers.borrow_mut().pop_front().unwrap_or_else(unscripted)
    }

    fn state_get(&self, key: &str) -> Result<Option<StateItem>, StateError> {
        Ok(self.state.borrow().get(key).cloned())
    }

    fn state_put(
        &self,
        key: &str,
        value: &[u8],
        if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        let current = self.state.borrow().get(key).map_or(0, |item| item.version);
        if if_version.is_some_and(|expected| expected != current) {
            return Err(StateError::Conflict(current));
        }
        let version = current.saturating_add(1);
        let item = StateItem { value: value.to_vec(), version };
        self.state.borrow_mut().insert(key.to_owned(), item);
        Ok(version)
    }

    fn state_delete(&self, key: &str) -> Result<(), StateError> {
        self.state.borrow_mut().remove(key);
        Ok(())
    }

    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    fn log(&self, level: LogLevel, message: &str, _fields: &[(&str, &str)]) {
        self.logs.borrow_mut().push((level, message.to_owned()));
    }

    fn setting(&self, key: &str) -> Option<String> {
        self.settings.get(key).cloned()
    }

    fn profile(&self) -> Vec<u8> {
        self.profile.clone()
    }

    fn hmac_verify(
        &self,
        slot: &str,
        algorithm: Algorithm,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        Ok(self.hmac_sign(slot, algorithm, data)? == signature)
    }

    fn hmac_sign(&self, slot: &str, _: Algorithm, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok([self.slot(slot)?.as_slice(), data].concat())
    }

    fn secret_equals(&self, slot: &str, presented: &[u8]) -> Result<bool, CryptoError> {
        Ok(self.slot(slot)?.as_slice() == presented)
    }

    fn digest(&self, _: Algorithm, data: &[u8]) -> Vec<u8> {
        data.to_vec()
    }
}
