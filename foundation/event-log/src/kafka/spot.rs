//! A position of this log: how far its reader has come in the outbox, and where Kafka has that.
//!
//! The first part decides what is a duplicate. The second only saves looking, and is believed only as far as it is confirmed: a
//! topic may have been made anew, or cut short by retention. Written as
//! - `xid:pos`: Kafka's offset is not known (a position of the Postgres log, or of an event that was read from the outbox);
//! - `xid:pos@offset`: the event at this place was the last message, and has this offset;
//! - `xid:pos@offset=xid:pos`: the last message was a duplicate, of the event at the second place;
//! - `xid:pos+offset`: nothing behind the place lies before the offset.

use core::fmt;

use crate::postgres::Place;
use crate::{Error, Position};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// Everything up to here is behind the reader.
    pub(super) passed: Place,
    pub(super) hint: Hint,
}

/// Where Kafka has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// Nobody knows.
    Unknown,
    /// The last message read, by its offset and its place: it must still be there.
    At(i64, Place),
    /// Where to begin reading.
    From(i64),
}

impl Spot {
    pub(super) fn read(position: &Position) -> Result<Self, Error> {
        let passed = Place::read(position)?;
        let text = position.as_str();
        let hint = match text.find(['@', '+']).and_then(|sign| text.split_at_checked(sign)) {
            None => Some(Hint::Unknown),
            Some((_, hint)) => read_hint(hint, passed),
        };
        let hint = hint.ok_or_else(|| Error::Position { position: text.to_owned() })?;
        Ok(Self { passed, hint })
    }

    pub(super) fn position(&self) -> Position {
        Position::new(self.to_string())
    }
}

fn read_hint(text: &str, passed: Place) -> Option<Hint> {
    if let Some(offset) = text.strip_prefix('+') {
        return Some(Hint::From(offset.parse().ok()?));
    }
    let at = text.strip_prefix('@')?;
    match at.split_once('=') {
        None => Some(Hint::At(at.parse().ok()?, passed)),
        Some((offset, place)) => Some(Hint::At(offset.parse().ok()?, Place::parse(place)?)),
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.passed)?;
        match self.hint {
            Hint::Unknown => Ok(()),
            Hint::From(offset) => write!(f, "+{offset}"),
            Hint::At(offset, place) if place == self.passed => write!(f, "@{offset}"),
            Hint::At(offset, place) => write!(f, "@{offset}={place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_read_back_and_foreign_texts_refused() {
        let (passed, other) = (Place { xid: 7, pos: 12 }, Place { xid: 6, pos: 1 });
        for hint in [Hint::Unknown, Hint::From(0), Hint::At(i64::MAX, passed), Hint::At(4, other)] {
            let spot = Spot { passed, hint };
            assert_eq!(Spot::read(&spot.position()).unwrap(), spot);
        }
        let start = Spot { passed: Place::START, hint: Hint::Unknown };
        assert_eq!(Spot::read(&Position::START).unwrap(), start);
        for bad in ["7", "7:1@", "7:1@a", "7:1+", "7:1@4=", "7:1@4=5", "@4", "7:1@4+4"] {
            assert!(Spot::read(&Position::new(bad)).is_err(), "{bad}");
        }
    }
}
