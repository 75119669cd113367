//! What intake tells the operator: typed events, constant names.

use caravan_fault::Class;
use metrics::{counter, histogram};

use crate::documents::Door;

/// A document became durable (or was there before).
pub(crate) fn received(door: Door, bytes: u64, duplicate: bool) {
    let duplicate = if duplicate { "yes" } else { "no" };
    counter!("caravan_documents_received_total", "door" => door.as_str(), "duplicate" => duplicate)
        .increment(1);
    counter!("caravan_document_bytes_total", "door" => door.as_str()).increment(bytes);
}

/// A document's processing ended.
pub(crate) fn ended(status: &'static str, class: Option<Class>, seconds: f64) {
    let class = class.map_or("none", Class::as_str);
    counter!("caravan_documents_ended_total", "status" => status, "class" => class).increment(1);
    histogram!("caravan_document_seconds", "status" => status).record(seconds);
}

/// A message of our own was sent, or not.
pub(crate) fn outgoing(outcome: &'static str) {
    counter!("caravan_outgoing_total", "outcome" => outcome).increment(1);
}

/// Events were appended.
pub(crate) fn published(new: u64, duplicate: u64) {
    counter!("caravan_events_published_total").increment(new);
    counter!("caravan_events_duplicate_total").increment(duplicate);
}
