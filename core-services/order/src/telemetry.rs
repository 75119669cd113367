//! The service's metrics, by name.

use metrics::counter;

use crate::store::Change;

/// Lines of orders' histories, by what was done.
pub(crate) fn transitions(changes: &[Change]) {
    for entry in changes.iter().flat_map(|change| &change.entries) {
        counter!("caravan_order_transitions_total", "action" => entry.action.as_str()).increment(1);
    }
}

/// ERPs' documents and carriers' answers, by what became of them.
pub(crate) fn received(purpose: &'static str, outcome: &'static str) {
    counter!("caravan_order_received_total", "purpose" => purpose, "outcome" => outcome)
        .increment(1);
}

/// Conflicts that somebody has to look at.
pub(crate) fn conflicts(new: usize) {
    counter!("caravan_order_conflicts_total").increment(u64::try_from(new).unwrap_or(u64::MAX));
}

/// Jobs of imports, by how they ended.
pub(crate) fn import(outcome: &'static str) {
    counter!("caravan_order_import_jobs_total", "outcome" => outcome).increment(1);
}

/// Tenders whose time to answer was over, by whether that could be written down.
pub(crate) fn silence(outcome: &'static str) {
    counter!("caravan_order_tender_silence_total", "outcome" => outcome).increment(1);
}
