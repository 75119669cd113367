//! A milestone as it arrives from the log, read and ready to be folded.

use std::collections::BTreeSet;

use caravan_event_log::Stored;
use caravan_events::{Envelope, wire};
use caravan_model::{Milestone, Reference};

use crate::domain::{Fact, FactKey, identifying, spot, words};

/// An event that is no milestone which a timeline can take.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The data is not JSON of a milestone's shape.
    #[error("the event's data is not a milestone's JSON")]
    Json(#[source] serde_json::Error),
    /// The shape is right and a value is not.
    #[error("the event's data is not a milestone")]
    Value(#[source] wire::Error),
    /// Nobody could ever find it.
    #[error("the milestone names no shipment: it has no reference")]
    NoReference,
}

/// A milestone, what the fold needs of it, and the event that brought it.
pub(crate) struct Arrival<'a> {
    pub(crate) envelope: &'a Envelope,
    pub(crate) fact: Fact,
    pub(crate) references: Vec<Reference>,
    /// The words of its place.
    pub(crate) places: BTreeSet<String>,
    /// Who reported it.
    pub(crate) reporter: Option<wire::Reporter>,
}

impl<'a> Arrival<'a> {
    pub(crate) fn read(stored: &'a Stored) -> Result<Self, Error> {
        let envelope = &stored.envelope;
        let mut wire: wire::Milestone =
            serde_json::from_str(&envelope.data).map_err(Error::Json)?;
        let reporter = wire.reported_by.take();
        let mut milestone = Milestone::try_from(wire).map_err(Error::Value)?;
        milestone.references.retain(|reference| !reference.value.is_empty());
        milestone.references.sort();
        milestone.references.dedup();
        if milestone.references.is_empty() {
            return Err(Error::NoReference);
        }
        let fact = Fact {
            id: envelope.id,
            key: FactKey::of(envelope.connection, &envelope.key, &milestone),
            status: milestone.status,
            classifier: milestone.classifier,
            direction: milestone.direction,
            scope: milestone.scope.clone(),
            at: milestone.at,
            recorded_ms: envelope.time_ms,
            reason: milestone.reason,
            place: milestone.place.as_ref().and_then(spot),
        };
        let places = milestone.place.as_ref().map(words::of_place).unwrap_or_default();
        Ok(Self { envelope, fact, references: milestone.references, places, reporter })
    }

    /// Who reported it, and the SCAC by which it is known too, in lower case.
    pub(crate) fn carrier_names(&self) -> Option<(String, String)> {
        let reporter = self.reporter.as_ref()?;
        let scac = reporter.scac.as_deref()?;
        Some((reporter.party.to_lowercase(), scac.to_lowercase()))
    }

    /// The references that say which shipment it is.
    pub(crate) fn identifying(&self) -> Vec<&Reference> {
        identifying(&self.references)
    }
}
