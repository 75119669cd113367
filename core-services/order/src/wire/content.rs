//! An order's content as JSON: what callers give, what they see, what is stored and what events carry.

mod parts;
mod read;

use caravan_model as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain;

pub(crate) use parts::{
    OrderLine, OrderMeasure, OrderMoney, OrderParty, OrderPlace, OrderReference, OrderStop,
};

/// What is to be moved, from where to where, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderIn {
    /// The order's own number, unique within the tenant; made for you when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "4500017001", max_length = 35)]
    pub(crate) number: Option<String>,
    /// `order` or `delivery`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "delivery")]
    pub(crate) kind: Option<String>,
    /// `low`, `normal`, `high` or `urgent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<String>,
    /// `ftl`, `ltl`, `parcel`, `air`, `ocean` or `rail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<String>,
    /// The carrier's service, as its rate contract names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    /// What vehicle or container is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "32FT-MXL")]
    pub(crate) equipment: Option<String>,
    /// Who pays the freight: `prepaid`, `collect` or `third-party`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payment: Option<String>,
    /// Incoterms code and place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "DAP Chennai")]
    pub(crate) incoterms: Option<String>,
    /// Other numbers by which somebody knows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<OrderReference>,
    /// Parties that are at no stop: bill-to, sold-to and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parties: Vec<OrderParty>,
    /// Pickups and deliveries in the order of the journey.
    #[serde(default)]
    pub(crate) stops: Vec<OrderStop>,
    /// What is moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lines: Vec<OrderLine>,
    /// Total gross weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gross_weight: Option<OrderMeasure>,
    /// Total volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) volume: Option<OrderMeasure>,
    /// Number of packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) packages: Option<u32>,
    /// Distance in kilometres, decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "1180")]
    pub(crate) distance_km: Option<String>,
    /// Notes for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) notes: Option<String>,
}

impl From<&domain::Content> for OrderIn {
    fn from(content: &domain::Content) -> Self {
        let all = content.clone();
        Self {
            number: Some(all.number),
            kind: Some(all.kind.as_str().to_owned()),
            priority: Some(all.priority.as_str().to_owned()),
            mode: all.mode.map(|mode| mode.as_str().to_owned()),
            service: all.service,
            equipment: all.equipment,
            payment: all.payment.map(|payment| payment.as_str().to_owned()),
            incoterms: all.incoterms,
            references: all.references.into_iter().map(OrderReference::from).collect(),
            parties: all.parties.into_iter().map(OrderParty::from).collect(),
            stops: all.stops.into_iter().map(OrderStop::from).collect(),
            lines: all.lines.into_iter().map(OrderLine::from).collect(),
            gross_weight: all.gross_weight.map(OrderMeasure::from),
            volume: all.volume.map(OrderMeasure::from),
            packages: all.packages,
            distance_km: all.distance_km,
            notes: all.notes,
        }
    }
}

/// A time with its offset, as RFC 3339.
pub(crate) fn rfc3339(at: model::Moment) -> String {
    at.to_rfc3339()
}
