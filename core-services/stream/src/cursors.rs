//! Where a stream stands: a position in every partition of the log, and its text, which is the id of a frame.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use caravan_event_log::{Cursor, Partition, Position};

/// Longest text of an id that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;
/// Between two positions of a text.
const SEPARATOR: char = '\n';

/// One position for each partition, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursors(Vec<Position>);

impl Cursors {
    /// Before the first event, moved to where `known` says.
    pub(crate) fn at(partitions: u16, known: Vec<Cursor>) -> Self {
        let mut cursors = Self(vec![Position::START; usize::from(partitions)]);
        for cursor in known {
            cursors.pass(cursor.partition, cursor.position);
        }
        cursors
    }

    /// Everything in `partition` up to `position` is behind.
    pub(crate) fn pass(&mut self, partition: Partition, position: Position) {
        if let Some(here) = self.0.get_mut(usize::from(partition.0)) {
            *here = position;
        }
    }

    /// The position in a partition.
    pub(crate) fn of(&self, partition: Partition) -> Option<&Position> {
        self.0.get(usize::from(partition.0))
    }

    /// All of them, as the log wants them.
    pub(crate) fn list(&self) -> Vec<Cursor> {
        (0_u16..)
            .zip(&self.0)
            .map(|(number, position)| Cursor {
                partition: Partition(number),
                position: position.clone(),
            })
            .collect()
    }

    /// The text: opaque to callers.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for (number, position) in self.0.iter().enumerate() {
            if number > 0 {
                text.push(SEPARATOR);
            }
            text.push_str(position.as_str());
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads a text back; none when it is not one of a log with so many partitions.
    pub(crate) fn read(text: &str, partitions: u16) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let positions: Vec<Position> = text.split(SEPARATOR).map(Position::new).collect();
        (positions.len() == usize::from(partitions)).then_some(Self(positions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_back() {
        let moved = vec![
            Cursor { partition: Partition(0), position: Position::new("77:1") },
            Cursor { partition: Partition(15), position: Position::new("99:12345") },
        ];
        let cursors = Cursors::at(16, moved);
        let text = cursors.to_text();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(Cursors::read(&text, 16), Some(cursors));
        assert_eq!(Cursors::read(&text, 15), None, "another log's");
        for bad in ["", "x", "77:1", &"A".repeat(TEXT_BYTES_MAX + 4)] {
            assert_eq!(Cursors::read(bad, 16), None, "{bad}");
        }
    }
}
