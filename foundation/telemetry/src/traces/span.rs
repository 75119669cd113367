//! One span: open while something is done, on its way to the collector when it is dropped.

use core::fmt;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{self as otel, Link, SpanContext, SpanKind, Status, TraceFlags};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::export::Queue;
use super::place::{HERE, Place, SpanId};

/// A span, or none where its trace is not kept. It ends when it is dropped.
pub struct Span(Option<Box<Open>>);

struct Open {
    data: SpanData,
    place: Place,
    queue: Queue,
}

/// Where a span is, and under what.
pub(super) struct Origin {
    pub(super) place: Place,
    pub(super) parent: Option<SpanId>,
}

impl Span {
    /// One that nobody sees.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    pub(super) fn open(
        queue: Queue,
        scope: InstrumentationScope,
        kind: SpanKind,
        name: Cow<'static, str>,
        origin: Origin,
    ) -> Self {
        let now = SystemTime::now();
        let data = SpanData {
            span_context: context(origin.place),
            parent_span_id: origin.parent.map_or(otel::SpanId::INVALID, id),
            parent_span_is_remote: false,
            span_kind: kind,
            name,
            start_time: now,
            end_time: now,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: Default::default(),
            links: Default::default(),
            status: Status::Unset,
            instrumentation_scope: scope,
        };
        Self(Some(Box::new(Open { data, place: origin.place, queue })))
    }

    /// The same under `parent`, which another process or an earlier task has.
    #[must_use]
    pub fn under(mut self, parent: SpanId) -> Self {
        if let Some(open) = &mut self.0 {
            open.data.parent_span_id = id(parent);
            open.data.parent_span_is_remote = true;
        }
        self
    }

    /// The same with the id by which what is made in it leads back to it.
    #[must_use]
    pub fn known_as(mut self, span: SpanId) -> Self {
        if let Some(open) = &mut self.0 {
            open.place.span = span;
            open.data.span_context = context(open.place);
        }
        self
    }

    /// The same as begun at `start`.
    #[must_use]
    pub fn since(mut self, start: SystemTime) -> Self {
        if let Some(open) = &mut self.0 {
            open.data.start_time = start;
        }
        self
    }

    /// Another span that led to this one.
    pub fn link(&mut self, span: SpanId) {
        if let Some(open) = &mut self.0 {
            let place = Place { trace: open.place.trace, span };
            open.data.links.links.push(Link::with_context(context(place)));
        }
    }

    /// What it is called, now that this is known.
    pub fn rename(&mut self, name: impl FnOnce() -> String) {
        if let Some(open) = &mut self.0 {
            open.data.name = Cow::Owned(name());
        }
    }

    /// Says something of it: nothing that a party gave.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(open) = &mut self.0 {
            open.data.attributes.push(KeyValue::new(key, value));
        }
    }

    /// It failed, by the name of the failure.
    pub fn fail(&mut self, why: &'static str) {
        if let Some(open) = &mut self.0 {
            open.data.status = Status::error(why);
        }
    }

    /// Where it is; none when it is not kept.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.0.as_ref().map(|open| open.place)
    }

    /// Runs `work` in this span: what begins there is under it.
    pub fn run<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        run_in(core::slice::from_ref(self), work)
    }
}

/// Runs `work` in several spans, of as many traces: what begins there is under the one of its trace.
pub fn run_in<F: Future>(spans: &[Span], work: F) -> impl Future<Output = F::Output> + use<F> {
    let mut places: Vec<Place> = spans.iter().filter_map(Span::place).collect();
    places.sort_unstable_by_key(|place| place.trace.0);
    let here = (!places.is_empty()).then(|| Arc::from(places));
    // Where none is kept, what is around stays in force.
    HERE.scope(here.or_else(|| HERE.try_with(Clone::clone).ok().flatten()), work)
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            let Open { mut data, queue, .. } = *open;
            // Clocks are set back now and then; a span never is shorter than nothing.
            data.end_time = data.start_time.max(SystemTime::now());
            queue.put(data);
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Span").field(&self.place()).finish()
    }
}

fn id(span: SpanId) -> otel::SpanId {
    otel::SpanId::from_bytes(span.bytes())
}

fn context(place: Place) -> SpanContext {
    let trace = otel::TraceId::from_bytes(place.trace.0);
    SpanContext::new(trace, id(place.span), TraceFlags::SAMPLED, false, Default::default())
}
