//! The host's side of the contract: every import, its caps, and the hand-over to the call's services.

use std::sync::Arc;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use tokio::task::JoinError;
use wasmtime::ResourceLimiter;
use wasmtime::component::Resource;

use crate::bindings::caravan::connector::{blobs, clock, config, crypto, http, log, state, types};
use crate::cpu::Meter;
use crate::guests::Io;
use crate::{
    Blob, Budget, Call, HttpError, Limits, LogLine, Observed, Services, StateError, telemetry, wire,
};

/// What one `blob.read` gives at most.
const WINDOW_BYTES_MAX: u32 = 1 << 20;
/// What a line loses its tail to.
const CUT: &str = "…";

/// A limit was reached; travels through the engine as the trap's cause.
#[derive(Debug, thiserror::Error)]
#[error("the {0} budget is spent")]
pub(crate) struct Exhausted(pub(crate) Budget);

/// The host failed to answer; travels through the engine as the trap's cause.
#[derive(Debug, thiserror::Error)]
#[error("a host service failed")]
pub(crate) struct ServiceFailed(#[source] JoinError);

/// The document could not be read; travels through the engine as the trap's cause.
#[derive(Debug, thiserror::Error)]
#[error("the document could not be read")]
pub(crate) struct DocumentUnreadable(#[source] std::io::Error);

/// Stands for the call's one document in the generated code; the document itself is in `HostState`.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated code re-exports it; the module is private")]
pub struct OpenBlob;

/// Everything that one instance's imports work on.
pub(crate) struct HostState {
    call: Call,
    limits: Limits,
    io: Io,
    meter: Arc<Meter>,
    document: Option<Arc<dyn Blob>>,
    memory_bytes: usize,
    requests: u32,
    questions: u32,
    lines: u32,
    lines_dropped: u32,
}

impl HostState {
    pub(crate) fn new(
        call: Call,
        limits: Limits,
        io: Io,
        meter: Arc<Meter>,
        document: Option<Arc<dyn Blob>>,
    ) -> Self {
        Self {
            call,
            limits,
            io,
            meter,
            document,
            memory_bytes: 0,
            requests: 0,
            questions: 0,
            lines: 0,
            lines_dropped: 0,
        }
    }

    /// Host questions wait on this runtime from now on; a reader's portions may come from different ones.
    pub(crate) fn set_io(&mut self, io: Io) {
        self.io = io;
    }

    /// Linear memory of the instance, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// What was seen of the requests of this instance's call.
    pub(crate) fn observed(&self) -> Observed {
        self.call.services.observed()
    }

    fn services(&self) -> Arc<dyn Services> {
        Arc::clone(&self.call.services)
    }

    async fn ask<F>(&self, question: F) -> wasmtime::Result<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.io.run(question).await.map_err(|error| wasmtime::Error::new(ServiceFailed(error)))
    }

    /// Counts a question to state or crypto; `false` when there were too many.
    fn may_ask(&mut self) -> bool {
        self.questions = self.questions.saturating_add(1);
        self.questions <= self.limits.questions_max
    }
}

const TOO_MANY: (&str, &str) =
    ("questions", "this call has asked its host more often than its class may");

fn state_spent() -> state::StateError {
    wire::state_error(StateError::Other(TOO_MANY.0.into(), TOO_MANY.1.into()))
}

fn crypto_spent() -> crypto::CryptoError {
    crypto::CryptoError::Other((TOO_MANY.0.into(), TOO_MANY.1.into()))
}

impl Drop for HostState {
    fn drop(&mut self) {
        if self.lines_dropped > 0 {
            telemetry::lines_dropped(&self.call.context.connection, self.lines_dropped);
        }
    }
}

impl ResourceLimiter for HostState {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if total > self.limits.memory_bytes_max {
            return Err(wasmtime::Error::new(Exhausted(Budget::Memory)));
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > 10_000 {
            return Err(wasmtime::Error::new(Exhausted(Budget::Memory)));
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        8
    }

    fn tables(&self) -> usize {
        8
    }

    fn memories(&self) -> usize {
        2
    }
}

impl types::Host for HostState {}

impl http::Host for HostState {
    async fn send(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Response, http::HttpError>> {
        if self.requests >= self.limits.requests_max {
            return Ok(Err(wire::http_error(HttpError::Budget)));
        }
        self.requests = self.requests.saturating_add(1);
        let services = self.services();
        let request = wire::http_request(request);
        let answer = self.ask(async move { services.http(request).await }).await?;
        Ok(answer.map(wire::http_response).map_err(wire::http_error))
    }
}

impl blobs::Host for HostState {}

impl blobs::HostBlob for HostState {
    fn size(&mut self, _blob: Resource<OpenBlob>) -> wasmtime::Result<u64> {
        Ok(self.document.as_ref().map_or(0, |document| document.size()))
    }

    async fn read(
        &mut self,
        _blob: Resource<OpenBlob>,
        offset: u64,
        len: u32,
    ) -> wasmtime::Result<Vec<u8>> {
        let Some(document) = self.document.clone() else { return Ok(Vec::new()) };
        if len == 0 || offset >= document.size() {
            return Ok(Vec::new());
        }
        let len = len.min(WINDOW_BYTES_MAX);
        let window = self.ask(async move { document.read(offset, len).await }).await?;
        let mut window =
            Vec::from(window.map_err(|error| wasmtime::Error::new(DocumentUnreadable(error)))?);
        window.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(window)
    }

    fn drop(&mut self, _blob: Resource<OpenBlob>) -> wasmtime::Result<()> {
        self.document = None;
        Ok(())
    }
}

impl state::Host for HostState {
    async fn get(
        &mut self,
        key: String,
    ) -> wasmtime::Result<Result<Option<state::Item>, state::StateError>> {
        if !self.may_ask() {
            return Ok(Err(state_spent()));
        }
        let services = self.services();
        let answer = self.ask(async move { services.state_get(key).await }).await?;
        Ok(answer.map(|item| item.map(wire::state_item)).map_err(wire::state_error))
    }

    async fn put(
        &mut self,
        key: String,
        value: Vec<u8>,
        if_version: Option<u64>,
    ) -> wasmtime::Result<Result<u64, state::StateError>> {
        if !self.may_ask() {
            return Ok(Err(state_spent()));
        }
        let services = self.services();
        let answer =
            self.ask(async move { services.state_put(key, value, if_version).await }).await?;
        Ok(answer.map_err(wire::state_error))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), state::StateError>> {
        if !self.may_ask() {
            return Ok(Err(state_spent()));
        }
        let services = self.services();
        let answer = self.ask(async move { services.state_delete(key).await }).await?;
        Ok(answer.map_err(wire::state_error))
    }
}

impl clock::Host for HostState {
    fn now_ms(&mut self) -> wasmtime::Result<i64> {
        // The context's time, moved on: a replay that sets the context's time gets the same dates.
        Ok(self.call.context.now_ms.saturating_add(self.meter.age_ms()))
    }
}

impl log::Host for HostState {
    fn emit(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        if self.lines >= self.limits.log_lines_max {
            self.lines_dropped = self.lines_dropped.saturating_add(1);
            return Ok(());
        }
        self.lines = self.lines.saturating_add(1);
        let mut room = self.limits.log_line_bytes_max;
        let message = cut(message, &mut room);
        let fields = fields
            .into_iter()
            .map_while(|(name, value)| {
                (room > 0).then(|| (cut(name, &mut room), cut(value, &mut room)))
            })
            .collect();
        self.call.services.log(LogLine {
            connection: self.call.context.connection.clone(),
            trace_id: self.call.context.trace_id.clone(),
            level: wire::log_level(level),
            message,
            fields,
        });
        Ok(())
    }
}

/// Cuts `text` to `room` bytes on a character boundary, and takes what is left of it from `room`.
fn cut(mut text: String, room: &mut usize) -> String {
    if text.len() > *room {
        text.truncate(text.floor_char_boundary(*room));
        text.push_str(CUT);
        *room = 0;
    } else {
        *room = room.saturating_sub(text.len());
    }
    text
}

impl config::Host for HostState {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        Ok(self.call.settings.get(&key).cloned())
    }

    fn profile(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.call.profile.to_vec())
    }
}

impl crypto::Host for HostState {
    async fn hmac_verify(
        &mut self,
        slot: String,
        algorithm: crypto::Algorithm,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, crypto::CryptoError>> {
        if !self.may_ask() {
            return Ok(Err(crypto_spent()));
        }
        let (services, algorithm) = (self.services(), wire::algorithm(algorithm));
        let answer = self
            .ask(async move { services.hmac_verify(slot, algorithm, data, signature).await })
            .await?;
        Ok(answer.map_err(wire::crypto_error))
    }

    async fn hmac_sign(
        &mut self,
        slot: String,
        algorithm: crypto::Algorithm,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, crypto::CryptoError>> {
        if !self.may_ask() {
            return Ok(Err(crypto_spent()));
        }
        let (services, algorithm) = (self.services(), wire::algorithm(algorithm));
        let answer =
            self.ask(async move { services.hmac_sign(slot, algorithm, data).await }).await?;
        Ok(answer.map_err(wire::crypto_error))
    }

    async fn secret_equals(
        &mut self,
        slot: String,
        presented: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, crypto::CryptoError>> {
        if !self.may_ask() {
            return Ok(Err(crypto_spent()));
        }
        let services = self.services();
        let answer = self.ask(async move { services.secret_equals(slot, presented).await }).await?;
        Ok(answer.map_err(wire::crypto_error))
    }

    fn digest(&mut self, algorithm: crypto::Algorithm, data: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        Ok(match algorithm {
            crypto::Algorithm::Sha1 => Sha1::digest(&data).to_vec(),
            crypto::Algorithm::Sha256 => Sha256::digest(&data).to_vec(),
            crypto::Algorithm::Sha512 => Sha512::digest(&data).to_vec(),
            crypto::Algorithm::Md5 => Md5::digest(&data).to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_line_is_cut_between_characters() {
        let mut room = 4;
        assert_eq!(cut("aéé".into(), &mut room), "aé…");
        assert_eq!(room, 0);
        let mut room = 10;
        assert_eq!(cut("four".into(), &mut room), "four");
        assert_eq!(room, 6);
    }
}
