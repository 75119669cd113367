//! The log's metrics, by name.

use metrics::{counter, gauge};

use crate::Partition;

/// Events appended, by whether they were new.
pub(crate) fn appended(new: usize, duplicate: usize) {
    let count = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    counter!("caravan_log_appended_total", "outcome" => "new").increment(count(new));
    counter!("caravan_log_appended_total", "outcome" => "duplicate").increment(count(duplicate));
}

/// Events whose effects are committed.
pub(crate) fn consumed(group: &str, events: usize) {
    counter!("caravan_log_consumed_total", "group" => group.to_owned())
        .increment(u64::try_from(events).unwrap_or(u64::MAX));
}

/// A message that the relay to Kafka sent more than once, dropped by a reader.
#[cfg(feature = "kafka")]
pub(crate) fn duplicate() {
    counter!("caravan_log_duplicates_dropped_total").increment(1);
}

/// Events set aside because their handler refused them.
pub(crate) fn parked(group: &str) {
    counter!("caravan_log_parked_total", "group" => group.to_owned()).increment(1);
}

/// Events that a group has yet to take in, counted to a ceiling.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float; the count is capped far below 2^52"
)]
pub(crate) fn lag(group: &str, partition: Partition, events: u64) {
    gauge!(
        "caravan_log_lag_events",
        "group" => group.to_owned(),
        "partition" => partition.to_string()
    )
    .set(events as f64);
}
