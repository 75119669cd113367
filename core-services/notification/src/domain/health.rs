//! How long an endpoint may do nothing but fail.

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Failing for so long without one success, an endpoint is disabled.
pub(crate) const FAILING_MS_MAX: i64 = 5 * DAY_MS;
/// The longest wait of the schedule is half of it; a longer silence had no event to fail on, and is no failing.
const QUIET_MS_MAX: i64 = DAY_MS;

/// Since when an endpoint fails that fails now: `since` as noted, unless nothing was tried for a day.
pub(crate) fn streak(since_ms: Option<i64>, last_ms: Option<i64>, now_ms: i64) -> i64 {
    let went_on = last_ms.is_some_and(|last| now_ms.saturating_sub(last) <= QUIET_MS_MAX);
    since_ms.filter(|_| went_on).unwrap_or(now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_endpoint_does_not_fail_meanwhile() {
        assert_eq!(streak(None, None, 9), 9);
        assert_eq!(streak(Some(1), Some(2), DAY_MS), 1);
        assert_eq!(streak(Some(1), Some(2), 3 * DAY_MS), 3 * DAY_MS);
    }
}
