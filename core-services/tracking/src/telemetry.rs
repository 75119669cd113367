//! The service's metrics, by name.

use metrics::counter;

/// Milestones taken into timelines, by whether they were new.
pub(crate) fn milestones(new: usize, duplicate: usize) {
    let count = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    counter!("caravan_tracking_milestones_total", "outcome" => "new").increment(count(new));
    counter!("caravan_tracking_milestones_total", "outcome" => "duplicate")
        .increment(count(duplicate));
}

/// Turns that were undone because another member's might have crossed them.
pub(crate) fn crossed() {
    counter!("caravan_tracking_turns_undone_total").increment(1);
}

/// Corrections appended to the log.
pub(crate) fn corrections(events: usize) {
    counter!("caravan_tracking_corrections_total")
        .increment(u64::try_from(events).unwrap_or(u64::MAX));
}

/// Exceptions that were opened or resolved by rules.
pub(crate) fn exceptions(events: usize) {
    counter!("caravan_tracking_exceptions_total")
        .increment(u64::try_from(events).unwrap_or(u64::MAX));
}

/// Links that somebody without a login opened, or tried to.
pub(crate) fn opened(found: bool) {
    let outcome = if found { "shown" } else { "unknown" };
    counter!("caravan_tracking_links_opened_total", "outcome" => outcome).increment(1);
}

/// Shipments that turned out to be another.
pub(crate) fn merges(shipments: usize) {
    counter!("caravan_tracking_merges_total")
        .increment(u64::try_from(shipments).unwrap_or(u64::MAX));
}
