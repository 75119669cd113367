//! Facts for the tests of the domain.

use caravan_model::{
    Classifier, Direction, Moment, RecordId, Scope, ScopeKind, Status, ZoneSource,
};
use uuid::Uuid;

use super::{Fact, FactKey};

/// Something that happened at minute `minute`, each status and minute a happening of its own, recorded when it happened.
pub(crate) fn fact(status: Status, minute: i64) -> Fact {
    let number = u128::from(minute.unsigned_abs()) << 8 | status as u128;
    Fact {
        id: RecordId(Uuid::from_u128(number)),
        key: FactKey(Uuid::from_u128(number)),
        status,
        classifier: Classifier::Actual,
        direction: Direction::Forward,
        scope: Scope::SHIPMENT,
        at: Moment { instant_ms: minute * 60_000, offset_min: 0, zone: ZoneSource::Sent },
        recorded_ms: minute * 60_000,
        reason: None,
        place: None,
    }
}

impl Fact {
    /// The same happening, reported again with a later recording and another content.
    pub(crate) fn corrected(self, status: Status, minutes_later: i64) -> Self {
        let id = RecordId(Uuid::from_u128(self.id.0.as_u128() | 1 << 100));
        Self { id, status, recorded_ms: self.recorded_ms + minutes_later * 60_000, ..self }
    }

    pub(crate) fn back(self) -> Self {
        Self { direction: Direction::Return, ..self }
    }

    pub(crate) fn expected(self) -> Self {
        Self { classifier: Classifier::Estimated, ..self }
    }

    pub(crate) fn piece(self, id: &str) -> Self {
        Self {
            scope: Scope { kind: ScopeKind::Piece, id: Some(id.to_owned()) },
            ..self.numbered(id)
        }
    }

    pub(crate) fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    pub(crate) fn at_place(self, name: &str) -> Self {
        Self { place: Some(format!("name {name}")), ..self }
    }

    pub(crate) fn recorded(self, minute: i64) -> Self {
        Self { recorded_ms: minute * 60_000, ..self }
    }

    fn numbered(self, id: &str) -> Self {
        let number = self.id.0.as_u128() | u128::from(id.as_bytes()[0]) << 80;
        Self {
            id: RecordId(Uuid::from_u128(number)),
            key: FactKey(Uuid::from_u128(number)),
            ..self
        }
    }
}
