//! What a party answered, and what class its status is.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use caravan_fault::Class;
use caravan_net::{Outcome, retry_after};
use http::{HeaderMap, StatusCode, header};

use crate::headers;

/// A party's response, of any status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressResponse {
    /// Status code.
    pub status: u16,
    /// Lower-case names; without cookies and hop-by-hop headers.
    pub headers: Vec<(String, String)>,
    /// Body, capped; our secrets in it are masked with `*`, so that lengths stay.
    pub body: Bytes,
    /// Attempts made for it.
    pub attempts: u8,
    /// What the status means; none for success.
    pub class: Option<Class>,
    /// The wait that the party asked for.
    pub retry_after: Option<Duration>,
}

impl EgressResponse {
    pub(crate) fn new(
        status: StatusCode,
        reply_headers: &HeaderMap,
        body: Bytes,
        attempts: u8,
    ) -> Self {
        let asked = reply_headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = asked.and_then(|value| retry_after::parse(value, now_ms()));
        let class = class_of(status, retry_after.is_some());
        let headers = headers::shown(reply_headers);
        Self { status: status.as_u16(), headers, body, attempts, class, retry_after }
    }
}

impl Outcome for EgressResponse {
    fn class(&self) -> Option<Class> {
        self.class
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    fn had_no_effect(&self) -> bool {
        matches!(self.status, 429 | 503)
    }
}

/// The class of a status. Redirects are not followed, so they are failures.
pub(crate) fn class_of(status: StatusCode, has_retry_after: bool) -> Option<Class> {
    match status.as_u16() {
        200..=299 | 304 => None,
        401 | 403 => Some(Class::Auth),
        429 => Some(Class::RateLimited),
        503 if has_retry_after => Some(Class::RateLimited),
        408 | 425 | 500 | 502 | 503 | 504 => Some(Class::Transient),
        501 | 505 | 506 | 510 => Some(Class::Permanent),
        506..=599 => Some(Class::Transient),
        _ => Some(Class::Permanent),
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_class() {
        let expected = [
            (Class::Auth, vec![401, 403]),
            (Class::RateLimited, vec![429]),
            (Class::Transient, vec![408, 425, 500, 502, 503, 504, 507, 520, 599]),
            (Class::Permanent, vec![301, 302, 307, 400, 404, 409, 410, 422, 501, 505]),
        ];
        for (class, statuses) in expected {
            for status in statuses {
                assert_eq!(
                    class_of(StatusCode::from_u16(status).unwrap(), false),
                    Some(class),
                    "{status}"
                );
            }
        }
        assert_eq!(class_of(StatusCode::SERVICE_UNAVAILABLE, true), Some(Class::RateLimited));
        for status in [200, 201, 204, 207, 304] {
            assert_eq!(class_of(StatusCode::from_u16(status).unwrap(), false), None);
        }
    }
}
