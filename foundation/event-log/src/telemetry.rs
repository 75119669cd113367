//! The log's metrics and spans, by name.

use std::collections::{BTreeMap, HashSet};
use std::time::SystemTime;

use caravan_events::Envelope;
use caravan_model::{RecordId, TraceId};
use caravan_telemetry::traces::{self, Span, SpanId, SpanKind};
use metrics::{counter, gauge};

use crate::{Partition, Stored};

/// Most events of one append that get a span of their own: a document of a hundred thousand records is one document.
const SPANS_MAX: usize = 64;
/// Most spans that a batch's span names besides the one that it is under.
const LINKS_MAX: usize = 32;

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

/// The span in which an event was made, by the event: whoever handles it finds its way back without being told.
pub(crate) fn span_of(id: RecordId) -> SpanId {
    let (bits, _) = id.0.as_u64_pair();
    SpanId::of(bits)
}

/// Makes the spans of those of `events` that are `new`, when it is called: after the commit, since what is rolled back was not made.
/// None where no spans are wanted.
pub(crate) fn publishing(
    events: &[Envelope],
    new: &[RecordId],
    began: SystemTime,
) -> Option<impl FnOnce() + Send + 'static + use<>> {
    if !traces::is_on() || new.is_empty() {
        return None;
    }
    let new: HashSet<&RecordId> = new.iter().collect();
    let made = events.iter().filter(|event| new.contains(&event.id));
    let made = made.filter_map(|event| Some((event.trace?, event.id, event.kind.clone())));
    let made: Vec<_> = made.take(SPANS_MAX).collect();
    Some(move || {
        for (trace, id, kind) in made {
            let span = traces::begin(SpanKind::Producer, "publish", trace);
            let mut span = span.known_as(span_of(id)).since(began);
            span.rename(|| format!("publish {}", kind.as_str()));
            span.set("messaging.system", "caravan");
            span.set("messaging.message.id", id.to_string());
        }
    })
}

/// The spans of a batch: one in each trace that led to it, under the span of the trace's first event.
pub(crate) fn handling(group: &str, events: &[Stored]) -> Vec<Span> {
    if !traces::is_on() {
        return Vec::new();
    }
    let mut by_trace: BTreeMap<[u8; 16], Vec<RecordId>> = BTreeMap::new();
    for Stored { envelope, .. } in events {
        if let Some(trace) = envelope.trace {
            by_trace.entry(trace.0).or_default().push(envelope.id);
        }
    }
    let spans = by_trace.into_iter().filter_map(|(trace, ids)| {
        let (first, others) = ids.split_first()?;
        let span = traces::begin(SpanKind::Consumer, "process", TraceId(trace));
        let mut span = span.under(span_of(*first));
        span.rename(|| format!("process {group}"));
        span.set("messaging.system", "caravan");
        span.set("messaging.consumer.group.name", group.to_owned());
        span.set("messaging.batch.message_count", i64::try_from(ids.len()).unwrap_or(i64::MAX));
        others.iter().take(LINKS_MAX).for_each(|id| span.link(span_of(*id)));
        span.place().map(|_| span)
    });
    spans.collect()
}

/// How the batch of these spans ended.
pub(crate) fn handled(spans: &mut [Span], outcome: &'static str, is_failure: bool) {
    for span in spans {
        span.set("caravan.outcome", outcome);
        if is_failure {
            span.fail(outcome);
        }
    }
}
