//! Cuts a document into segments, one window at a time.
//!
//! One table lookup a byte decides; a segment that a window cuts in two is moved to the window's front before more is
//! read, so memory is one window plus the longest segment, whatever the size of the document.

use memchr::memmem;

use crate::delimiters::{HEADER_BYTES_MAX, read_header};
use crate::marks::Marks;
use crate::{Delimiters, Header, HeaderError, ReadError, Segment, Source, Span};

/// What a document may contain at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes read at a time; also the host's own cap is respected by asking for no more.
    pub window_bytes: u32,
    /// Bytes of one segment.
    pub segment_bytes_max: usize,
    /// Elements of one segment.
    pub elements_max: usize,
    /// Segments of the document.
    pub segments_max: u64,
    /// Bytes of junk before the first ISA.
    pub lead_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window_bytes: 256 * 1024,
            segment_bytes_max: 64 * 1024,
            elements_max: 512,
            segments_max: 200_000_000,
            lead_bytes_max: 1024,
        }
    }
}

/// Why no further segment can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No bytes, or only white space and zero bytes.
    #[error("the document is empty")]
    Empty,
    /// There is no ISA header.
    #[error("the document is not an X12 interchange: it begins with {begins:?}")]
    NotX12 {
        /// Its first characters.
        begins: String,
    },
    /// An ISA header cannot be used.
    #[error("the ISA header at byte {} is not usable", span.start)]
    Header {
        /// The header's bytes.
        span: Span,
        /// What is wrong with it.
        #[source]
        source: HeaderError,
    },
    /// A segment has no end within the cap.
    #[error("the segment at byte {} has no terminator within {max} bytes", span.start)]
    SegmentTooLong {
        /// Where it begins, up to the cap.
        span: Span,
        /// The cap.
        max: usize,
    },
    /// A segment has too many elements.
    #[error("the segment at byte {} has more than {max} elements", span.start)]
    TooManyElements {
        /// Where it stands.
        span: Span,
        /// The cap.
        max: usize,
    },
    /// The document has too many segments.
    #[error("the document has more than {max} segments")]
    TooManySegments {
        /// Where the next one begins.
        span: Span,
        /// The cap.
        max: u64,
    },
    /// The host could not read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Error {
    /// The bytes it is about.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Empty | Self::NotX12 { .. } => Span::default(),
            Self::Header { span, .. }
            | Self::SegmentTooLong { span, .. }
            | Self::TooManyElements { span, .. }
            | Self::TooManySegments { span, .. } => *span,
            Self::Read(error) => Span { start: error.offset, end: error.offset },
        }
    }
}

const DATA: u8 = 0;
const ELEMENT: u8 = 1;
const TERMINATOR: u8 = 2;
const BREAK: u8 = 3;
/// Data that is no printable ASCII: control characters, and everything above 126.
const ODD: u8 = 4;

/// Reads segments one after the other; each is valid until the next.
#[derive(Debug)]
pub struct Tokenizer<S> {
    source: S,
    limits: Limits,
    /// The window.
    buffer: Vec<u8>,
    /// The document's offset of the window's first byte.
    base: u64,
    /// The next byte to look at.
    position: usize,
    exhausted: bool,
    classes: [u8; 256],
    header: Option<Header>,
    expects_header: bool,
    segments: u64,
    junk: Option<Span>,
    // The current segment.
    start: usize,
    end: usize,
    ends: Vec<u32>,
    cleaned: Option<Vec<u8>>,
    spare: Vec<u8>,
    span: Span,
    terminated: bool,
    plain: bool,
}

/// A place behind a segment, to come back to.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    at: u64,
    segments: u64,
    classes: [u8; 256],
    header: Option<Header>,
    expects_header: bool,
    junk: Option<Span>,
}

/// Offsets inside a window fit `u32`, because the window and the segment cap do.
fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn wide(offset: usize) -> u64 {
    u64::try_from(offset).unwrap_or(u64::MAX)
}

impl<S: Source> Tokenizer<S> {
    /// A tokenizer at the start of `source`.
    pub fn new(source: S, limits: Limits) -> Self {
        Self {
            source,
            limits,
            buffer: Vec::new(),
            base: 0,
            position: 0,
            exhausted: false,
            classes: [DATA; 256],
            header: None,
            expects_header: true,
            segments: 0,
            junk: None,
            start: 0,
            end: 0,
            ends: Vec::with_capacity(32),
            cleaned: None,
            spare: Vec::new(),
            span: Span::default(),
            terminated: true,
            plain: true,
        }
    }

    /// Where the next segment will be looked for.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.base.saturating_add(wide(self.position)),
            segments: self.segments,
            classes: self.classes,
            header: self.header.clone(),
            expects_header: self.expects_header,
            junk: self.junk,
        }
    }

    /// Goes back to where `mark` was made. There is no current segment until the next [`advance`](Self::advance).
    pub(crate) fn rewind(&mut self, mark: Mark) {
        let Mark { at, segments, classes, header, expects_header, junk } = mark;
        match at.checked_sub(self.base).and_then(|back| usize::try_from(back).ok()) {
            // Still in the window.
            Some(position) => self.position = position,
            None => {
                self.buffer.clear();
                (self.base, self.position) = (at, 0);
            }
        }
        self.exhausted = false;
        self.segments = segments;
        (self.classes, self.header) = (classes, header);
        (self.expects_header, self.junk) = (expects_header, junk);
        (self.start, self.end, self.terminated) = (self.position, self.position, true);
        self.ends.clear();
        self.cleaned = None;
        self.span = Span { start: at, end: at };
    }

    /// The delimiters in force; `None` before the first header.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Bytes that were skipped before the current segment because they belong to no interchange. Taken once.
    pub fn take_junk(&mut self) -> Option<Span> {
        self.junk.take()
    }

    /// The current segment: what the last successful [`advance`](Self::advance) found.
    #[inline]
    #[must_use]
    pub fn segment(&self) -> Segment<'_> {
        let data = match &self.cleaned {
            Some(cleaned) => cleaned.as_slice(),
            None => self.buffer.get(self.start..self.end).unwrap_or_default(),
        };
        Segment {
            data,
            ends: &self.ends,
            span: self.span,
            verbatim: self.cleaned.is_none(),
            terminated: self.terminated,
            plain: self.plain,
        }
    }

    /// Moves to the next segment; `false` at the end of the document.
    ///
    /// # Errors
    /// When the document is not X12, breaks a limit, or cannot be read.
    pub fn advance(&mut self) -> Result<bool, Error> {
        if let Some(cleaned) = self.cleaned.take() {
            self.spare = cleaned;
        }
        if !self.skip_cosmetic()? {
            return if self.header.is_none() { Err(Error::Empty) } else { Ok(false) };
        }
        if (self.expects_header || self.at_header()?) && !self.read_header()? {
            return Ok(false);
        }
        if self.segments >= self.limits.segments_max {
            let at = self.base.saturating_add(wide(self.position));
            return Err(Error::TooManySegments {
                span: Span { start: at, end: at },
                max: self.limits.segments_max,
            });
        }
        self.segments = self.segments.saturating_add(1);
        self.scan()?;
        self.expects_header = self.segment().tag() == b"IEA";
        Ok(true)
    }

    /// Passes over line breaks, spaces, zero bytes and empty segments; `false` when nothing else is left.
    fn skip_cosmetic(&mut self) -> Result<bool, Error> {
        loop {
            let rest = self.buffer.get(self.position..).unwrap_or_default();
            // The usual case: a tag follows at once.
            if rest.first().is_some_and(u8::is_ascii_alphanumeric) {
                return Ok(true);
            }
            let skipped = rest
                .iter()
                .take_while(|byte| {
                    matches!(**byte, b'\r' | b'\n' | b' ' | b'\t' | 0 | 0x1a)
                        || self.classes.get(usize::from(**byte)).copied().unwrap_or(DATA)
                            == TERMINATOR
                            && byte.is_ascii()
                })
                .count();
            self.position = self.position.saturating_add(skipped);
            if self.position < self.buffer.len() {
                return Ok(true);
            }
            if self.fill(self.position)? == 0 {
                return Ok(false);
            }
        }
    }

    /// Whether an ISA stands here although the interchange before it was not closed.
    fn at_header(&mut self) -> Result<bool, Error> {
        self.require(4)?;
        let rest = self.buffer.get(self.position..).unwrap_or_default();
        Ok(rest.starts_with(b"ISA")
            && rest.get(3).is_some_and(|byte| !byte.is_ascii_alphanumeric()))
    }

    fn read_header(&mut self) -> Result<bool, Error> {
        self.require(HEADER_BYTES_MAX)?;
        if self.base == 0
            && self.buffer.get(self.position..).unwrap_or_default().starts_with(b"\xef\xbb\xbf")
        {
            self.position = self.position.saturating_add(3);
            if !self.skip_cosmetic()? {
                return Err(Error::Empty);
            }
            self.require(HEADER_BYTES_MAX)?;
        }
        if !self.buffer.get(self.position..).unwrap_or_default().starts_with(b"ISA")
            && !self.find_header()?
        {
            return Ok(false);
        }
        let rest = self.buffer.get(self.position..).unwrap_or_default();
        let header = read_header(rest).map_err(|source| {
            let start = self.base.saturating_add(wide(self.position));
            let end = start.saturating_add(wide(rest.len().min(106)));
            Error::Header { span: Span { start, end }, source }
        })?;
        self.classes = classes(&header.delimiters);
        self.header = Some(header);
        Ok(true)
    }

    /// Looks for the next `ISA`; what is passed over is remembered as junk.
    fn find_header(&mut self) -> Result<bool, Error> {
        let first = self.header.is_none();
        let start = self.base.saturating_add(wide(self.position));
        let begins: Vec<u8> =
            self.buffer.get(self.position..).unwrap_or_default().iter().copied().take(40).collect();
        loop {
            let rest = self.buffer.get(self.position..).unwrap_or_default();
            let found = memmem::find(rest, b"ISA");
            // Two bytes are kept, for an ISA that the window cuts.
            self.position =
                self.position.saturating_add(found.unwrap_or(rest.len().saturating_sub(2)));
            let here = self.base.saturating_add(wide(self.position));
            let too_far = first && here.saturating_sub(start) > self.limits.lead_bytes_max;
            if too_far {
                return Err(Error::NotX12 { begins: crate::text(&begins).into_owned() });
            }
            if found.is_some() {
                self.junk = Some(Span { start, end: here });
                self.require(HEADER_BYTES_MAX)?;
                return Ok(true);
            }
            if self.fill(self.position)? == 0 {
                if first {
                    return Err(Error::NotX12 { begins: crate::text(&begins).into_owned() });
                }
                let end = self.base.saturating_add(wide(self.buffer.len()));
                self.junk = Some(Span { start, end });
                self.position = self.buffer.len();
                return Ok(false);
            }
        }
    }

    /// Makes at least `len` bytes available from the current position, unless the document ends before.
    fn require(&mut self, len: usize) -> Result<(), Error> {
        while self.buffer.len().saturating_sub(self.position) < len {
            if self.fill(self.position)? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Drops what lies before `keep` and reads a window behind the rest. Answers how many bytes came.
    fn fill(&mut self, keep: usize) -> Result<usize, Error> {
        if self.exhausted {
            return Ok(0);
        }
        let kept = keep.min(self.buffer.len());
        self.buffer.drain(..kept);
        self.base = self.base.saturating_add(wide(kept));
        self.position = self.position.saturating_sub(kept);
        self.start = 0;
        let offset = self.base.saturating_add(wide(self.buffer.len()));
        let len = self
            .source
            .size()
            .saturating_sub(offset)
            .min(u64::from(self.limits.window_bytes.max(1)));
        let read = if len == 0 {
            0
        } else {
            self.source.read(offset, u32::try_from(len).unwrap_or(1), &mut self.buffer)?
        };
        self.exhausted = read == 0;
        Ok(read)
    }

    /// Finds the end of the segment that begins here, and of each of its elements.
    fn scan(&mut self) -> Result<(), Error> {
        let Some(Header { delimiters, .. }) = self.header else {
            return Err(Error::Empty);
        };
        let Delimiters { terminator, .. } = delimiters;
        self.ends.clear();
        self.start = self.position;
        self.terminated = true;
        self.plain = true;
        let mut broken = false;
        // Relative to the segment's start, so that a refill does not move it.
        let mut at = 0_usize;
        let terminator_len = loop {
            let window = self.buffer.get(self.start..).unwrap_or_default();
            let mut marks = Marks::new(window, at, delimiters.element, terminator.first());
            let found = marks.find_map(|(index, byte)| {
                match self.classes.get(usize::from(byte)).copied().unwrap_or(DATA) {
                    DATA => {}
                    ELEMENT => self.ends.push(small(index)),
                    ODD => self.plain = false,
                    BREAK => broken = true,
                    _ => return Some((index, byte)),
                }
                None
            });
            let Some((index, byte)) = found else {
                at = window.len();
                if self.more(at)? {
                    continue;
                }
                self.terminated = false;
                break 0;
            };
            at = index;
            let tail = window.get(at..).unwrap_or_default();
            if tail.starts_with(terminator.as_bytes()) {
                break terminator.as_bytes().len();
            }
            if tail.len() < terminator.as_bytes().len() && self.more(at)? {
                continue;
            }
            // The first byte of a terminator of two, alone.
            self.plain &= is_plain(byte);
            at = at.saturating_add(1);
        };
        self.finish(at, terminator_len, broken)
    }

    /// Reads on while a segment of `len` bytes has no end yet; `false` at the end of the document.
    fn more(&mut self, len: usize) -> Result<bool, Error> {
        if len > self.limits.segment_bytes_max {
            let start = self.base.saturating_add(wide(self.start));
            let span = Span { start, end: start.saturating_add(wide(len)) };
            return Err(Error::SegmentTooLong { span, max: self.limits.segment_bytes_max });
        }
        Ok(self.fill(self.start)? > 0)
    }

    fn finish(&mut self, len: usize, terminator_len: usize, broken: bool) -> Result<(), Error> {
        self.ends.push(small(len));
        self.end = self.start.saturating_add(len);
        self.position = self.end.saturating_add(terminator_len);
        let start = self.base.saturating_add(wide(self.start));
        let end = self.base.saturating_add(wide(self.position));
        self.span = Span { start, end };
        if len > self.limits.segment_bytes_max {
            return Err(Error::SegmentTooLong {
                span: self.span,
                max: self.limits.segment_bytes_max,
            });
        }
        if self.ends.len() > self.limits.elements_max.saturating_add(1) {
            return Err(Error::TooManyElements { span: self.span, max: self.limits.elements_max });
        }
        if broken {
            self.clean();
        }
        Ok(())
    }

    /// Takes the line breaks of a folded file out of the current segment.
    fn clean(&mut self) {
        let raw = self.buffer.get(self.start..self.end).unwrap_or_default();
        let mut cleaned = core::mem::take(&mut self.spare);
        cleaned.clear();
        self.ends.clear();
        for byte in raw {
            match self.classes.get(usize::from(*byte)).copied().unwrap_or(DATA) {
                BREAK => continue,
                ELEMENT => self.ends.push(small(cleaned.len())),
                _ => {}
            }
            cleaned.push(*byte);
        }
        self.ends.push(small(cleaned.len()));
        self.cleaned = Some(cleaned);
    }
}

/// What each byte means under `delimiters`. Line breaks that delimit nothing are cosmetic wherever they stand.
fn classes(delimiters: &Delimiters) -> [u8; 256] {
    let mut classes = [DATA; 256];
    for (byte, class) in (0..=u8::MAX).zip(&mut classes) {
        *class = if is_plain(byte) { DATA } else { ODD };
    }
    let mut set = |byte: u8, class: u8| {
        if let Some(slot) = classes.get_mut(usize::from(byte)) {
            *slot = class;
        }
    };
    set(b'\r', BREAK);
    set(b'\n', BREAK);
    set(delimiters.element, ELEMENT);
    set(delimiters.terminator.first(), TERMINATOR);
    classes
}

/// Whether a byte is printable ASCII.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

#[cfg(test)]
mod tests;
