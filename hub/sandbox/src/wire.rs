//! The contract's types and ours, each way; owned texts are moved, never copied, on the way out of a guest.

mod record;
mod settled;
mod tender;

use std::time::Duration;

use caravan_model::{Batch, Level, Outgoing, Reference, Span, Verdict, VerdictOutcome};

use crate::bindings::caravan::connector::{crypto, http, log, state, types};
use crate::bindings::exports::caravan::connector::{documents, meta, webhooks};
use crate::{
    Algorithm, Budget, Context, CryptoError, Descriptor, Failure, HttpError, HttpRequest,
    HttpResponse, LogLevel, Method, StateError, StateItem, Unreadable, UpstreamError, Violation,
    WebhookDelivery, WebhookReply, WebhookRequest,
};

/// Converts a fieldless enum whose values have the same names on both sides.
macro_rules! same_names {
    ($from:path => $to:path, $value:expr, [$($variant:ident),+ $(,)?]) => {{
        use $from as From_;
        use $to as To_;
        match $value { $(From_::$variant => To_::$variant,)+ }
    }};
}
pub(crate) use same_names;
pub(crate) use settled::settled_bill;
pub(crate) use tender::tender;

// Into a guest.

pub(crate) fn context(context: &Context, deadline: Duration) -> types::Context {
    let deadline_ms = u32::try_from(deadline.as_millis()).unwrap_or(u32::MAX);
    types::Context {
        connection: context.connection.clone(),
        message: context.message.clone(),
        deadline_ms: context.deadline_ms.min(deadline_ms),
        now_ms: context.now_ms,
        trace_id: context.trace_id.clone(),
        dry_run: context.dry_run,
    }
}

pub(crate) fn reference_in(reference: Reference) -> types::Reference {
    types::Reference { kind: reference.kind, value: reference.value }
}

fn span_in(span: Span) -> types::Span {
    types::Span { document: span.document, start: span.start, end: span.end }
}

pub(crate) fn acknowledgement(
    control_number: u32,
    verdicts: Vec<Verdict>,
) -> documents::Acknowledgement {
    documents::Acknowledgement {
        control_number,
        verdicts: verdicts.into_iter().map(verdict_in).collect(),
    }
}

fn verdict_in(verdict: Verdict) -> types::Verdict {
    types::Verdict {
        level: same_names!(Level => types::Level, verdict.level, [Interchange, Group, Message]),
        kind: verdict.kind,
        control: verdict.control,
        outcome: same_names!(
            VerdictOutcome => types::VerdictOutcome, verdict.outcome, [Accepted, AcceptedWithErrors, Rejected]
        ),
        note: verdict.note,
        detail: verdict.detail,
        source: span_in(verdict.source),
    }
}

pub(crate) fn webhook_request(request: WebhookRequest) -> webhooks::Request {
    webhooks::Request {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
    }
}

pub(crate) fn http_response(response: HttpResponse) -> http::Response {
    http::Response {
        status: response.status,
        headers: response.headers,
        body: response.body,
        document: response.document,
        attempts: response.attempts,
    }
}

pub(crate) fn http_error(error: HttpError) -> http::HttpError {
    match error {
        HttpError::Denied(text) => http::HttpError::Denied(text),
        HttpError::Timeout => http::HttpError::Timeout,
        HttpError::Unavailable(ms) => http::HttpError::Unavailable(ms),
        HttpError::RateLimited(ms) => http::HttpError::RateLimited(ms),
        HttpError::Transport(text) => http::HttpError::Transport(text),
        HttpError::TooLarge(bytes) => http::HttpError::TooLarge(bytes),
        HttpError::Budget => http::HttpError::Budget,
        HttpError::Other(code, message) => http::HttpError::Other((code, message)),
    }
}

pub(crate) fn state_item(item: StateItem) -> state::Item {
    state::Item { value: item.value, version: item.version }
}

pub(crate) fn state_error(error: StateError) -> state::StateError {
    match error {
        StateError::Conflict(version) => state::StateError::Conflict(version),
        StateError::Denied(text) => state::StateError::Denied(text),
        StateError::TooLarge => state::StateError::TooLarge,
        StateError::Other(code, message) => state::StateError::Other((code, message)),
    }
}

pub(crate) fn crypto_error(error: CryptoError) -> crypto::CryptoError {
    match error {
        CryptoError::Denied(text) => crypto::CryptoError::Denied(text),
        CryptoError::Other(code, message) => crypto::CryptoError::Other((code, message)),
    }
}

// Out of a guest.

pub(crate) fn http_request(request: http::Request) -> HttpRequest {
    HttpRequest {
        method: same_names!(http::Method => Method, request.method, [Get, Head, Post, Put, Patch, Delete]),
        endpoint: request.endpoint,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
        auth: request.auth,
        timeout_ms: request.timeout_ms,
        idempotency_key: request.idempotency_key,
    }
}

pub(crate) fn algorithm(algorithm: crypto::Algorithm) -> Algorithm {
    same_names!(crypto::Algorithm => Algorithm, algorithm, [Sha1, Sha256, Sha512, Md5])
}

pub(crate) fn log_level(level: log::Level) -> LogLevel {
    same_names!(log::Level => LogLevel, level, [Debug, Info, Warn, Error])
}

pub(crate) fn descriptor(descriptor: meta::Descriptor) -> Descriptor {
    Descriptor {
        id: descriptor.id,
        version: descriptor.version,
        title: descriptor.title,
        messages: descriptor.messages,
    }
}

pub(crate) fn span(span: types::Span) -> Span {
    Span { document: span.document, start: span.start, end: span.end }
}

pub(crate) fn batch(batch: types::Batch) -> Batch {
    let mut rejects: Vec<_> = batch.rejects.into_iter().map(record::reject).collect();
    let records = batch
        .records
        .into_iter()
        .filter_map(|canonical| match record::record(canonical) {
            Ok(record) => Some(record),
            Err(reject) => {
                rejects.push(*reject);
                None
            }
        })
        .collect();
    Batch {
        records,
        rejects,
        verdicts: batch.verdicts.into_iter().map(verdict).collect(),
        done: batch.done,
    }
}

fn verdict(verdict: types::Verdict) -> Verdict {
    Verdict {
        level: same_names!(types::Level => Level, verdict.level, [Interchange, Group, Message]),
        kind: verdict.kind,
        control: verdict.control,
        outcome: same_names!(
            types::VerdictOutcome => VerdictOutcome, verdict.outcome, [Accepted, AcceptedWithErrors, Rejected]
        ),
        note: verdict.note,
        detail: verdict.detail,
        source: span(verdict.source),
    }
}

pub(crate) fn outgoing(outgoing: types::Outgoing) -> Outgoing {
    Outgoing {
        kind: outgoing.kind,
        file_name: outgoing.file_name,
        media_type: outgoing.media_type,
        body: outgoing.body,
    }
}

pub(crate) fn delivery(delivery: webhooks::Delivery) -> WebhookDelivery {
    WebhookDelivery {
        batch: batch(delivery.batch),
        reply: delivery.reply.map(|reply| WebhookReply {
            status: reply.status,
            headers: reply.headers,
            body: reply.body,
        }),
    }
}

pub(crate) fn failure(failure: types::Failure) -> Failure {
    match failure {
        types::Failure::Auth(text) => Failure::Auth(text),
        types::Failure::RateLimited(ms) => Failure::RateLimited(ms.map(Duration::from_millis)),
        types::Failure::NotFound(text) => Failure::NotFound(text),
        types::Failure::InvalidRequest(violations) => Failure::InvalidRequest(
            violations
                .into_iter()
                .map(|v| Violation { path: v.path, code: v.code, message: v.message })
                .collect(),
        ),
        types::Failure::Upstream(error) => Failure::Upstream(UpstreamError {
            status: error.status,
            code: error.code,
            message: error.message,
            retryable: error.retryable,
        }),
        types::Failure::Unreadable(unreadable) => Failure::Unreadable(Unreadable {
            code: unreadable.code,
            message: unreadable.message,
            source: span(unreadable.source),
        }),
        types::Failure::Unsupported(text) => Failure::Unsupported(text),
        types::Failure::Denied(text) => Failure::Denied(text),
        types::Failure::Budget(kind) => Failure::Budget(
            same_names!(types::BudgetKind => Budget, kind, [Cpu, Memory, Requests, Bytes, Wall]),
        ),
        types::Failure::Other((code, message)) => Failure::Other(code, message),
    }
}
