//! Finds the bytes of a window that end something or are not printable ASCII, eight bytes at a time.
//!
//! Elements are a few bytes long, so a search that starts anew at each of them (`memchr`) costs more than it saves, and a look at
//! every byte costs a load and a branch each. Here a word of eight bytes gives a mask of what to look at in it, with the high bit
//! of each byte as its mark: the arithmetic never carries from one byte into the next, so no byte is marked for its neighbour.

const HIGH: u64 = 0x8080_8080_8080_8080;
const LOW: u64 = 0x0101_0101_0101_0101;
const WORD: usize = 8;

/// The marked bytes of a window, in order, as their place and value.
pub(crate) struct Marks<'a> {
    window: &'a [u8],
    element: u64,
    terminator: u64,
    /// Where the word begins that `mask` is about.
    word: usize,
    /// Where the next word begins.
    next: usize,
    mask: u64,
}

impl<'a> Marks<'a> {
    /// Marks from `at` on: `element`, `terminator`, and every byte that is no printable ASCII.
    #[inline]
    pub(crate) fn new(window: &'a [u8], at: usize, element: u8, terminator: u8) -> Self {
        let (element, terminator) = (repeated(element), repeated(terminator));
        Self { window, element, terminator, word: at, next: at, mask: 0 }
    }

    /// The next eight bytes as a number, first byte lowest; at the end of the window filled up with spaces, which are no marks
    /// unless a delimiter is one, and then lie behind the window.
    #[inline]
    fn load(&mut self) -> Option<u64> {
        let rest = self.window.get(self.next..)?;
        let bytes = match rest.first_chunk::<WORD>() {
            Some(bytes) => *bytes,
            None if rest.is_empty() => return None,
            None => {
                let mut bytes = [b' '; WORD];
                for (to, from) in bytes.iter_mut().zip(rest) {
                    *to = *from;
                }
                bytes
            }
        };
        Some(u64::from_le_bytes(bytes))
    }
}

impl Iterator for Marks<'_> {
    type Item = (usize, u8);

    #[inline]
    fn next(&mut self) -> Option<(usize, u8)> {
        while self.mask == 0 {
            let word = self.load()?;
            self.mask = zeros(word ^ self.element) | zeros(word ^ self.terminator) | odd(word);
            self.word = self.next;
            self.next = self.next.saturating_add(WORD);
        }
        let within = self.mask.trailing_zeros() / u8::BITS;
        self.mask &= self.mask.wrapping_sub(1);
        let index = self.word.saturating_add(usize::try_from(within).unwrap_or(0));
        Some((index, *self.window.get(index)?))
    }
}

const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

/// Marks the bytes that are zero.
#[inline]
const fn zeros(word: u64) -> u64 {
    !((word & !HIGH).wrapping_add(!HIGH) | word) & HIGH
}

/// Marks the bytes below 0x20 and above 0x7e.
#[inline]
const fn odd(word: u64) -> u64 {
    let low = word & !HIGH;
    let from_space = low.wrapping_add(LOW * 0x60);
    let from_delete = low.wrapping_add(LOW);
    (word | !from_space | from_delete) & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_marks_are_those_that_a_look_at_each_byte_finds(
            window in proptest::collection::vec(any::<u8>(), 0..70),
            at in 0_usize..10,
            element in any::<u8>(),
            terminator in any::<u8>(),
        ) {
            let expected: Vec<(usize, u8)> = window
                .iter()
                .copied()
                .enumerate()
                .skip(at)
                .filter(|(_, byte)| {
                    *byte == element || *byte == terminator || !(0x20..=0x7e).contains(byte)
                })
                .collect();
            let found: Vec<_> = Marks::new(&window, at, element, terminator).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
