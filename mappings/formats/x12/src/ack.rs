//! Acknowledgements: what was found, as AK2…AK9 and TA1 text, and the outgoing 997 made of it.
//!
//! A verdict carries its own piece of the answer as text in [`Delimiters::OURS`]: a set its `AK2…AK5`, a group its
//! `GS` and `AK1`, `AK9`, an interchange its `ISA` (and `TA1`). [`answer`] puts the pieces of one document together.
//! One 997 per functional group; a group of acknowledgements is never acknowledged.

use crate::envelope::{Group, GroupEnd, Interchange, InterchangeEnd, SetHead};
use crate::schema::Fault;
use crate::{Delimiters, Writer, date};

mod answer;
pub use answer::{Answer, Piece, answer};

/// Whether a part was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A.
    Accepted,
    /// E: taken, with errors noted.
    WithErrors,
    /// R.
    Rejected,
}

impl Outcome {
    /// AK501, AK901 and TA104 say it with the same letters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Accepted => "A",
            Self::WithErrors => "E",
            Self::Rejected => "R",
        }
    }
}

/// What is wrong with one segment of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentNote {
    /// Segment id as received.
    pub id: String,
    /// Position in the set, ST being 1.
    pub position: u32,
    /// Code of list 720: 1 unrecognised, 3 mandatory missing, 6 not in the set, 7 out of sequence, 8 has element errors.
    pub code: u8,
    /// Its elements' faults, each with a copy of the bad value.
    pub elements: Vec<(Fault, String)>,
}

/// More notes than this are counted and not written.
pub const NOTES_MAX: usize = 100;

/// `AK2…AK5` of a set.
#[must_use]
pub fn set_text(head: &SetHead, outcome: Outcome, errors: &[u8], notes: &[SegmentNote]) -> String {
    let mut writer = Writer::new(Delimiters::OURS);
    writer.segment(
        "AK2",
        &[&head.id, &head.control, head.implementation.as_deref().unwrap_or_default()],
    );
    for note in notes.iter().take(NOTES_MAX) {
        writer.segment("AK3", &[&note.id, &note.position.to_string(), "", &note.code.to_string()]);
        for (fault, copy) in note.elements.iter().take(NOTES_MAX) {
            let reference =
                if fault.reference == 0 { String::new() } else { fault.reference.to_string() };
            let copy: String = copy.chars().take(99).collect();
            writer.segment(
                "AK4",
                &[&fault.position.to_string(), &reference, &fault.code.to_string(), &copy],
            );
        }
    }
    let mut codes: Vec<String> = errors.iter().take(4).map(u8::to_string).collect();
    if !notes.is_empty() {
        codes.push("5".to_owned());
    }
    if codes.is_empty() {
        writer.segment("AK5", &[outcome.code()]);
    } else {
        let codes = codes.iter().map(String::as_str);
        let elements: Vec<&str> = core::iter::once(outcome.code()).chain(codes).collect();
        writer.segment("AK5", &elements);
    }
    String::from_utf8(writer.finish()).unwrap_or_default()
}

/// Code of AK901 for a group of which `accepted` of `received` sets were taken, some perhaps with errors.
///
/// P when at least one set was rejected and one was not; R when none was taken.
#[must_use]
pub fn group_code(end: &GroupEnd, accepted: u32, noted: bool) -> &'static str {
    if accepted == 0 && (end.received > 0 || !end.errors.is_empty()) {
        "R"
    } else if accepted < end.received {
        "P"
    } else if noted || !end.errors.is_empty() {
        "E"
    } else {
        "A"
    }
}

/// `GS`, `AK1`, `AK9` of a group.
#[must_use]
pub fn group_text(end: &GroupEnd, code: &str, accepted: u32) -> String {
    let Group { functional_id, sender, receiver, control, agency, version, .. } = &end.head;
    let mut writer = Writer::new(Delimiters::OURS);
    writer.segment("GS", &[functional_id, sender, receiver, "", "", control, agency, version]);
    writer.segment("AK1", &[functional_id, control, version]);
    let included = end.declared.unwrap_or(end.received).to_string();
    let (received, accepted) = (end.received.to_string(), accepted.to_string());
    let errors: Vec<String> = end.errors.iter().take(5).map(u8::to_string).collect();
    let mut elements = vec![code, &included, &received, &accepted];
    elements.extend(errors.iter().map(String::as_str));
    writer.segment("AK9", &elements);
    String::from_utf8(writer.finish()).unwrap_or_default()
}

/// `ISA` of an interchange, and its `TA1` when one is due: asked for by ISA14, or something is wrong with the envelope.
#[must_use]
pub fn interchange_text(end: &InterchangeEnd) -> String {
    let mut writer = Writer::new(Delimiters::OURS);
    let elements = end.head.elements.each_ref().map(String::as_str);
    writer.segment("ISA", &elements);
    if end.note != 0 || end.head.wants_ta1() {
        let outcome = if end.note == 0 { Outcome::Accepted } else { Outcome::WithErrors };
        ta1(&mut writer, &end.head, outcome, end.note);
    }
    String::from_utf8(writer.finish()).unwrap_or_default()
}

fn ta1(writer: &mut Writer, head: &Interchange, outcome: Outcome, note: u16) {
    let note = format!("{note:03}");
    writer.segment(
        "TA1",
        &[head.control(), head.element(9), head.element(10), outcome.code(), &note],
    );
}

/// Date and time elements of an outgoing envelope.
struct Stamp {
    date: String,
    time: String,
}

impl Stamp {
    fn at(now_ms: i64) -> Self {
        let (date, time) = date::stamp(now_ms);
        Self { date, time }
    }

    fn short_date(&self) -> &str {
        self.date.get(2..).unwrap_or_default()
    }
}
