//! The host's services over the imported interfaces.

use super::base::caravan::connector::{blobs, clock, config, crypto, http, log, state};
use super::wire;
use crate::{
    Algorithm, CryptoError, Document, Host, HttpError, HttpRequest, HttpResponse, LogLevel,
    StateError, StateItem,
};

/// The host, as a component sees it.
pub struct GuestHost;

impl Host for GuestHost {
    fn http(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        http::send(&wire::http_request(request)).map(wire::http_response).map_err(wire::http_error)
    }

    fn state_get(&self, key: &str) -> Result<Option<StateItem>, StateError> {
        let found = state::get(key).map_err(wire::state_error)?;
        Ok(found.map(|item| StateItem { value: item.value, version: item.version }))
    }

    fn state_put(
        &self,
        key: &str,
        value: &[u8],
        if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        state::put(key, value, if_version).map_err(wire::state_error)
    }

    fn state_delete(&self, key: &str) -> Result<(), StateError> {
        state::delete(key).map_err(wire::state_error)
    }

    fn now_ms(&self) -> i64 {
        clock::now_ms()
    }

    fn log(&self, level: LogLevel, message: &str, fields: &[(&str, &str)]) {
        let level = match level {
            LogLevel::Debug => log::Level::Debug,
            LogLevel::Info => log::Level::Info,
            LogLevel::Warn => log::Level::Warn,
            LogLevel::Error => log::Level::Error,
        };
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        log::emit(level, message, &fields);
    }

    fn setting(&self, key: &str) -> Option<String> {
        config::get(key)
    }

    fn profile(&self) -> Vec<u8> {
        config::profile()
    }

    fn hmac_verify(
        &self,
        slot: &str,
        algorithm: Algorithm,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        crypto::hmac_verify(slot, wire::algorithm(algorithm), data, signature)
            .map_err(wire::crypto_error)
    }

    fn hmac_sign(
        &self,
        slot: &str,
        algorithm: Algorithm,
        data: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        crypto::hmac_sign(slot, wire::algorithm(algorithm), data).map_err(wire::crypto_error)
    }

    fn secret_equals(&self, slot: &str, presented: &[u8]) -> Result<bool, CryptoError> {
        crypto::secret_equals(slot, presented).map_err(wire::crypto_error)
    }

    fn digest(&self, algorithm: Algorithm, data: &[u8]) -> Vec<u8> {
        crypto::digest(wire::algorithm(algorithm), data)
    }
}

impl Document for blobs::Blob {
    fn size(&self) -> u64 {
        blobs::Blob::size(self)
    }

    fn read(&self, offset: u64, len: u32) -> Vec<u8> {
        blobs::Blob::read(self, offset, len)
    }
}
