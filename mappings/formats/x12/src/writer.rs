//! Writes segments so that data never breaks the delimiters: X12 has no escape, so an offending character becomes a space.

use crate::{Delimiters, Segment};

/// Writes one interchange's bytes.
#[derive(Debug)]
pub struct Writer {
    delimiters: Delimiters,
    out: Vec<u8>,
    replaced: usize,
}

impl Writer {
    /// A writer with nothing written.
    #[must_use]
    pub fn new(delimiters: Delimiters) -> Self {
        Self { delimiters, out: Vec::with_capacity(64), replaced: 0 }
    }

    /// The delimiters it writes with.
    #[must_use]
    pub fn delimiters(&self) -> &Delimiters {
        &self.delimiters
    }

    /// Writes a segment. Trailing empty elements are left out, as the standard asks.
    pub fn segment(&mut self, tag: &str, elements: &[&str]) {
        let last = elements.iter().rposition(|element| !element.is_empty());
        self.data(tag);
        for element in elements.iter().take(last.map_or(0, |last| last.saturating_add(1))) {
            self.out.push(self.delimiters.element);
            self.data(element);
        }
        self.terminate();
    }

    /// Writes a segment whose elements may hold composites: each element is the list of its components.
    pub fn composite_segment(&mut self, tag: &str, elements: &[&[&str]]) {
        let empty = |element: &&[&str]| element.iter().all(|component| component.is_empty());
        let last = elements.iter().rposition(|element| !empty(element));
        self.data(tag);
        for element in elements.iter().take(last.map_or(0, |last| last.saturating_add(1))) {
            self.out.push(self.delimiters.element);
            let filled = element.iter().rposition(|component| !component.is_empty());
            for (index, component) in
                element.iter().take(filled.map_or(0, |at| at.saturating_add(1))).enumerate()
            {
                if index > 0 {
                    self.out.push(self.delimiters.component);
                }
                self.data(component);
            }
        }
        self.terminate();
    }

    /// Writes the ISA header from its elements 1 to 15; each is cut or padded to its width, ISA16 is the component separator.
    pub fn isa(&mut self, elements: &[&str; 15]) {
        const WIDTHS: [usize; 15] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1];
        self.out.extend_from_slice(b"ISA");
        for (index, (element, width)) in elements.iter().zip(WIDTHS).enumerate() {
            self.out.push(self.delimiters.element);
            if index == 10 {
                self.out.push(self.delimiters.repetition.unwrap_or(b'U'));
                continue;
            }
            let cut: String = element.chars().filter(char::is_ascii).take(width).collect();
            self.data(&cut);
            self.out.extend(core::iter::repeat_n(b' ', width.saturating_sub(cut.len())));
        }
        self.out.extend([self.delimiters.element, self.delimiters.component]);
        self.terminate();
    }

    /// Writes a segment as it was read. Meant for the delimiters that it was read with.
    pub fn verbatim(&mut self, segment: &Segment<'_>) {
        self.out.extend_from_slice(segment.bytes());
        self.terminate();
    }

    /// A text as it will stand in an element, without spaces at its ends: for whoever must know its length before.
    #[must_use]
    pub fn plain(&self, text: &str) -> String {
        let text: String =
            text.chars().map(|one| if self.offends(one) { ' ' } else { one }).collect();
        text.trim().to_owned()
    }

    /// How many characters were replaced by a space because they are delimiters or control characters.
    #[must_use]
    pub fn replaced(&self) -> usize {
        self.replaced
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    fn terminate(&mut self) {
        self.out.extend_from_slice(self.delimiters.terminator.as_bytes());
    }

    fn data(&mut self, text: &str) {
        let Delimiters { element, component, repetition, terminator } = self.delimiters;
        let is_plain = |byte: u8| {
            (0x20..0x7f).contains(&byte)
                && byte != element
                && byte != component
                && byte != terminator.first()
                && Some(byte) != repetition
        };
        if text.bytes().all(is_plain) {
            self.out.extend_from_slice(text.as_bytes());
            return;
        }
        let mut buffer = [0; 4];
        for character in text.chars() {
            if self.offends(character) {
                self.replaced = self.replaced.saturating_add(1);
                self.out.push(b' ');
            } else {
                self.out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }

    /// Whether it is a delimiter or a control character.
    fn offends(&self, character: char) -> bool {
        let Delimiters { element, component, repetition, terminator } = self.delimiters;
        match character.encode_utf8(&mut [0; 4]).as_bytes() {
            [byte] => {
                byte.is_ascii_control()
                    || *byte == element
                    || *byte == component
                    || Some(*byte) == repetition
                    || *byte == terminator.first()
            }
            several => several == terminator.as_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Limits, Tokenizer};

    const HEAD: [&str; 15] = [
        "00",
        "",
        "00",
        "",
        "ZZ",
        "A",
        "ZZ",
        "B",
        "200910",
        "1930",
        "",
        "00501",
        "000000001",
        "0",
        "P",
    ];

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut tokenizer = Tokenizer::new(bytes, Limits::default());
        let mut segments = Vec::new();
        while tokenizer.advance().unwrap() {
            let segment = tokenizer.segment();
            let tag = crate::text(segment.tag()).into_owned();
            let elements =
                (1..=segment.len()).map(|at| crate::text(segment.element(at)).into_owned());
            segments.push(core::iter::once(tag).chain(elements).collect());
        }
        segments
    }

    #[test]
    fn the_header_is_106_bytes_whatever_it_is_given() {
        let mut writer = Writer::new(Delimiters::OURS);
        writer.isa(&[
            "00",
            "é",
            "00",
            "",
            "ZZ",
            "A*B~C",
            "ZZ",
            "TOO LONG FOR A RECEIVER",
            "200910",
            "1930",
            "",
            "00501",
            "1",
            "0",
            "P",
        ]);
        let bytes = writer.finish();
        assert_eq!(bytes.len(), 106);
        assert!(crate::read_header(&bytes).unwrap().standard_width);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_what_is_parsed(
            segments in prop::collection::vec(
                ("[A-Z][A-Z0-9]{1,2}", prop::collection::vec("[a-zA-Z0-9 .,&/é-]{0,12}", 0..12)), 0..20),
        ) {
            prop_assume!(segments.iter().all(|(tag, _)| tag != "ISA" && tag != "IEA"));
            let mut writer = Writer::new(Delimiters::OURS);
            writer.isa(&HEAD);
            for (tag, elements) in &segments {
                let elements: Vec<&str> = elements.iter().map(String::as_str).collect();
                writer.segment(tag, &elements);
            }
            let printed = writer.finish();
            let expected: Vec<Vec<String>> = segments.iter().map(|(tag, elements)| {
                let kept = elements.iter().rposition(|element| !element.is_empty()).map_or(0, |last| last + 1);
                core::iter::once(tag.clone()).chain(elements.iter().take(kept).cloned()).collect()
            }).collect();
            prop_assert_eq!(&read(&printed)[1..], &expected[..]);

            let mut tokenizer = Tokenizer::new(printed.as_slice(), Limits::default());
            let mut again = Writer::new(Delimiters::OURS);
            while tokenizer.advance().unwrap() {
                again.verbatim(&tokenizer.segment());
            }
            prop_assert_eq!(again.finish(), printed);
        }

        #[test]
        fn no_text_breaks_the_delimiters(text in "\\PC{0,40}|[*~:^\r\n]{0,10}") {
            let mut writer = Writer::new(Delimiters::OURS);
            writer.isa(&HEAD);
            writer.segment("NTE", &["x", &text, "end"]);
            let printed = writer.finish();
            let segments = read(&printed);
            prop_assert_eq!(segments.len(), 2);
            prop_assert_eq!(segments[1].len(), 4);
        }
    }
}
