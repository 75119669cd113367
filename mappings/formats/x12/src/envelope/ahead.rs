//! Looks ahead to the end of a set that is too large to be held back until its SE has been read.

use crate::tokenizer::Error;
use crate::{Level, Source};

use super::parts::{self, compare};
use super::{OpenSet, Reader};

/// Further than this nobody looks: what a portion of a document may cost has an end.
const BYTES_MAX: u64 = 64 << 20;

impl<S: Source> Reader<S> {
    /// Whether the open set ends with an SE that counts its segments right and carries its control number. None when no set
    /// is open, or its end is over 64 MiB away. The reading goes on where it was; [`Reader::segment`] is empty until it does.
    pub fn set_ends_well(&mut self) -> Option<bool> {
        // A segment that waits to be handled would be lost.
        let set = self.set.as_ref().filter(|_| !self.replay)?;
        let mark = self.tokens.mark();
        // What stops the reading ahead stops it again when it is read for real, and is told then.
        let found = ends_well(&mut self.tokens, set).unwrap_or(Some(false));
        self.tokens.rewind(mark);
        found
    }
}

fn ends_well<S: Source>(
    tokens: &mut crate::Tokenizer<S>,
    set: &OpenSet,
) -> Result<Option<bool>, Error> {
    if set.errors.iter().any(|code| *code != super::DUPLICATE) {
        return Ok(Some(false));
    }
    let (mut segments, begun) = (set.segments, tokens.segment().span().end);
    loop {
        if !tokens.advance()? {
            return Ok(Some(false));
        }
        let segment = tokens.segment();
        if segment.span().start.saturating_sub(begun) > BYTES_MAX {
            return Ok(None);
        }
        segments = segments.saturating_add(1);
        match segment.tag() {
            b"SE" => {
                let counted = parts::count(&segment, 1) == Some(segments);
                let control = parts::string(&segment, 2);
                let named = compare("SE02", &control, "ST02", &set.head.control)
                    .is_none_or(|(level, _)| level != Level::Error);
                return Ok(Some(segment.is_terminated() && counted && named));
            }
            b"ISA" | b"GS" | b"ST" | b"GE" | b"IEA" => return Ok(Some(false)),
            _ => {}
        }
    }
}
