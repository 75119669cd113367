//! A sandbox per test, and services that count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use caravan_hub_sandbox::{
    Algorithm, Call, Class, Config, Connector, CryptoError, HttpError, HttpRequest, HttpResponse,
    LogLine, Observed, Sandbox, Services, StateError, StateItem, testing,
};
use caravan_model::Reference;

/// One guest thread, so that a neighbour can only progress when a hostile guest is made to give way.
pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(config()).unwrap()
}

pub(crate) fn config() -> Config {
    Config {
        instances_max: 8,
        instances_per_connector_max: 4,
        threads: std::num::NonZeroUsize::new(1),
        ..Config::default()
    }
}

pub(crate) fn load(sandbox: &Sandbox, wasm: &[u8]) -> Arc<Connector> {
    sandbox.load(wasm).unwrap()
}

pub(crate) fn query() -> Vec<Reference> {
    vec![Reference::new("tracking", "1Z")]
}

/// How a `Counting` answers HTTP.
#[derive(Clone, Copy, Default)]
pub(crate) enum Answer {
    /// With a refusal.
    #[default]
    Deny,
    /// Never.
    Never,
}

/// Counts requests and lines.
#[derive(Default)]
pub(crate) struct Counting {
    pub(crate) answer: Answer,
    /// What the host saw of the request.
    pub(crate) seen: Observed,
    pub(crate) requests: AtomicU32,
    pub(crate) lines: AtomicU32,
}

/// Services whose one request ended as `class`, by what the host saw.
pub(crate) fn having_seen(class: caravan_fault::Class) -> Arc<Counting> {
    let mut seen = Observed::default();
    seen.failed(class, "the party answered HTTP 4xx", Some(std::time::Duration::from_secs(60)));
    Arc::new(Counting { seen, ..Counting::default() })
}

pub(crate) const REFUSAL: &str = "endpoint `` is not declared: add [endpoints.x] to connector.toml";

pub(crate) fn call_with(services: Arc<Counting>) -> Call {
    Call { services, ..testing::call(Class::S) }
}

#[async_trait]
impl Services for Counting {
    async fn http(&self, _request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        match self.answer {
            Answer::Deny => Err(HttpError::Denied(REFUSAL.into())),
            Answer::Never => std::future::pending().await,
        }
    }

    async fn state_get(&self, _key: String) -> Result<Option<StateItem>, StateError> {
        Ok(None)
    }

    async fn state_put(
        &self,
        _key: String,
        _value: Vec<u8>,
        _if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        Ok(1)
    }

    async fn state_delete(&self, _key: String) -> Result<(), StateError> {
        Ok(())
    }

    async fn hmac_verify(
        &self,
        _: String,
        _: Algorithm,
        _: Vec<u8>,
        _: Vec<u8>,
    ) -> Result<bool, CryptoError> {
        Ok(false)
    }

    async fn hmac_sign(&self, _: String, _: Algorithm, _: Vec<u8>) -> Result<Vec<u8>, CryptoError> {
        Ok(Vec::new())
    }

    async fn secret_equals(&self, _: String, _: Vec<u8>) -> Result<bool, CryptoError> {
        Ok(false)
    }

    fn observed(&self) -> Observed {
        self.seen.clone()
    }

    fn log(&self, _line: LogLine) {
        self.lines.fetch_add(1, Ordering::SeqCst);
    }
}
