//! The headers of an interchange, a group and a set, what is known when each ends, and how control values compare.

use crate::date::digits;
use crate::{Header, Level, Segment, Span};

/// An ISA header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interchange {
    /// ISA01 to ISA15, trimmed.
    pub elements: [String; 15],
    /// What the header declares.
    pub header: Header,
    /// Its bytes.
    pub span: Span,
}

impl Interchange {
    pub(super) fn read(segment: &Segment<'_>, header: &Header) -> Self {
        let elements = core::array::from_fn(|index| string(segment, index.saturating_add(1)));
        Self { elements, header: header.clone(), span: segment.span() }
    }

    /// ISA`position`, trimmed; positions 1 to 15.
    #[must_use]
    pub fn element(&self, position: usize) -> &str {
        position
            .checked_sub(1)
            .and_then(|index| self.elements.get(index))
            .map_or("", String::as_str)
    }

    /// ISA13, the control number.
    #[must_use]
    pub fn control(&self) -> &str {
        self.element(13)
    }

    /// Whether ISA14 asks for a TA1.
    #[must_use]
    pub fn wants_ta1(&self) -> bool {
        self.element(14) == "1"
    }
}

/// A GS header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// GS01: `QM`, `IM`, `FA`.
    pub functional_id: String,
    /// GS02.
    pub sender: String,
    /// GS03.
    pub receiver: String,
    /// GS06.
    pub control: String,
    /// GS07.
    pub agency: String,
    /// GS08: `004010`.
    pub version: String,
    /// Its bytes.
    pub span: Span,
}

impl Group {
    pub(super) fn read(segment: &Segment<'_>) -> Self {
        Self {
            functional_id: string(segment, 1),
            sender: string(segment, 2),
            receiver: string(segment, 3),
            control: string(segment, 6),
            agency: string(segment, 7),
            version: string(segment, 8),
            span: segment.span(),
        }
    }

    /// Whether GS08 names version 003 to 008.
    #[must_use]
    pub fn version_is_readable(&self) -> bool {
        let version = self.version.as_bytes();
        version.len() >= 6
            && version.get(..3).and_then(digits).is_some_and(|version| (3..=8).contains(&version))
    }

    /// Version and release as a number: 4010 for `004010`; 0 when it is none.
    #[must_use]
    pub fn release(&self) -> u32 {
        self.version.as_bytes().get(..6).and_then(digits).unwrap_or(0)
    }

    /// Whether the group holds acknowledgements (997, 999), which are never acknowledged.
    #[must_use]
    pub fn is_acknowledgement(&self) -> bool {
        self.functional_id == "FA"
    }
}

/// An ST header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetHead {
    /// ST01: `214`.
    pub id: String,
    /// ST02 as sent.
    pub control: String,
    /// ST03, from 5010 on.
    pub implementation: Option<String>,
    /// Its bytes.
    pub span: Span,
}

impl SetHead {
    pub(super) fn read(segment: &Segment<'_>) -> Self {
        Self {
            id: string(segment, 1),
            control: string(segment, 2),
            implementation: segment.text(3).map(|text| text.into_owned()),
            span: segment.span(),
        }
    }
}

/// A set that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetEnd {
    /// Its header.
    pub head: SetHead,
    /// Segments received, ST and SE counted.
    pub segments: u32,
    /// Codes of list 718 (AK502…): 2 trailer missing, 3 control numbers differ, 4 count, 6 and 7 header, 23 not unique.
    pub errors: Vec<u8>,
    /// From ST to SE.
    pub span: Span,
}

impl SetEnd {
    /// Whether segments may be missing, so that the set cannot be trusted.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.errors.iter().any(|code| *code != super::DUPLICATE)
    }
}

/// A group that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEnd {
    /// Its header.
    pub head: Group,
    /// GE01, when there is a GE with a number.
    pub declared: Option<u32>,
    /// ST segments received.
    pub received: u32,
    /// Codes of list 716 (AK905…): 2 version, 3 trailer missing, 4 control numbers differ, 5 count, 6 syntax, 19 not unique.
    pub errors: Vec<u8>,
    /// From GS to GE.
    pub span: Span,
}

/// An interchange that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterchangeEnd {
    /// Its header.
    pub head: Interchange,
    /// GS segments received.
    pub groups: u32,
    /// TA105 note code: 0 none, 1 control numbers differ, 21 count of groups, 23 end of file before IEA.
    pub note: u16,
    /// From ISA to IEA.
    pub span: Span,
}

#[derive(Debug)]
pub(super) struct OpenInterchange {
    pub(super) head: Interchange,
    pub(super) groups: u32,
    pub(super) controls: Controls,
}

#[derive(Debug)]
pub(super) struct OpenGroup {
    pub(super) head: Group,
    pub(super) sets: u32,
    pub(super) errors: Vec<u8>,
    pub(super) controls: Controls,
}

#[derive(Debug)]
pub(super) struct OpenSet {
    pub(super) head: SetHead,
    pub(super) segments: u32,
    pub(super) errors: Vec<u8>,
}

/// Which control numbers were seen, as ranges: senders count up, so a million sets take one range.
#[derive(Debug, Default)]
pub(super) struct Controls(Vec<(u32, u32)>);

/// More ranges than this are not looked after: a sender with random numbers is not checked for repeats.
const RANGES_MAX: usize = 1_000;

impl Controls {
    /// Remembers `control`; `false` when it was there before. What is not a number is not compared.
    pub(super) fn is_new(&mut self, control: &str) -> bool {
        let Some(number) = digits(control.as_bytes()) else { return true };
        match self.0.last_mut() {
            Some((_, last)) if number == last.saturating_add(1) => *last = number,
            Some((_, last)) if number > *last => self.start(number),
            None => self.start(number),
            Some(_) => {
                if self.0.iter().any(|(first, last)| (*first..=*last).contains(&number)) {
                    return false;
                }
                if self.0.len() < RANGES_MAX {
                    self.0.insert(0, (number, number));
                }
            }
        }
        true
    }

    fn start(&mut self, number: u32) {
        if self.0.len() < RANGES_MAX {
            self.0.push((number, number));
        }
    }
}

/// Element `position` as an owned, trimmed text.
pub(super) fn string(segment: &Segment<'_>, position: usize) -> String {
    segment.text(position).map(|text| text.into_owned()).unwrap_or_default()
}

/// Element `position` as a count.
pub(super) fn count(segment: &Segment<'_>, position: usize) -> Option<u32> {
    let value = segment.value(position)?;
    let zeros =
        value.iter().take_while(|byte| **byte == b'0').count().min(value.len().saturating_sub(1));
    digits(value.get(zeros..)?)
}

/// A count for people.
pub(super) fn shown(count: Option<u32>) -> String {
    count.map_or_else(|| "nothing that is a number of".to_owned(), |count| count.to_string())
}

/// Compares a trailer's control number with its header's: equal as text, equal as numbers (a warning), or not.
pub(super) fn compare(
    trailer: &str,
    sent: &str,
    header: &str,
    expected: &str,
) -> Option<(Level, String)> {
    if sent == expected {
        return None;
    }
    let number = |text: &str| {
        let bytes = text.as_bytes();
        (!bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit))
            .then(|| text.trim_start_matches('0').to_owned())
    };
    match (number(sent), number(expected)) {
        (Some(left), Some(right)) if left == right => Some((
            Level::Warning,
            format!("{trailer} {sent:?} and {header} {expected:?} differ in leading zeros"),
        )),
        _ => Some((Level::Error, format!("{trailer} {sent:?} is not {header} {expected:?}"))),
    }
}

/// What a code of list 716 means at a group's head, and what to do.
pub(super) fn group_error(code: u8) -> (&'static str, &'static str) {
    match code {
        2 => (
            "GS08 names a version that is not read here",
            "send version 003 to 008, for example 004010",
        ),
        19 => (
            "the group's control number came before in this interchange",
            "give each group its own GS06",
        ),
        _ => ("GS06, the group's control number, is not a number", "send GS06 with 1 to 9 digits"),
    }
}

/// What a code of list 718 means at a set's head, and what to do.
pub(super) fn set_error(code: u8) -> (&'static str, &'static str) {
    match code {
        6 => ("ST01, the set's id, is missing", "send ST01, for example 214"),
        23 => (
            "the set's control number came before in this group",
            "give each set of a group its own ST02",
        ),
        _ => (
            "ST02, the set's control number, is missing or too long",
            "send ST02 with 4 to 9 characters",
        ),
    }
}
