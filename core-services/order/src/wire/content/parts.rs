//! What an order's content is made of, as JSON.

use caravan_model as model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rfc3339;
use crate::domain::Stop;

/// A number by which somebody knows the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderReference {
    /// What kind of number it is: `purchase-order`, `lr`, `pro`, `bol`, `awb`, `invoice`, …
    #[schema(example = "purchase-order")]
    pub(crate) kind: String,
    /// The number.
    #[schema(example = "PO-77/2026")]
    pub(crate) value: String,
}

/// A quantity with its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderMeasure {
    /// Decimal text.
    #[schema(example = "820.000")]
    pub(crate) value: String,
    /// UN/ECE Recommendation 20, or a usual short form such as `kg`.
    #[schema(example = "KGM")]
    pub(crate) unit: String,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderMoney {
    /// Decimal text.
    #[schema(example = "15600.00")]
    pub(crate) amount: String,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub(crate) currency: String,
}

/// A place, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderPlace {
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Pune")]
    pub(crate) city: Option<String>,
    /// State, province or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "MH")]
    pub(crate) region: Option<String>,
    /// Postal code (PIN code in India).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "411001")]
    pub(crate) postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "IN")]
    pub(crate) country: Option<String>,
    /// UN/LOCODE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unlocode: Option<String>,
    /// The party's own code of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) facility: Option<String>,
}

/// A place where goods get on or off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderStop {
    /// `pickup` or `delivery`.
    #[schema(example = "pickup")]
    pub(crate) kind: String,
    /// The site's number in your system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Pune Plant, Gate 2")]
    pub(crate) name: Option<String>,
    /// Whom to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "+91 98765 43210")]
    pub(crate) phone: Option<String>,
    /// Street lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) street: Vec<String>,
    /// Where.
    #[serde(default)]
    pub(crate) place: OrderPlace,
    /// Not before: RFC 3339 with an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-25T06:00:00+05:30")]
    pub(crate) earliest: Option<String>,
    /// Not after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-25T10:00:00+05:30")]
    pub(crate) latest: Option<String>,
    /// For the driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<String>,
    /// Numbers of this stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<OrderReference>,
}

/// A party that is at no stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderParty {
    /// `bill-to`, `sold-to`, `payer`, `shipper`, `consignee`, `vendor`, `carrier`, `other`, …
    #[schema(example = "bill-to")]
    pub(crate) role: String,
    /// Its number in your system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Street lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) street: Vec<String>,
    /// Where.
    #[serde(default)]
    pub(crate) place: OrderPlace,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderLine {
    /// Line number.
    #[schema(example = "10")]
    pub(crate) number: String,
    /// Material or product number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) material: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<OrderMeasure>,
    /// Gross weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gross_weight: Option<OrderMeasure>,
    /// Volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) volume: Option<OrderMeasure>,
    /// Net value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) net_value: Option<OrderMoney>,
    /// Numbers that it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<OrderReference>,
}

impl From<model::Reference> for OrderReference {
    fn from(reference: model::Reference) -> Self {
        Self { kind: reference.kind, value: reference.value }
    }
}

impl From<model::Measure> for OrderMeasure {
    fn from(measure: model::Measure) -> Self {
        Self { value: measure.value, unit: measure.unit }
    }
}

impl From<model::Money> for OrderMoney {
    fn from(money: model::Money) -> Self {
        Self { amount: money.to_decimal(), currency: money.currency }
    }
}

impl From<model::Place> for OrderPlace {
    fn from(place: model::Place) -> Self {
        let model::Place { name, region, postal_code, country, unlocode, facility, .. } = place;
        Self { city: name, region, postal_code, country, unlocode, facility }
    }
}

impl From<OrderPlace> for model::Place {
    fn from(place: OrderPlace) -> Self {
        let OrderPlace { city, region, postal_code, country, unlocode, facility } = place;
        Self { name: city, region, postal_code, country, unlocode, facility, ..Self::default() }
    }
}

impl From<Stop> for OrderStop {
    fn from(stop: Stop) -> Self {
        Self {
            kind: stop.kind.as_str().to_owned(),
            site: stop.site,
            name: stop.name,
            phone: stop.phone,
            street: stop.street,
            place: stop.place.into(),
            earliest: stop.earliest.map(rfc3339),
            latest: stop.latest.map(rfc3339),
            instructions: stop.instructions,
            references: stop.references.into_iter().map(OrderReference::from).collect(),
        }
    }
}

impl From<model::Party> for OrderParty {
    fn from(party: model::Party) -> Self {
        Self {
            role: party.role.as_str().to_owned(),
            id: party.id,
            name: party.name,
            street: party.street,
            place: party.place.into(),
        }
    }
}

impl From<model::OrderLine> for OrderLine {
    fn from(line: model::OrderLine) -> Self {
        Self {
            number: line.number,
            material: line.material,
            description: line.description,
            quantity: line.quantity.map(OrderMeasure::from),
            gross_weight: line.gross_weight.map(OrderMeasure::from),
            volume: line.volume.map(OrderMeasure::from),
            net_value: line.net_value.map(OrderMoney::from),
            references: line.references.into_iter().map(OrderReference::from).collect(),
        }
    }
}
