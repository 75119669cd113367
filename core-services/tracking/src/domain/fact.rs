//! One report of a happening, cut down to what decides; and when two reports are about the same happening.

use caravan_model::{
    Classifier, ConnectionId, Direction, Milestone, Moment, Place, RecordId, Scope, ScopeKind,
    Status,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The same for every report of the same happening; a report with the same key and another id is a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FactKey(pub(crate) Uuid);

impl FactKey {
    /// The source's own number of the event if it has one. Else what a source repeats when it corrects itself: the connection,
    /// the shipment's reference, the raw code, the classifier, the local time, the place by name and what it is about.
    ///
    /// Not the status, the zone or the coordinates: those are readings of the source, and a better reading is a correction.
    pub(crate) fn of(connection: ConnectionId, reference: &str, milestone: &Milestone) -> Self {
        let mut hash = Sha256::new();
        // Length first, so that no two lists of texts look alike; absent is not the same as empty.
        let mut part = |text: Option<&str>| {
            let length =
                text.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX));
            hash.update(length.to_be_bytes());
            hash.update(text.unwrap_or_default().as_bytes());
        };
        part(Some(&connection.to_string()));
        part(milestone.key.as_deref());
        if milestone.key.is_none() {
            let at = milestone.at;
            let local_ms = at.instant_ms.saturating_add(i64::from(at.offset_min) * 60_000);
            part(Some(reference));
            part(Some(&milestone.raw.list));
            part(Some(&milestone.raw.code));
            part(Some(milestone.classifier.as_str()));
            part(Some(&local_ms.to_string()));
            part(Some(milestone.scope.kind.as_str()));
            part(milestone.scope.id.as_deref());
            let place = milestone.place.clone().unwrap_or_default();
            let names = [
                place.unlocode,
                place.name,
                place.region,
                place.postal_code,
                place.country,
                place.facility,
            ];
            names.iter().for_each(|name| part(name.as_deref()));
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0_u8; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
        Self(Uuid::new_v8(bytes))
    }
}

/// What the fold needs of a milestone. The order is only there to break ties the same way everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// The milestone's id.
    pub(crate) id: RecordId,
    /// Which happening it reports.
    pub(crate) key: FactKey,
    pub(crate) status: Status,
    pub(crate) classifier: Classifier,
    pub(crate) direction: Direction,
    pub(crate) scope: Scope,
    pub(crate) at: Moment,
    /// When the hub recorded it, milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) recorded_ms: i64,
    /// Why, in our words, when the source says so.
    pub(crate) reason: Option<String>,
    /// Where, as [`spot`] writes it, when the source says so.
    pub(crate) place: Option<String>,
}

/// A place cut down to what tells it from others: by its best name, the kind of which leads.
pub(crate) fn spot(place: &Place) -> Option<String> {
    let names =
        [("unlocode", &place.unlocode), ("facility", &place.facility), ("name", &place.name)];
    let mut said = names.into_iter().filter_map(|(kind, name)| {
        let name = name.as_deref()?.trim().to_lowercase();
        (!name.is_empty()).then(|| format!("{kind} {name}"))
    });
    said.next()
}

/// Whether two spots are surely two places: names of different kinds may mean the same one.
pub(crate) fn apart(a: &str, b: &str) -> bool {
    let kind = |spot: &str| spot.split_once(' ').map(|(kind, _)| kind.to_owned());
    a != b && kind(a) == kind(b)
}

impl Fact {
    /// Whether it can say where the goods are: it happened, it is understood, and it is not about paper.
    pub(crate) fn moves(&self) -> bool {
        self.classifier == Classifier::Actual
            && self.status != Status::Unmapped
            && self.scope.kind != ScopeKind::Document
    }

    /// The order of happening. Sources often know only the minute or the day, so at the same instant the reverse leg and the
    /// status that ends more come last.
    pub(crate) fn order(&self) -> (i64, Direction, u8, i64, RecordId) {
        (self.at.instant_ms, self.direction, weight(self.status), self.recorded_ms, self.id)
    }

    /// Which of two reports of the same happening counts: the one recorded last.
    pub(crate) fn newness(&self) -> (i64, RecordId) {
        (self.recorded_ms, self.id)
    }
}

/// What counts more of two things at the same instant.
fn weight(status: Status) -> u8 {
    match status {
        Status::Unmapped | Status::Delayed => 0,
        Status::Cancelled | Status::Delivered | Status::Returned => u8::MAX,
        // The usual order of a shipment's life; 28 values.
        other => u8::try_from(Status::ALL.iter().position(|status| *status == other).unwrap_or(0))
            .unwrap_or(u8::MAX)
            .saturating_add(1),
    }
}
