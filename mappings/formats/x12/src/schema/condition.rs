//! Conditions between the elements of a segment, as sets of positions: what is there and what must be are compared as numbers.

/// Element positions, from 1 to 63, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Positions(u64);

impl Positions {
    pub(super) const NONE: Self = Self(0);

    /// These, and `position`; one that no segment has is left out.
    pub(super) const fn with(self, position: usize) -> Self {
        if position < 64 { Self(self.0 | 1 << position) } else { self }
    }

    const fn of(mut list: &[u8]) -> Self {
        let mut positions = Self::NONE;
        while let [first, rest @ ..] = list {
            positions = positions.with(*first as usize);
            list = rest;
        }
        positions
    }

    /// Those of them that are greater than `position`, in order.
    pub(super) fn beyond(self, position: usize) -> impl Iterator<Item = usize> {
        let mut rest = if position < 63 { self.0 >> (position + 1) << (position + 1) } else { 0 };
        core::iter::from_fn(move || {
            let first = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            usize::try_from(first).ok().filter(|first| *first < 64)
        })
    }

    fn has(self, position: u8) -> bool {
        Self::of(&[position]).0 & self.0 != 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// P: if one is there, all are.
    Paired,
    /// R: at least one is there.
    Required,
    /// E: at most one is there.
    Exclusive,
    /// C: if the first is there, the others are.
    Conditional,
}

/// A condition between elements, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    rule: Rule,
    /// In the standard's order, which decides which one is blamed.
    list: &'static [u8],
    all: Positions,
}

const fn condition(rule: Rule, list: &'static [u8]) -> Condition {
    Condition { rule, list, all: Positions::of(list) }
}

/// P: if one is there, all are.
pub(super) const fn paired(list: &'static [u8]) -> Condition {
    condition(Rule::Paired, list)
}

/// R: at least one is there.
pub(super) const fn required(list: &'static [u8]) -> Condition {
    condition(Rule::Required, list)
}

/// E: at most one is there.
pub(super) const fn exclusive(list: &'static [u8]) -> Condition {
    condition(Rule::Exclusive, list)
}

/// C: if the first is there, the others are.
pub(super) const fn conditional(list: &'static [u8]) -> Condition {
    condition(Rule::Conditional, list)
}

impl Condition {
    /// The position to blame and its code of list 723 (2 conditional missing, 10 exclusion), when the elements that are
    /// `present` break it.
    pub(super) fn broken_by(&self, present: Positions) -> Option<(usize, u8)> {
        let there = present.0 & self.all.0;
        let missing = || self.list.iter().find(|position| !present.has(**position));
        let (position, code) = match self.rule {
            Rule::Paired if there != 0 && there != self.all.0 => (missing()?, 2),
            Rule::Required if there == 0 => (self.list.first()?, 2),
            Rule::Exclusive if there.count_ones() > 1 => {
                (self.list.iter().filter(|position| present.has(**position)).nth(1)?, 10)
            }
            Rule::Conditional if there != self.all.0 && present.has(*self.list.first()?) => {
                (missing()?, 2)
            }
            _ => return None,
        };
        Some((usize::from(*position), code))
    }
}
