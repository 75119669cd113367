//! The `Retry-After` header (RFC 9110 §10.2.3): seconds or a date.

use core::time::Duration;

/// Longest wait that another side can ask of us.
pub const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait that `value` asks for, at most [`WAIT_MAX`]; none when it is neither a number of seconds nor a date.
/// `now_ms` is milliseconds since 1970 UTC; a date in the past is no wait.
#[must_use]
pub fn parse(value: &str, now_ms: i64) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(WAIT_MAX.min(Duration::from_secs(seconds)));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp().as_millisecond();
    let wait_ms = u64::try_from(at.saturating_sub(now_ms)).unwrap_or(0);
    Some(WAIT_MAX.min(Duration::from_millis(wait_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_capped() {
        // 21 Oct 2015 07:28:00 UTC is 1445412480.
        let now_ms = 1_445_412_470_000;
        let seconds = |value: &str| parse(value, now_ms).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:28:00 GMT"), Some(10));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:27:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-5"), None);
        assert_eq!(seconds(""), None);
    }
}
