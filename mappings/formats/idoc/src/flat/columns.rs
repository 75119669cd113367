//! Cutting a line into columns by characters.

/// What is left of a line, and where it begins in bytes.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: line, at: 0 }
    }

    /// The next `width` characters, fewer at the end, and the byte at which they begin.
    pub(super) fn take(&mut self, width: usize) -> (u64, &'a str) {
        let start = self.at;
        let end = self.rest.char_indices().nth(width).map_or(self.rest.len(), |(index, _)| index);
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.at = self.at.saturating_add(taken.len());
        (u64::try_from(start).unwrap_or(u64::MAX), taken)
    }

    pub(super) fn skip(&mut self, width: usize) {
        self.take(width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_count_characters_and_positions_count_bytes() {
        let mut columns = Columns::new("éab cd");
        assert_eq!(columns.take(2), (0, "éa"));
        assert_eq!(columns.take(2), (3, "b "));
        assert_eq!(columns.take(9), (5, "cd"));
        assert_eq!(columns.take(1), (7, ""));
    }
}
