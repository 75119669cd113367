//! What a call is about, and what becomes of it.

use super::super::base::caravan::connector::{crypto, http, state};
use super::{span, types};
use crate::{
    Algorithm, BudgetKind, Context, CryptoError, Failure, HttpError, HttpRequest, HttpResponse,
    Method, Outcome, StateError, Violation,
};

pub(crate) fn context(theirs: types::Context) -> Context {
    let types::Context { connection, message, deadline_ms, now_ms, trace_id, dry_run } = theirs;
    Context { connection, message, deadline_ms, now_ms, trace_id, dry_run }
}

fn violation(ours: Violation) -> types::Violation {
    types::Violation { path: ours.path, code: ours.code, message: ours.message }
}

pub(crate) fn failure(ours: Failure) -> types::Failure {
    match ours {
        Failure::Auth(text) => types::Failure::Auth(text),
        Failure::RateLimited(wait_ms) => types::Failure::RateLimited(wait_ms),
        Failure::NotFound(text) => types::Failure::NotFound(text),
        Failure::InvalidRequest(violations) => {
            types::Failure::InvalidRequest(super::list(violations, violation))
        }
        Failure::Upstream(error) => types::Failure::Upstream(types::UpstreamError {
            status: error.status,
            code: error.code,
            message: error.message,
            retryable: error.retryable,
        }),
        Failure::Unreadable(unreadable) => types::Failure::Unreadable(types::Unreadable {
            code: unreadable.code,
            message: unreadable.message,
            source: span(unreadable.source),
        }),
        Failure::Unsupported(text) => types::Failure::Unsupported(text),
        Failure::Denied(text) => types::Failure::Denied(text),
        Failure::Budget(kind) => types::Failure::Budget(match kind {
            BudgetKind::Cpu => types::BudgetKind::Cpu,
            BudgetKind::Memory => types::BudgetKind::Memory,
            BudgetKind::Requests => types::BudgetKind::Requests,
            BudgetKind::Bytes => types::BudgetKind::Bytes,
            BudgetKind::Wall => types::BudgetKind::Wall,
        }),
        Failure::Other(code, message) => types::Failure::Other((code, message)),
    }
}

pub(crate) fn outcome(ours: Outcome) -> types::Outcome {
    match ours {
        Outcome::Committed => types::Outcome::Committed,
        Outcome::NotCommitted => types::Outcome::NotCommitted,
        Outcome::Unknown => types::Outcome::Unknown,
    }
}

pub(crate) fn http_request(ours: HttpRequest) -> http::Request {
    http::Request {
        method: match ours.method {
            Method::Get => http::Method::Get,
            Method::Head => http::Method::Head,
            Method::Post => http::Method::Post,
            Method::Put => http::Method::Put,
            Method::Patch => http::Method::Patch,
            Method::Delete => http::Method::Delete,
        },
        endpoint: ours.endpoint,
        path: ours.path,
        query: ours.query,
        headers: ours.headers,
        body: ours.body,
        auth: ours.auth,
        timeout_ms: ours.timeout_ms,
        idempotency_key: ours.idempotency_key,
    }
}

pub(crate) fn http_response(theirs: http::Response) -> HttpResponse {
    let http::Response { status, headers, body, document, attempts } = theirs;
    HttpResponse { status, headers, body, document, attempts }
}

pub(crate) fn http_error(theirs: http::HttpError) -> HttpError {
    match theirs {
        http::HttpError::Denied(text) => HttpError::Denied(text),
        http::HttpError::Timeout => HttpError::Timeout,
        http::HttpError::Unavailable(wait_ms) => HttpError::Unavailable(wait_ms),
        http::HttpError::RateLimited(wait_ms) => HttpError::RateLimited(wait_ms),
        http::HttpError::Transport(text) => HttpError::Transport(text),
        http::HttpError::TooLarge(bytes) => HttpError::TooLarge(bytes),
        http::HttpError::Budget => HttpError::Budget,
        http::HttpError::Other((code, message)) => HttpError::Other(code, message),
    }
}

pub(crate) fn state_error(theirs: state::StateError) -> StateError {
    match theirs {
        state::StateError::Conflict(version) => StateError::Conflict(version),
        state::StateError::Denied(text) => StateError::Denied(text),
        state::StateError::TooLarge => StateError::TooLarge,
        state::StateError::Other((code, message)) => StateError::Other(code, message),
    }
}

pub(crate) fn crypto_error(theirs: crypto::CryptoError) -> CryptoError {
    match theirs {
        crypto::CryptoError::Denied(text) => CryptoError::Denied(text),
        crypto::CryptoError::Other((code, message)) => CryptoError::Other(code, message),
    }
}

pub(crate) fn algorithm(ours: Algorithm) -> crypto::Algorithm {
    match ours {
        Algorithm::Sha1 => crypto::Algorithm::Sha1,
        Algorithm::Sha256 => crypto::Algorithm::Sha256,
        Algorithm::Sha512 => crypto::Algorithm::Sha512,
        Algorithm::Md5 => crypto::Algorithm::Md5,
    }
}
