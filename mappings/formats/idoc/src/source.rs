//! Bytes in, UTF-8 out: decodes what the partner declared, remembers where every byte stood, and caps how much one token takes.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// A character set that IDocs come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, and US-ASCII with it.
    #[default]
    Utf8,
    /// ISO 8859-1: SAP code page 1100 and the like.
    Latin1,
    /// Windows-1252: Latin-1 with the typographic characters in 0x80–0x9F.
    Windows1252,
}

impl Encoding {
    /// The encoding with an IANA name, when we read it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Self::Utf8),
            "iso-8859-1" | "iso8859-1" | "latin1" | "iso_8859-1" => Some(Self::Latin1),
            "windows-1252" | "cp1252" => Some(Self::Windows1252),
            _ => None,
        }
    }
}

/// A byte that does not fit the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadByte {
    /// Where it stands in the input.
    pub position: u64,
    /// The byte.
    pub byte: u8,
}

/// The message of the I/O error that the token cap raises.
pub const TOKEN_TOO_LONG: &str = "one token is longer than the limit";

const CHUNK: usize = 64 * 1024;

/// A reader that hands out UTF-8, whatever came in.
///
/// Positions: parsers count bytes of the output; `position` turns such a count into a byte of the input.
#[derive(Debug)]
pub struct Source<R> {
    inner: R,
    encoding: Encoding,
    raw: Vec<u8>,
    out: Vec<u8>,
    read: usize,
    consumed: u64,
    input: u64,
    shifts: VecDeque<(u64, u64)>,
    bad: VecDeque<BadByte>,
    budget: usize,
    ended: bool,
}

impl<R: Read> Source<R> {
    /// A source over `inner`; nothing is read yet.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            encoding: Encoding::Utf8,
            raw: Vec::new(),
            out: Vec::new(),
            read: 0,
            consumed: 0,
            input: 0,
            shifts: VecDeque::new(),
            bad: VecDeque::new(),
            budget: usize::MAX,
            ended: false,
        }
    }

    /// The first bytes of the input, undecoded: at least `len` of them unless the input is shorter. Only before reading.
    ///
    /// # Errors
    /// What the input's `read` answers.
    pub fn peek(&mut self, len: usize) -> io::Result<&[u8]> {
        while self.raw.len() < len && !self.ended {
            self.fill_raw()?;
        }
        Ok(&self.raw)
    }

    /// Drops `len` bytes of what `peek` showed (a byte-order mark). Only before reading.
    pub fn skip(&mut self, len: usize) {
        let len = len.min(self.raw.len());
        self.raw.drain(..len);
        self.input = self.input.saturating_add(count(len));
        self.shifts.push_back((self.consumed, self.input));
    }

    /// Sets the encoding. Only before reading.
    pub fn set_encoding(&mut self, encoding: Encoding) {
        self.encoding = encoding;
    }

    /// How many bytes may be consumed until the next call; beyond it reading fails with `TOKEN_TOO_LONG`.
    pub fn set_budget(&mut self, bytes: usize) {
        self.budget = bytes;
    }

    /// Bytes handed out so far.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The input byte that output byte `out` came from. Not for output before the last `forget`.
    #[must_use]
    pub fn position(&self, out: u64) -> u64 {
        let index = self.shifts.partition_point(|(at, _)| *at <= out);
        match index.checked_sub(1).and_then(|index| self.shifts.get(index)) {
            Some((at, input)) => input.saturating_add(out.saturating_sub(*at)),
            None => out,
        }
    }

    /// Allows the source to forget how to map positions before output byte `out`.
    pub fn forget(&mut self, out: u64) {
        while self.shifts.get(1).is_some_and(|(at, _)| *at <= out) {
            self.shifts.pop_front();
        }
    }

    /// The first byte before input position `end` that did not fit the encoding; it and the others before `end` are then forgotten.
    pub fn take_bad(&mut self, end: u64) -> Option<BadByte> {
        let first = self.bad.front().copied().filter(|bad| bad.position < end);
        while self.bad.front().is_some_and(|bad| bad.position < end) {
            self.bad.pop_front();
        }
        first
    }

    fn fill_raw(&mut self) -> io::Result<()> {
        let kept = self.raw.len();
        self.raw.resize(kept.saturating_add(CHUNK), 0);
        let space = self.raw.get_mut(kept..).unwrap_or_default();
        let result = self.inner.read(space);
        let got = result.as_ref().map_or(0, |got| *got);
        self.raw.truncate(kept.saturating_add(got));
        self.ended = result? == 0;
        Ok(())
    }

    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.read = 0;
        while self.out.is_empty() {
            if self.raw.is_empty() || self.encoding == Encoding::Utf8 {
                if self.ended && self.raw.is_empty() {
                    return Ok(());
                }
                if !self.ended {
                    self.fill_raw()?;
                }
            }
            let raw = core::mem::take(&mut self.raw);
            self.raw = match self.encoding {
                Encoding::Utf8 => self.decode_utf8(raw),
                Encoding::Latin1 | Encoding::Windows1252 => self.decode_single(raw),
            };
        }
        Ok(())
    }

    fn shift(&mut self) {
        let at = self.consumed.saturating_add(count(self.out.len()));
        self.shifts.push_back((at, self.input));
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.input = self.input.saturating_add(count(bytes.len()));
    }

    /// Decodes as much as is whole; what is left waits for more input.
    fn decode_utf8(&mut self, raw: Vec<u8>) -> Vec<u8> {
        let mut rest = raw.as_slice();
        loop {
            let error = match core::str::from_utf8(rest) {
                Ok(_) => {
                    self.keep(rest);
                    return Vec::new();
                }
                Err(error) => error,
            };
            let (valid, invalid) =
                rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
            self.keep(valid);
            let Some(byte) = invalid.first().copied() else { return Vec::new() };
            if error.error_len().is_none() && !self.ended {
                return invalid.to_vec();
            }
            self.bad.push_back(BadByte { position: self.input, byte });
            self.out.extend_from_slice("\u{FFFD}".as_bytes());
            let skipped = error.error_len().unwrap_or(invalid.len());
            self.input = self.input.saturating_add(count(skipped));
            self.shift();
            rest = invalid.get(skipped..).unwrap_or_default();
        }
    }

    fn decode_single(&mut self, raw: Vec<u8>) -> Vec<u8> {
        let mut buffer = [0_u8; 4];
        for byte in raw {
            if byte < 0x80 {
                self.keep(&[byte]);
                continue;
            }
            let (position, decoded) = (self.input, self.decode_byte(byte));
            let text = decoded.unwrap_or('\u{FFFD}').encode_utf8(&mut buffer);
            self.out.extend_from_slice(text.as_bytes());
            self.input = self.input.saturating_add(1);
            if decoded.is_none() {
                self.bad.push_back(BadByte { position, byte });
            }
            self.shift();
        }
        Vec::new()
    }

    fn decode_byte(&self, byte: u8) -> Option<char> {
        if self.encoding == Encoding::Latin1 || byte >= 0xA0 {
            return Some(char::from(byte));
        }
        let index = usize::from(byte.checked_sub(0x80)?);
        WINDOWS_1252.get(index).copied().filter(|decoded| *decoded != '\0')
    }
}

/// 0x80–0x9F of Windows-1252 (unicode.org VENDORS/MICSFT/WINDOWS/CP1252.TXT); `\0` where it defines nothing.
const WINDOWS_1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read >= self.out.len() {
            self.refill()?;
        }
        let available = self.out.get(self.read..).unwrap_or_default();
        if self.budget == 0 && !available.is_empty() {
            return Err(io::Error::other(TOKEN_TOO_LONG));
        }
        let len = available.len().min(self.budget);
        Ok(available.get(..len).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.read = self.read.saturating_add(amount);
        self.consumed = self.consumed.saturating_add(count(amount));
        self.budget = self.budget.saturating_sub(amount);
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let len = available.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..len), available.get(..len)) {
            to.copy_from_slice(from);
        }
        self.consume(len);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every boundary falls inside something.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buf[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn text(source: &mut Source<Drip<'_>>) -> String {
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn characters_survive_any_chunk_boundary() {
        let input = "aé€😀z";
        let mut source = Source::new(Drip(input.as_bytes()));
        assert_eq!(text(&mut source), input);
        assert_eq!(source.take_bad(u64::MAX), None);
        assert_eq!(source.position(5), 5);
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_reported_where_it_stands() {
        let mut source = Source::new(Drip(b"M\xFCnchen \xE2\x82"));
        assert_eq!(text(&mut source), "M\u{FFFD}nchen \u{FFFD}");
        assert_eq!(source.take_bad(5), Some(BadByte { position: 1, byte: 0xFC }));
        assert_eq!(source.take_bad(u64::MAX), Some(BadByte { position: 8, byte: 0xE2 }));
        assert_eq!(source.position(4), 2, "n stands at byte 2 of the input, 4 of the output");
    }

    #[test]
    fn latin1_is_decoded_and_positions_still_point_into_the_input() {
        let mut source = Source::new(Drip(b"M\xFCnchen"));
        source.set_encoding(Encoding::Latin1);
        assert_eq!(text(&mut source), "München");
        assert_eq!(source.position(3), 2);
    }

    #[test]
    fn windows_1252_has_a_euro_sign_and_holes() {
        let mut source = Source::new(Drip(b"\x80 \x81"));
        source.set_encoding(Encoding::Windows1252);
        assert_eq!(text(&mut source), "€ \u{FFFD}");
        assert_eq!(source.take_bad(u64::MAX), Some(BadByte { position: 2, byte: 0x81 }));
    }

    #[test]
    fn the_budget_stops_a_token_without_end() {
        let mut source = Source::new(Drip(b"abcdef"));
        source.set_budget(3);
        let mut text = Vec::new();
        assert_eq!(source.read_to_end(&mut text).unwrap_err().to_string(), TOKEN_TOO_LONG);
        assert_eq!(text, b"abc");
    }
}
