//! Where a span is: its trace and its own id, as the task that runs in it knows it, and as a header tells it.

use core::fmt;
use std::sync::Arc;

use caravan_model::TraceId;

tokio::task_local! {
    /// The spans that this task runs in, one for each trace, in the order of their traces.
    pub(super) static HERE: Option<Arc<[Place]>>;
}

/// A span's id, never zero; its text is 16 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(u64);

impl SpanId {
    /// The id that follows from `bits`, of an id or a hash: the span in which a thing was made is found by the thing.
    #[must_use]
    pub const fn of(bits: u64) -> Self {
        Self(if bits == 0 { 1 } else { bits })
    }

    pub(super) fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A span of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
}

impl Place {
    /// Reads a W3C `traceparent` (Trace Context, §3.2): `00-<32 hex>-<16 hex>-<2 hex>`, neither all zero. The flags are not
    /// looked at.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
        let hex = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if !hex(version, 2) || version == "ff" || !hex(trace, 32) || !hex(span, 16) {
            return None;
        }
        let trace: TraceId = trace.parse().ok()?;
        let span = u64::from_str_radix(span, 16).ok().filter(|bits| *bits != 0)?;
        (trace.0 != [0; 16]).then_some(Self { trace, span: SpanId(span) })
    }

    /// The `traceparent` that says so, and whether the span is one that is kept.
    #[must_use]
    pub fn header(self, is_kept: bool) -> String {
        // As one number: every request of a gateway has one written.
        let trace = u128::from_be_bytes(self.trace.0);
        format!("00-{trace:032x}-{:016x}-{:02x}", self.span.0, u8::from(is_kept))
    }
}

/// The span of `trace` that this task runs in.
pub(super) fn here(trace: TraceId) -> Option<SpanId> {
    let found = HERE.try_with(|here| {
        let here = here.as_deref()?;
        let index = here.binary_search_by_key(&trace.0, |place| place.trace.0).ok()?;
        here.get(index).map(|place| place.span)
    });
    found.ok().flatten()
}

/// The span that this task runs in, if it is one.
pub(super) fn only() -> Option<Place> {
    let found = HERE.try_with(|here| match here.as_deref() {
        Some([place]) => Some(*place),
        _ => None,
    });
    found.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_is_taken_up() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let place = Place::read(good).unwrap();
        assert_eq!(place.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(place.span.to_string(), "00f067aa0ba902b7");
        assert_eq!(place.header(true), good);
        for bad in [
            "",
            "00",
            "00-zz-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-+0f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Place::read(bad), None, "{bad}");
        }
    }
}
