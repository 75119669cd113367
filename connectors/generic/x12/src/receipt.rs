//! 997, functional acknowledgement of what we sent (a 204): nothing happened to a shipment, so it gives no record.
//! What the partner refuses is a reject of the document, so that somebody sees it. It is never acknowledged itself.

use caravan_mappings_x12::Segment;
use caravan_model::Severity;

use crate::status::Sink;
use crate::values::{span, string};

/// A 997 being read.
#[derive(Debug, Default)]
pub struct ReceiptSet {
    /// AK1: functional id and group control number.
    group: String,
    /// AK2: set id and control number.
    set: String,
}

impl ReceiptSet {
    /// Reads one segment.
    pub fn segment(&mut self, segment: &Segment<'_>, sink: &mut Sink<'_>) {
        let element = |at: usize| string(segment, at).unwrap_or_default();
        match segment.tag() {
            b"AK1" => self.group = format!("{} {}", element(1), element(2)),
            b"AK2" => self.set = format!("{} {}", element(1), element(2)),
            // Lists 717 and 715: everything but accepted, and accepted with errors noted.
            b"AK5" if !matches!(segment.value(1), Some(b"A" | b"E")) => {
                let codes: Vec<String> = (2..=6).filter_map(|at| string(segment, at)).collect();
                let message = format!(
                    "the partner rejects our set {} of group {} ({} {})",
                    self.set,
                    self.group,
                    element(1),
                    codes.join(" ")
                );
                refused(segment, message, sink);
            }
            b"AK9" if !matches!(segment.value(1), Some(b"A" | b"E" | b"P")) => {
                let message =
                    format!("the partner rejects our group {} ({})", self.group, element(1));
                refused(segment, message, sink);
            }
            _ => {}
        }
    }
}

fn refused(segment: &Segment<'_>, message: String, sink: &mut Sink<'_>) {
    let hint = "look at what was sent under this control number, mend it with the partner, and send it again";
    sink.notes.remark(
        sink.rejects,
        Severity::Error,
        "x12-partner-rejects",
        message,
        hint,
        span(segment.span()),
    );
}
