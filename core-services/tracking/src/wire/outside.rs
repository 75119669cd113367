//! A shipment as whoever has a link sees it: what a consignee may know, and nothing besides.

use std::collections::BTreeMap;

use caravan_events::wire::Place;
use caravan_model::{Moment, RecordId, ZoneSource};
use serde::Serialize;
use utoipa::ToSchema;

use super::{StandingOut, utc};
use crate::domain::eta::{self, Eta};
use crate::domain::{Fact, Timeline};
use crate::store::links::Outside;

/// A shipment on its public page.
#[derive(Serialize, ToSchema)]
#[schema(as = PublicShipment)]
pub(crate) struct OutsideOut {
    /// The best of its numbers.
    reference: String,
    /// Who carries it, by the name that its order or the catalogue has.
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    #[serde(flatten)]
    standing: StandingOut,
    /// Until when the delivery was promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    promised_by: Option<String>,
    /// When it is expected now.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<OutsideExpectationOut>,
    /// When something was last heard.
    last_heard_at: String,
    /// What happened, the latest first.
    milestones: Vec<OutsideMilestoneOut>,
}

/// When a delivery is expected.
#[derive(Serialize, ToSchema)]
#[schema(as = PublicExpectation)]
pub(crate) struct OutsideExpectationOut {
    at: String,
    /// Eight in ten deliveries like this one came between these two.
    #[serde(skip_serializing_if = "Option::is_none")]
    earliest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<String>,
}

/// Something that happened.
#[derive(PartialEq, Serialize, ToSchema)]
#[schema(as = PublicMilestone)]
pub(crate) struct OutsideMilestoneOut {
    status: &'static str,
    direction: &'static str,
    at: String,
    /// Town or facility, region and country, as far as they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

impl OutsideOut {
    pub(crate) fn new(row: Outside, seen: Vec<(Fact, Option<Place>)>, told: &[Eta]) -> Self {
        let text = |(instant_ms, offset_min)| {
            Moment { instant_ms, offset_min, zone: ZoneSource::Sent }.to_rfc3339()
        };
        let expected = eta::standing(told).next().and_then(|eta| {
            Some(OutsideExpectationOut {
                at: utc(eta.at_ms?),
                earliest: eta.interval.map(|interval| utc(interval.earliest_ms)),
                latest: eta.interval.map(|interval| utc(interval.latest_ms)),
            })
        });
        Self {
            reference: row.reference,
            carrier: row.carrier,
            standing: StandingOut {
                status: row.status,
                direction: row.direction,
                status_since: row.since.map(text),
                delivered_at: row.delivered.map(text),
            },
            promised_by: row.promised_ms.map(utc),
            expected,
            last_heard_at: utc(row.updated_ms),
            milestones: milestones(seen),
        }
    }
}

/// What happened and is understood. What was corrected later is not told, nor the same of each piece.
fn milestones(seen: Vec<(Fact, Option<Place>)>) -> Vec<OutsideMilestoneOut> {
    let places: BTreeMap<RecordId, String> =
        seen.iter().filter_map(|(fact, place)| Some((fact.id, spelt(place.as_ref()?)?))).collect();
    let timeline: Timeline = seen.into_iter().map(|(fact, _)| fact).collect();
    let effective = timeline.effective().into_iter().rev().filter(|fact| fact.moves());
    let mut all: Vec<OutsideMilestoneOut> = effective
        .map(|fact| OutsideMilestoneOut {
            status: fact.status.as_str(),
            direction: fact.direction.as_str(),
            at: fact.at.to_rfc3339(),
            place: places.get(&fact.id).cloned(),
        })
        .collect();
    all.dedup();
    all
}

/// A place as people write it; none for one that has codes only.
fn spelt(place: &Place) -> Option<String> {
    let parts = [&place.name, &place.region, &place.country];
    let parts = parts.into_iter().flatten().map(|part| part.trim());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
