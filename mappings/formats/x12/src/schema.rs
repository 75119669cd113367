//! Segment definitions, and the comparison of one segment with its own: the codes are those of AK403 (list 723).
//!
//! Lengths are the most generous of releases 003 to 008, so that a sender is never blamed for a newer or older directory.

use crate::{Segment, date};

mod condition;
pub use condition::Condition;
use condition::Positions;

mod segments;
pub use segments::{definition, is_in_set};

/// Data type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    An,
    /// A code.
    Id,
    /// An integer with implied decimals; a leading minus is allowed and not counted.
    N,
    /// A decimal number with an explicit point; sign and point are not counted.
    R,
    /// A date.
    Dt,
    /// A time of day.
    Tm,
    /// A composite; not looked into.
    Composite,
}

/// One element's definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementDef {
    /// Data element number of the dictionary (AK402); 0 when not known here.
    pub reference: u16,
    /// Data type.
    pub kind: Kind,
    /// Least length.
    pub min: u8,
    /// Greatest length.
    pub max: u8,
    /// Whether it must be there.
    pub mandatory: bool,
}

/// One segment's definition.
#[derive(Debug, Clone, Copy)]
pub struct SegmentDef {
    /// Its id.
    pub tag: &'static str,
    /// Its elements, in order.
    pub elements: &'static [ElementDef],
    /// Its conditions.
    pub conditions: &'static [Condition],
    /// Which of its elements must be there.
    mandatory: Positions,
}

impl SegmentDef {
    const fn new(
        tag: &'static str,
        elements: &'static [ElementDef],
        conditions: &'static [Condition],
    ) -> Self {
        let mut mandatory = Positions::NONE;
        let (mut rest, mut position) = (elements, 1);
        while let [element, others @ ..] = rest {
            if element.mandatory {
                mandatory = mandatory.with(position);
            }
            (rest, position) = (others, position + 1);
        }
        Self { tag, elements, conditions, mandatory }
    }

    /// The data element number at `position`; 0 when not known.
    fn reference(&self, position: usize) -> u16 {
        self.elements.get(position.saturating_sub(1)).map_or(0, |element| element.reference)
    }
}

/// Something wrong with an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Element position, from 1.
    pub position: u8,
    /// Data element number; 0 when not known.
    pub reference: u16,
    /// Code of list 723: 1 mandatory missing, 2 conditional missing, 3 too many, 4 too short, 5 too long, 6 bad character,
    /// 7 bad code value, 8 bad date, 9 bad time, 10 exclusion.
    pub code: u8,
}

impl Fault {
    /// What the code means, as the end of a sentence about the element.
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        match self.code {
            1 => "is mandatory and missing",
            2 => "is missing, though another element requires it",
            3 => "is one element too many",
            4 => "is too short",
            5 => "is too long",
            6 => "has a character that its type does not allow",
            7 => "is not a value of its code list",
            8 => "is not a date",
            9 => "is not a time",
            10 => "excludes another element that is there too",
            _ => "is not valid",
        }
    }
}

/// Compares `segment` with `definition` and adds what is wrong to `faults`. `release` is GS08's (4010, 5010…).
pub fn check(
    segment: &Segment<'_>,
    definition: &SegmentDef,
    release: u32,
    faults: &mut Vec<Fault>,
) {
    let mut present = Positions::NONE;
    for (index, bytes) in segment.elements().enumerate() {
        let position = index.saturating_add(1);
        let Some(element) = definition.elements.get(index) else {
            if bytes.is_empty() {
                continue;
            }
            push(faults, position, 0, 3);
            break;
        };
        let code = if bytes.is_empty() {
            u8::from(element.mandatory)
        } else {
            if !is_blank(bytes) {
                present = present.with(position);
            }
            check_value(bytes, segment.is_plain(), element, release)
        };
        if code != 0 {
            push(faults, position, element.reference, code);
        }
    }
    for position in definition.mandatory.beyond(segment.len()) {
        push(faults, position, definition.reference(position), 1);
    }
    for condition in definition.conditions {
        if let Some((position, code)) = condition.broken_by(present) {
            let reference = definition.reference(position);
            let position = u8::try_from(position).unwrap_or(u8::MAX);
            let fault = Fault { position, reference, code };
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
}

/// Whether there is nothing but spaces.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|first| *first <= b' ') && bytes.trim_ascii().is_empty()
}

fn push(faults: &mut Vec<Fault>, position: usize, reference: u16, code: u8) {
    let position = u8::try_from(position).unwrap_or(u8::MAX);
    faults.push(Fault { position, reference, code });
}

fn check_value(bytes: &[u8], plain: bool, element: &ElementDef, release: u32) -> u8 {
    let (min, max) = (usize::from(element.min), usize::from(element.max));
    let len = match element.kind {
        Kind::An | Kind::Id => match text_len(bytes, plain) {
            Some(0) if element.kind == Kind::An => return 0,
            Some(len) => len,
            None => return 6,
        },
        Kind::N | Kind::R => match number_len(bytes, element.kind == Kind::R) {
            Some(len) => len,
            None => return 6,
        },
        Kind::Dt => {
            let short = bytes.len() == 6 && release >= 4010;
            return if date::Date::parse(bytes).is_none() { 8 } else { 4 * u8::from(short) };
        }
        Kind::Tm if date::parse_time(bytes).is_none() => return 9,
        Kind::Tm | Kind::Composite => return 0,
    };
    4 * u8::from(len < min) + 5 * u8::from(len > max)
}

/// Characters of a text without its trailing spaces, which the standard does not count and many senders leave in;
/// `None` when a control character is among them. `plain` says that every byte is printable ASCII.
fn text_len(bytes: &[u8], plain: bool) -> Option<usize> {
    if plain {
        return Some(bytes.trim_ascii_end().len());
    }
    let mut len = 0_usize;
    let mut high = false;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b' ' => {}
            0..=0x1f | 0x7f => return None,
            _ => {
                high |= *byte >= 0x80;
                len = index.saturating_add(1);
            }
        }
    }
    Some(if high { crate::text(bytes.get(..len).unwrap_or_default()).chars().count() } else { len })
}

/// Digits of a number; sign and point are not counted. `None` when it is none.
fn number_len(bytes: &[u8], decimal: bool) -> Option<usize> {
    let mut points = 0_usize;
    let mut digits = 0_usize;
    for byte in bytes.strip_prefix(b"-").unwrap_or(bytes) {
        match byte {
            b'0'..=b'9' => digits = digits.saturating_add(1),
            b'.' => points = points.saturating_add(1),
            _ => return None,
        }
    }
    (digits > 0 && points <= usize::from(decimal)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Tokenizer};

    fn check_text(text: &str, expected: &[(u8, u8)]) {
        let document = format!(
            "ISA*00*          *00*          *ZZ*A              *ZZ*B              *200910*1930*U*00401*000000001*0*P*>~{text}~"
        );
        let mut tokenizer = Tokenizer::new(document.as_bytes(), Limits::default());
        tokenizer.advance().unwrap();
        tokenizer.advance().unwrap();
        let segment = tokenizer.segment();
        let mut faults = Vec::new();
        check(&segment, definition(segment.tag()).unwrap(), 4010, &mut faults);
        let found: Vec<(u8, u8)> =
            faults.iter().map(|fault| (fault.position, fault.code)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn segments_of_the_published_samples_are_good() {
        for text in [
            "B10*0542550913*7727019*XXXX",
            "B10*4343638097845589              *4343638097845589              *CPCC",
            "AT7*AG*NS***20200911*1159*ET",
            "AT7*XB*NS***20191103*1534*",
            "MS2*XXXX*902577*CV",
            "N4*ORLANDO*FL*32810",
            "L1*1*41.93*PH*56186",
            "L1*1*.07*CT*13427****GST",
            "L1*2***-44949****DSC",
            "B3**699751522*134982*PP**20180914*12417**20180915*035*DDDD*20180914",
            "LX*000001",
        ] {
            check_text(text, &[]);
        }
    }

    #[test]
    fn each_code_of_list_723_is_given_where_it_belongs() {
        check_text("B10*1*2", &[(3, 1)]);
        check_text("N1*ST*", &[(2, 2)]);
        check_text("L11**CI", &[(1, 2)]);
        check_text("B10*1*2*ABCD*1*AB*C*Y*20200101*1200*X", &[(10, 3), (5, 10)]);
        check_text("AT7*A*NS***20200911*1159*LT", &[(1, 4)]);
        check_text("B10*1*2*ABCDE", &[(3, 5)]);
        check_text("LX*1A", &[(1, 6)]);
        check_text("AT7*AG*NS***20200931*1159*LT", &[(5, 8)]);
        check_text("AT7*AG*NS***20200930*2460*LT", &[(6, 9)]);
        check_text("AT7*AG*NS*AA**20200930*2300*LT", &[(3, 10), (4, 2)]);
        check_text("AT7*****20200930", &[(1, 2)]);
    }
}
