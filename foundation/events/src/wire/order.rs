//! An order or delivery as JSON: the data of `caravan.order.received`.

use core::str::FromStr as _;

use caravan_model as model;
use serde::{Deserialize, Serialize};

use super::Error;
use super::parts::{Dated, Measure, Money, Named, Party, Reference, Span, all, try_all};

/// One line; meanings as in [`model::OrderLine`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Line number as sent.
    pub number: String,
    /// Material or product number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Measure>,
    /// Gross weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_weight: Option<Measure>,
    /// Volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Measure>,
    /// Net value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_value: Option<Money>,
    /// Numbers that it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// An order or delivery; meanings as in [`model::Order`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The source's document number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `order` or `delivery`.
    pub kind: String,
    /// `original`, `change` or `cancel`.
    pub purpose: String,
    /// The order's or delivery's own number.
    pub number: String,
    /// Other numbers.
    pub references: Vec<Reference>,
    /// Parties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// Dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<Dated>,
    /// Total gross weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_weight: Option<Measure>,
    /// Total volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Measure>,
    /// Number of packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<u32>,
    /// Incoterms as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incoterms: Option<String>,
    /// Lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
    /// The bytes it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Span>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Named>,
}

impl From<model::OrderLine> for OrderLine {
    fn from(line: model::OrderLine) -> Self {
        Self {
            number: line.number,
            material: line.material,
            description: line.description,
            quantity: line.quantity.map(Measure::from),
            gross_weight: line.gross_weight.map(Measure::from),
            volume: line.volume.map(Measure::from),
            net_value: line.net_value.map(Money::from),
            references: all(line.references),
        }
    }
}

impl TryFrom<OrderLine> for model::OrderLine {
    type Error = Error;
    fn try_from(wire: OrderLine) -> Result<Self, Error> {
        Ok(Self {
            number: wire.number,
            material: wire.material,
            description: wire.description,
            quantity: wire.quantity.map(model::Measure::from),
            gross_weight: wire.gross_weight.map(model::Measure::from),
            volume: wire.volume.map(model::Measure::from),
            net_value: wire.net_value.map(model::Money::try_from).transpose()?,
            references: all(wire.references),
        })
    }
}

impl From<&model::Order> for Order {
    fn from(order: &model::Order) -> Self {
        let order = order.clone();
        let dated = |(name, at): (String, model::Moment)| Dated { name, at: at.into() };
        Self {
            key: order.key,
            kind: order.kind.as_str().to_owned(),
            purpose: order.purpose.as_str().to_owned(),
            number: order.number,
            references: all(order.references),
            parties: all(order.parties),
            dates: order.dates.into_iter().map(dated).collect(),
            gross_weight: order.gross_weight.map(Measure::from),
            volume: order.volume.map(Measure::from),
            packages: order.packages,
            incoterms: order.incoterms,
            lines: all(order.lines),
            source: Some(order.source.into()),
            attributes: all(order.attributes),
        }
    }
}

impl TryFrom<Order> for model::Order {
    type Error = Error;
    fn try_from(wire: Order) -> Result<Self, Error> {
        let dated = |date: Dated| Ok::<_, Error>((date.name, date.at.try_into()?));
        Ok(Self {
            key: wire.key,
            kind: model::DocumentKind::from_str(&wire.kind)?,
            purpose: model::Purpose::from_str(&wire.purpose)?,
            number: wire.number,
            references: all(wire.references),
            parties: try_all(wire.parties)?,
            dates: wire.dates.into_iter().map(dated).collect::<Result<_, _>>()?,
            gross_weight: wire.gross_weight.map(model::Measure::from),
            volume: wire.volume.map(model::Measure::from),
            packages: wire.packages,
            incoterms: wire.incoterms,
            lines: try_all(wire.lines)?,
            source: wire.source.map(model::Span::from).unwrap_or_default(),
            attributes: all(wire.attributes),
        })
    }
}
