//! The service's metrics, by name.

use core::time::Duration;

use metrics::{counter, histogram};

fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// Deliveries written, one for each endpoint and event.
pub(crate) fn planned(deliveries: usize) {
    counter!("caravan_webhook_deliveries_total").increment(count(deliveries));
}

/// A try ended.
pub(crate) fn tried(outcome: &'static str, took: Duration) {
    counter!("caravan_webhook_attempts_total", "outcome" => outcome).increment(1);
    histogram!("caravan_webhook_attempt_seconds").record(took.as_secs_f64());
}

/// A delivery came to its last try without being taken.
pub(crate) fn exhausted() {
    counter!("caravan_webhook_exhausted_total").increment(1);
}

/// An endpoint was disabled by us.
pub(crate) fn disabled(reason: &'static str) {
    counter!("caravan_webhooks_disabled_total", "reason" => reason).increment(1);
}

/// Old deliveries were deleted.
pub(crate) fn forgotten(deliveries: u64) {
    counter!("caravan_webhook_deliveries_forgotten_total").increment(deliveries);
}
