//! What intake tells the operator: typed events and spans, constant names.

use caravan_fault::Class;
use caravan_model::{DocumentHash, TraceId};
use caravan_telemetry::traces::{self, Span, SpanId, SpanKind};
use metrics::{counter, histogram};

use crate::documents::{DocumentRow, Door, Totals};

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

/// The span in which a document was received, by its bytes: whoever processes it finds its way back without being told.
fn span_of(document: DocumentHash) -> SpanId {
    let [a, b, c, d, e, f, g, h, ..] = document.0;
    SpanId::of(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// The span of a document on its way in.
pub(crate) fn receiving(door: Door, trace: TraceId) -> Span {
    let mut span = traces::begin(SpanKind::Producer, "receive document", trace);
    span.set("caravan.door", door.as_str());
    span
}

/// The document of a span is durable; what was there before has its span already.
pub(crate) fn is_durable(span: Span, document: DocumentHash, duplicate: bool) {
    let mut span = if duplicate { span } else { span.known_as(span_of(document)) };
    span.set("caravan.document.duplicate", duplicate);
}

/// The span of a document that is processed, under the one in which it was received by whoever did not process it at once.
pub(crate) fn processing(row: &DocumentRow, at_once: bool) -> Span {
    let span = traces::begin(SpanKind::Consumer, "process document", row.trace);
    let mut span = if at_once { span } else { span.under(span_of(row.key.hash)) };
    span.set("caravan.document.attempt", i64::from(row.attempts));
    span
}

/// How a document of a span ended.
pub(crate) fn processed(
    span: &mut Span,
    status: &'static str,
    class: Option<Class>,
    totals: Totals,
) {
    span.set("caravan.document.status", status);
    for (key, count) in [
        ("caravan.document.records", totals.records),
        ("caravan.document.duplicates", totals.duplicates),
        ("caravan.document.rejects", totals.rejects),
    ] {
        span.set(key, i64::try_from(count).unwrap_or(i64::MAX));
    }
    if let Some(class) = class {
        span.fail(class.as_str());
    }
}
