//! What this service counts.

use metrics::counter;

use crate::domain::matching::Outcome;

/// Shipments were rated.
pub(crate) fn rated(shipments: usize) {
    counter!("caravan_settlement_shipments_rated_total").increment(count(shipments));
}

/// A bill came out differently than before.
pub(crate) fn examined(outcome: Outcome) {
    counter!("caravan_settlement_bills_examined_total", "outcome" => outcome.as_str()).increment(1);
}

/// Bills came.
pub(crate) fn taken(bills: usize) {
    counter!("caravan_settlement_bills_taken_total").increment(count(bills));
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
