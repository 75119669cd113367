//! The ISA header: the one segment of fixed width, from which all delimiters are read.
//!
//! The element separator is byte 3; the component separator is ISA16; the terminator is whatever follows it.
//! Senders get the widths wrong and gateways fold lines at 80 columns, so elements are counted and not measured.

use memchr::memchr;

/// The segment terminator: one character, of up to four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminator {
    bytes: [u8; 4],
    len: u8,
}

impl Terminator {
    /// A terminator of one byte.
    #[must_use]
    pub const fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], len: 1 }
    }

    /// Its bytes: never empty.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Its first byte.
    #[must_use]
    pub const fn first(&self) -> u8 {
        let [first, ..] = self.bytes;
        first
    }

    fn from_utf8(bytes: &[u8]) -> Option<Self> {
        let character = (2..=4_usize).find_map(|len| {
            let character = bytes.get(..len)?;
            core::str::from_utf8(character).ok().map(|_| character)
        })?;
        let mut own = [0; 4];
        own.iter_mut().zip(character).for_each(|(to, from)| *to = *from);
        Some(Self { bytes: own, len: u8::try_from(character.len()).ok()? })
    }
}

/// The delimiters of one interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// Between elements, usually `*`.
    pub element: u8,
    /// Between the components of a composite, usually `:` or `>`.
    pub component: u8,
    /// Between repetitions, from interchange version 00402 on.
    pub repetition: Option<u8>,
    /// After each segment, usually `~`.
    pub terminator: Terminator,
}

impl Delimiters {
    /// What we write ourselves: `*`, `:`, `^` and `~`.
    pub const OURS: Self = Self {
        element: b'*',
        component: b':',
        repetition: Some(b'^'),
        terminator: Terminator::byte(b'~'),
    };
}

/// An ISA header as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The delimiters it declares.
    pub delimiters: Delimiters,
    /// Bytes up to and including the terminator.
    pub length: usize,
    /// Whether every element has its prescribed width.
    pub standard_width: bool,
}

/// Why the delimiters could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The bytes do not begin with `ISA`.
    #[error("the interchange does not begin with ISA")]
    NotIsa,
    /// The document ends inside the header.
    #[error("the document ends inside the ISA header")]
    Truncated,
    /// There are no sixteen elements where the header should end.
    #[error("the ISA header does not have 16 elements")]
    NotSixteen,
    /// ISA16 is empty, so that the terminator stands in its place.
    #[error("ISA16, the component separator, is missing")]
    NoComponent,
    /// A delimiter is a letter, a digit or a space, which data is made of.
    #[error("the {role} is {found:?}, which is a character of data")]
    NotADelimiter {
        /// Which delimiter.
        role: &'static str,
        /// The character found in its place.
        found: char,
    },
    /// Two delimiters are the same character.
    #[error("the {first} and the {second} are both {found:?}")]
    Clash {
        /// One of the two.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// The character.
        found: char,
    },
}

const WIDTHS: [usize; 15] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1];
/// A header longer than this has lost its end.
pub(crate) const HEADER_BYTES_MAX: usize = 512;

const ELEMENT: &str = "element separator (byte 4)";
const COMPONENT: &str = "component separator (ISA16)";
const REPETITION: &str = "repetition separator (ISA11)";
const TERMINATOR: &str = "segment terminator (byte 106)";

/// Reads the delimiters from bytes that begin with `ISA`.
///
/// # Errors
/// When the header has not 16 elements, or its delimiters cannot be told from data or from each other.
pub fn read_header(bytes: &[u8]) -> Result<Header, HeaderError> {
    let [b'I', b'S', b'A', element, ..] = *bytes else {
        return Err(if bytes.starts_with(b"ISA") {
            HeaderError::Truncated
        } else {
            HeaderError::NotIsa
        });
    };
    distinct_from_data(ELEMENT, element)?;
    let window = bytes.get(..bytes.len().min(HEADER_BYTES_MAX)).unwrap_or_default();
    let lost = if bytes.len() < HEADER_BYTES_MAX {
        HeaderError::Truncated
    } else {
        HeaderError::NotSixteen
    };

    let mut at = 4_usize;
    let mut standard_width = true;
    let mut folded = false;
    let (mut control, mut version) = (0_u8, 0_u32);
    for (index, width) in WIDTHS.into_iter().enumerate() {
        let rest = window.get(at..).unwrap_or_default();
        let Some(len) = memchr(element, rest) else { return Err(lost) };
        let value = rest.get(..len).unwrap_or_default();
        let breaks = value.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count();
        folded |= breaks > 0;
        standard_width &= len.saturating_sub(breaks) == width;
        match index {
            10 => {
                control = value
                    .iter()
                    .copied()
                    .find(|byte| !matches!(byte, b'\r' | b'\n'))
                    .unwrap_or(b'U')
            }
            11 => version = crate::date::digits(value.trim_ascii()).unwrap_or(0),
            _ => {}
        }
        at = at.saturating_add(len).saturating_add(1);
    }
    let rest = window.get(at..).unwrap_or_default();
    let skipped = if folded {
        rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
    } else {
        0
    };
    let tail = rest.get(skipped..).unwrap_or_default();
    let (component, after) = match tail {
        [b'~', b'\r' | b'\n', ..] | [b'~', b'G', b'S', ..] => return Err(HeaderError::NoComponent),
        [component, after @ ..] if !after.is_empty() => (*component, after),
        _ => return Err(HeaderError::Truncated),
    };
    let (terminator, length) = terminator(after)?;
    let repetition = (version >= 402 && is_delimiter(control)).then_some(control);
    let delimiters = Delimiters { element, component, repetition, terminator };
    distinct(&delimiters)?;
    let length = at.saturating_add(skipped).saturating_add(1).saturating_add(length);
    Ok(Header { delimiters, length, standard_width })
}

/// The terminator at the start of `bytes` and how many bytes it takes.
fn terminator(bytes: &[u8]) -> Result<(Terminator, usize), HeaderError> {
    match *bytes {
        // A line that ends in CR LF: the LF ends it, and the CR before it is cosmetic.
        [b'\r', b'\n', ..] => Ok((Terminator::byte(b'\n'), 2)),
        [byte, ..] if byte < 0x80 => {
            if byte != b'\r' && byte != b'\n' {
                distinct_from_data(TERMINATOR, byte)?;
            }
            Ok((Terminator::byte(byte), 1))
        }
        [byte, ..] => {
            let terminator = Terminator::from_utf8(bytes).unwrap_or(Terminator::byte(byte));
            Ok((terminator, terminator.as_bytes().len()))
        }
        [] => Err(HeaderError::Truncated),
    }
}

const fn is_delimiter(byte: u8) -> bool {
    byte < 0x80 && !byte.is_ascii_alphanumeric() && !matches!(byte, b' ' | b'\r' | b'\n' | 0)
}

fn distinct_from_data(role: &'static str, byte: u8) -> Result<(), HeaderError> {
    if is_delimiter(byte) {
        Ok(())
    } else {
        Err(HeaderError::NotADelimiter { role, found: char::from(byte) })
    }
}

fn distinct(delimiters: &Delimiters) -> Result<(), HeaderError> {
    distinct_from_data(COMPONENT, delimiters.component)?;
    let all = [
        (ELEMENT, Some(delimiters.element)),
        (COMPONENT, Some(delimiters.component)),
        (REPETITION, delimiters.repetition),
        (TERMINATOR, Some(delimiters.terminator.first())),
    ];
    for (index, (second, byte)) in all.iter().enumerate() {
        let clash =
            all.iter().take(index).find(|(_, earlier)| earlier.is_some() && earlier == byte);
        if let (Some((first, _)), Some(byte)) = (clash, byte) {
            return Err(HeaderError::Clash { first, second, found: char::from(*byte) });
        }
    }
    Ok(())
}
