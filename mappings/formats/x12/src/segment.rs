//! One segment, borrowed from the window that it was found in.

use std::borrow::Cow;

use crate::Span;

/// A segment: its tag and its elements, without copying.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// The segment's bytes without terminator (and without line breaks, when the file is wrapped).
    pub(crate) data: &'a [u8],
    /// Where each element ends in `data`; the tag is the first.
    pub(crate) ends: &'a [u32],
    /// The segment's bytes in the document, terminator included.
    pub(crate) span: Span,
    /// Whether `data` is the document's bytes as they stand.
    pub(crate) verbatim: bool,
    /// Whether the terminator was found; `false` only at the end of a truncated document.
    pub(crate) terminated: bool,
    /// Whether every byte of `data` is printable ASCII.
    pub(crate) plain: bool,
}

impl<'a> Segment<'a> {
    /// The segment id: `AT7`.
    #[inline]
    #[must_use]
    pub fn tag(&self) -> &'a [u8] {
        self.part(0)
    }

    /// Element `position`, counted from 1 as X12 does; empty when absent.
    #[inline]
    #[must_use]
    pub fn element(&self, position: usize) -> &'a [u8] {
        if position == 0 { &[] } else { self.part(position) }
    }

    /// The elements in order, empty ones included.
    pub fn elements(&self) -> impl Iterator<Item = &'a [u8]> {
        let data = self.data;
        self.ends.windows(2).map(move |ends| match *ends {
            [before, end] => {
                let start = usize::try_from(before).unwrap_or(usize::MAX).saturating_add(1);
                data.get(start..usize::try_from(end).unwrap_or(0)).unwrap_or_default()
            }
            _ => &[],
        })
    }

    /// Element `position` without surrounding spaces, or `None` when nothing is left.
    #[inline]
    #[must_use]
    pub fn value(&self, position: usize) -> Option<&'a [u8]> {
        let value = self.element(position).trim_ascii();
        (!value.is_empty()).then_some(value)
    }

    /// Element `position` as text: trimmed, UTF-8 or else Latin-1; `None` when empty.
    #[must_use]
    pub fn text(&self, position: usize) -> Option<Cow<'a, str>> {
        self.value(position).map(text)
    }

    /// Number of elements after the tag, trailing empty ones included.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    /// Whether there is nothing but the tag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of the whole segment without its terminator.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.data
    }

    /// Whether every byte is printable ASCII, delimiters aside: found on the way, so that nobody looks at each byte again.
    #[inline]
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// Where the segment stands in the document, terminator included.
    #[inline]
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Where element `position` stands; the whole segment when line breaks were taken out of it.
    #[must_use]
    pub fn element_span(&self, position: usize) -> Span {
        match self.range(position) {
            Some((start, end)) if self.verbatim => Span {
                start: self.span.start.saturating_add(u64::from(start)),
                end: self.span.start.saturating_add(u64::from(end)),
            },
            _ => self.span,
        }
    }

    /// Whether the terminator was found; `false` only for the last bytes of a truncated document.
    #[inline]
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.terminated
    }

    #[inline]
    fn range(&self, index: usize) -> Option<(u32, u32)> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before)?.checked_add(1)?,
            None => 0,
        };
        Some((start, end))
    }

    #[inline]
    pub(crate) fn part(&self, index: usize) -> &'a [u8] {
        let Some((start, end)) = self.range(index) else { return &[] };
        let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
            return &[];
        };
        self.data.get(start..end).unwrap_or_default()
    }
}

/// Bytes as text: UTF-8, or else each byte as its Latin-1 character, so that no byte is ever lost.
#[must_use]
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}
