//! What is wrong inside a set: once as a reject for people, once as AK3 and AK4 for the sender's machine.

use caravan_mappings_x12::Segment;
use caravan_mappings_x12::ack::{NOTES_MAX, SegmentNote};
use caravan_mappings_x12::schema::Fault;
use caravan_model::{Reject, Severity};

use crate::values::span;

/// The findings of one set.
#[derive(Debug, Default)]
pub struct Notes {
    /// Where the set stands: `ISA 000000001 / GS 1 / ST 0001`.
    pub path: String,
    /// AK3 and AK4, the first [`NOTES_MAX`] segments.
    pub segments: Vec<SegmentNote>,
    /// How many records were lost to errors.
    pub lost: u32,
}

impl Notes {
    /// Notes for the set at `path`.
    #[must_use]
    pub fn new(path: String) -> Self {
        Self { path, ..Self::default() }
    }

    /// Adds the faults of a segment's elements; most have none.
    #[inline]
    pub fn faults(
        &mut self,
        rejects: &mut Vec<Reject>,
        segment: &Segment<'_>,
        position: u32,
        faults: &[Fault],
        severity: Severity,
    ) {
        if !faults.is_empty() {
            self.blame(rejects, segment, position, faults, severity);
        }
    }

    fn blame(
        &mut self,
        rejects: &mut Vec<Reject>,
        segment: &Segment<'_>,
        position: u32,
        faults: &[Fault],
        severity: Severity,
    ) {
        let tag = caravan_mappings_x12::text(segment.tag());
        let mut note =
            SegmentNote { id: tag.clone().into_owned(), position, code: 8, elements: Vec::new() };
        for fault in faults {
            let element = usize::from(fault.position);
            let value = segment.text(element).unwrap_or_default();
            let (code, hint) = words(fault.code);
            let shown = if value.is_empty() { String::new() } else { format!(" {value:?}") };
            rejects.push(Reject {
                severity,
                code: code.to_owned(),
                path: format!(
                    "{} / segment {position} {tag} / element {:02}",
                    self.path, fault.position
                ),
                message: format!("{tag}{:02}{shown} {}", fault.position, fault.meaning()),
                hint: Some(hint.to_owned()),
                source: span(if value.is_empty() {
                    segment.span()
                } else {
                    segment.element_span(element)
                }),
            });
            note.elements.push((fault.clone(), value.into_owned()));
        }
        if self.segments.len() < NOTES_MAX {
            self.segments.push(note);
        }
    }

    /// Adds a finding about a whole segment, with its code of list 720.
    pub fn segment(
        &mut self,
        rejects: &mut Vec<Reject>,
        segment: &Segment<'_>,
        position: u32,
        code: u8,
        message: &str,
    ) {
        let tag = caravan_mappings_x12::text(segment.tag());
        rejects.push(Reject {
            severity: Severity::Warning,
            code: "x12-segment".to_owned(),
            path: format!("{} / segment {position} {tag}", self.path),
            message: format!("segment {tag} {message}"),
            hint: Some("leave the segment out, or send it where the set allows it".to_owned()),
            source: span(segment.span()),
        });
        if self.segments.len() < NOTES_MAX {
            let id = tag.chars().take(3).collect();
            self.segments.push(SegmentNote { id, position, code, elements: Vec::new() });
        }
    }

    /// Adds a segment that must be there and is not.
    pub fn missing(
        &mut self,
        rejects: &mut Vec<Reject>,
        tag: &str,
        position: u32,
        source: caravan_model::Span,
        severity: Severity,
    ) {
        rejects.push(Reject {
            severity,
            code: "x12-segment-missing".to_owned(),
            path: format!("{} / segment {position}", self.path),
            message: format!("segment {tag} is mandatory and missing"),
            hint: Some(format!("send {tag} in every set")),
            source,
        });
        self.lost = self.lost.saturating_add(u32::from(severity == Severity::Error));
        if self.segments.len() < NOTES_MAX {
            self.segments.push(SegmentNote {
                id: tag.to_owned(),
                position,
                code: 3,
                elements: Vec::new(),
            });
        }
    }

    /// Adds a finding that is no syntax error: it goes to people only.
    pub fn remark(
        &mut self,
        rejects: &mut Vec<Reject>,
        severity: Severity,
        code: &str,
        message: String,
        hint: &str,
        source: caravan_model::Span,
    ) {
        if severity == Severity::Error {
            self.lost = self.lost.saturating_add(1);
        }
        let path = self.path.clone();
        rejects.push(Reject {
            severity,
            code: code.to_owned(),
            path,
            message,
            hint: Some(hint.to_owned()),
            source,
        });
    }
}

/// The reject code of an element error of list 723, and what to do about it.
const fn words(code: u8) -> (&'static str, &'static str) {
    match code {
        1 => ("x12-element-missing", "send the element"),
        2 => ("x12-element-conditional", "send the element, or leave out the one that requires it"),
        3 => ("x12-element-extra", "send no more elements than the segment has"),
        4 => ("x12-element-short", "fill the element to its least length"),
        5 => ("x12-element-long", "cut the element to its greatest length"),
        6 => ("x12-element-character", "send only characters of the element's type"),
        7 => {
            ("x12-unknown-code", "send a code of the list, or add this one to the party's profile")
        }
        8 => ("x12-element-date", "send a date that exists as CCYYMMDD"),
        9 => ("x12-element-time", "send a time from 0000 to 2359 as HHMM or HHMMSS"),
        10 => ("x12-element-exclusive", "send one of the two, not both"),
        _ => ("x12-element", "look at the element's definition"),
    }
}
