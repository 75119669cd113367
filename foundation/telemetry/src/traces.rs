//! Spans for an OpenTelemetry collector, of the traces that requests, documents and events have anyway.
//!
//! # Why not `tracing`'s spans
//! Logs are lines with a trace id, and nothing here opens `tracing` spans; a bridge from them would bring a registry into every
//! line of every process, also where no collector is. A span here is made where one is wanted, and costs one look at a
//! static where none is.
//!
//! # Which traces
//! The trace id alone decides ([`Tracer::takes`]): every process comes to the same answer without being told, over HTTP, through
//! the log, and days later at a replay. What a caller says of sampling is not heeded: whoever calls from outside would else
//! decide what we pay for.
//!
//! # Where a span hangs
//! Within a task under the span that it runs in ([`Span::run`]); between processes under the one in the header `traceparent`
//! ([`Place`]); behind the log and the database under the one in which the thing was made, whose id follows from the thing's own
//! ([`SpanId::of`]), so that nothing needs to be carried beside it.
//!
//! # What a span says
//! Kinds, counts, outcomes, ids of ours. Never a path, a query, a name or a number that a party gave.

mod export;
mod place;
mod span;

use core::fmt;
use std::borrow::Cow;
use std::sync::OnceLock;

use caravan_model::TraceId;
use opentelemetry::InstrumentationScope;
pub use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};

pub use export::{Config, Exporter};
pub use place::{Place, SpanId};
pub use span::{Span, run_in};

use export::Queue;
use span::Origin;

/// The process's own, once it is set up.
static TRACER: OnceLock<Tracer> = OnceLock::new();

/// Makes spans, and puts those that ended where the [`Exporter`] finds them.
#[derive(Clone)]
pub struct Tracer {
    queue: Queue,
    scope: InstrumentationScope,
    ratio: Ratio,
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("ratio", &self.ratio).finish_non_exhaustive()
    }
}

impl Tracer {
    fn new(queue: Queue, ratio: f64) -> Self {
        let scope = InstrumentationScope::builder("caravan").with_version(VERSION).build();
        Self { queue, scope, ratio: Ratio::of(ratio) }
    }

    /// Has this process's spans made by this tracer from now on; only the first one counts.
    pub fn install(self) {
        // Two of them is a test's business, and the first one does what is wanted.
        drop(TRACER.set(self));
    }

    /// Whether spans of `trace` are kept.
    #[must_use]
    pub fn takes(&self, trace: TraceId) -> bool {
        trace.0 != [0; 16] && self.ratio.takes(trace)
    }

    /// Begins a span of `trace`, under the one that this task runs in, if that is of the same trace.
    pub fn begin(
        &self,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
        trace: TraceId,
    ) -> Span {
        if !self.takes(trace) {
            return Span::none();
        }
        let id =
            SpanId::of(u64::from_be_bytes(RandomIdGenerator::default().new_span_id().to_bytes()));
        let origin = Origin { place: Place { trace, span: id }, parent: place::here(trace) };
        Span::open(self.queue.clone(), self.scope.clone(), kind, name.into(), origin)
    }
}

/// What we are, to whoever looks at the spans.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether this process makes spans at all.
#[must_use]
pub fn is_on() -> bool {
    TRACER.get().is_some()
}

/// Begins a span of `trace` with the process's own tracer; see [`Tracer::begin`].
pub fn begin(kind: SpanKind, name: impl Into<Cow<'static, str>>, trace: TraceId) -> Span {
    TRACER.get().map_or_else(Span::none, |tracer| tracer.begin(kind, name, trace))
}

/// Begins a span of a step under the one span that this task runs in; none where it runs in none, or in several.
pub fn step(name: &'static str) -> Span {
    let only = TRACER.get().and_then(|tracer| Some((tracer, place::only()?)));
    only.map_or_else(Span::none, |(tracer, place)| {
        tracer.begin(SpanKind::Internal, name, place.trace)
    })
}

/// A share of all traces, by the 56 random bits at the end of a trace id (W3C Trace Context level 2, §4.2.3): what stands before
/// them in a UUID of version 4 is not random.
#[derive(Debug, Clone, Copy)]
struct Ratio(u64);

impl Ratio {
    const BITS: u32 = 56;

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of 2^56 to a double's precision, held between nothing and all of it"
    )]
    fn of(share: f64) -> Self {
        let all = 1_u64 << Self::BITS;
        Self((share.clamp(0.0, 1.0) * all as f64) as u64)
    }

    fn takes(self, trace: TraceId) -> bool {
        let [.., a, b, c, d, e, f, g] = trace.0;
        u64::from_be_bytes([0, a, b, c, d, e, f, g]) < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_traces_is_half_of_them_though_they_are_uuids() {
        let (half, all, none) = (Ratio::of(0.5), Ratio::of(1.0), Ratio::of(0.0));
        // The fixed bits of a UUID of version 4 are those of 0x40 and 0x80 here.
        let trace = |byte: u8| {
            let mut bytes = [0xff; 16];
            (bytes[6], bytes[8], bytes[9]) = (0x4f, 0xbf, byte);
            TraceId(bytes)
        };
        let taken = |ratio: Ratio| (0..=255).filter(|byte| ratio.takes(trace(*byte))).count();
        assert_eq!((taken(half), taken(all), taken(none)), (128, 256, 0));
    }
}
