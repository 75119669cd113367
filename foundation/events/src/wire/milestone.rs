//! A milestone as JSON: the data of `caravan.milestone.recorded`.

use core::str::FromStr as _;

use caravan_model as model;
use serde::{Deserialize, Serialize};

use super::Error;
use super::parts::{Moment, Named, Place, RawCode, Reference, Span, all};

/// What the milestone is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// `shipment`, `piece`, `container` or `document`.
    pub kind: String,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Who reported it, as the catalogue of parties names it. The hub knows it by the connection; no document says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reporter {
    /// The party's id in the catalogue.
    pub party: String,
    /// Its Standard Carrier Alpha Code, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scac: Option<String>,
}

/// One tracked happening; meanings as in [`model::Milestone`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// The source's own number of this event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// One of the 27 statuses, or `unmapped`.
    pub status: String,
    /// Why, as our reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `actual`, `estimated`, `planned` or `requested`.
    pub classifier: String,
    /// Part of the journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<String>,
    /// `forward` or `return`.
    pub direction: String,
    /// What it is about.
    pub scope: Scope,
    /// When.
    pub at: Moment,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The shipment's numbers.
    pub references: Vec<Reference>,
    /// The status code as sent.
    pub raw: RawCode,
    /// The reason code as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_reason: Option<RawCode>,
    /// The bytes it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Span>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Named>,
    /// Who reported it; no part of its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_by: Option<Reporter>,
}

impl From<&model::Milestone> for Milestone {
    fn from(milestone: &model::Milestone) -> Self {
        let milestone = milestone.clone();
        Self {
            key: milestone.key,
            status: milestone.status.as_str().to_owned(),
            reason: milestone.reason,
            classifier: milestone.classifier.as_str().to_owned(),
            leg: milestone.leg.map(|leg| leg.as_str().to_owned()),
            direction: milestone.direction.as_str().to_owned(),
            scope: Scope { kind: milestone.scope.kind.as_str().to_owned(), id: milestone.scope.id },
            at: milestone.at.into(),
            place: milestone.place.map(Place::from),
            references: all(milestone.references),
            raw: milestone.raw.into(),
            raw_reason: milestone.raw_reason.map(RawCode::from),
            source: Some(milestone.source.into()),
            attributes: all(milestone.attributes),
            reported_by: None,
        }
    }
}

impl TryFrom<Milestone> for model::Milestone {
    type Error = Error;
    fn try_from(wire: Milestone) -> Result<Self, Error> {
        Ok(Self {
            key: wire.key,
            status: model::Status::from_str(&wire.status)?,
            reason: wire.reason,
            classifier: model::Classifier::from_str(&wire.classifier)?,
            leg: wire.leg.as_deref().map(model::Leg::from_str).transpose()?,
            direction: model::Direction::from_str(&wire.direction)?,
            scope: model::Scope {
                kind: model::ScopeKind::from_str(&wire.scope.kind)?,
                id: wire.scope.id,
            },
            at: wire.at.try_into()?,
            place: wire.place.map(model::Place::from),
            references: all(wire.references),
            raw: wire.raw.into(),
            raw_reason: wire.raw_reason.map(model::RawCode::from),
            source: wire.source.map(model::Span::from).unwrap_or_default(),
            attributes: all(wire.attributes),
        })
    }
}
