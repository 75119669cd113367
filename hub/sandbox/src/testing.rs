//! For tests and for reading files without a connection: services that deny everything, and a document in memory.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    Algorithm, Blob, Call, Class, Context, CryptoError, HttpError, HttpRequest, HttpResponse,
    Services, StateError, StateItem,
};

const DENIED: &str = "this call has no capabilities";

/// Services that deny every question. Pure mappings need no more.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoServices;

#[async_trait]
impl Services for NoServices {
    async fn http(&self, _request: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(DENIED.into()))
    }

    async fn state_get(&self, _key: String) -> Result<Option<StateItem>, StateError> {
        Err(StateError::Denied(DENIED.into()))
    }

    async fn state_put(
        &self,
        _key: String,
        _value: Vec<u8>,
        _if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        Err(StateError::Denied(DENIED.into()))
    }

    async fn state_delete(&self, _key: String) -> Result<(), StateError> {
        Err(StateError::Denied(DENIED.into()))
    }

    async fn hmac_verify(
        &self,
        _: String,
        _: Algorithm,
        _: Vec<u8>,
        _: Vec<u8>,
    ) -> Result<bool, CryptoError> {
        Err(CryptoError::Denied(DENIED.into()))
    }

    async fn hmac_sign(&self, _: String, _: Algorithm, _: Vec<u8>) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::Denied(DENIED.into()))
    }

    async fn secret_equals(&self, _: String, _: Vec<u8>) -> Result<bool, CryptoError> {
        Err(CryptoError::Denied(DENIED.into()))
    }
}

/// A document in memory.
#[derive(Debug, Clone)]
pub struct BytesBlob(pub Bytes);

#[async_trait]
impl Blob for BytesBlob {
    fn size(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    async fn read(&self, offset: u64, len: u32) -> io::Result<Bytes> {
        let total = self.0.len();
        let start = usize::try_from(offset).unwrap_or(total).min(total);
        let end = start.saturating_add(usize::try_from(len).unwrap_or(total)).min(total);
        Ok(self.0.slice(start..end))
    }
}

/// A call of `class` that may ask nothing, with an empty profile.
#[must_use]
pub fn call(class: Class) -> Call {
    Call {
        context: Context {
            connection: "test".into(),
            message: None,
            deadline_ms: 10_000,
            now_ms: 0,
            trace_id: "00000000000000000000000000000001".into(),
            dry_run: false,
        },
        class,
        services: Arc::new(NoServices),
        profile: Arc::from(&b"{}"[..]),
        settings: Arc::new(BTreeMap::new()),
    }
}
