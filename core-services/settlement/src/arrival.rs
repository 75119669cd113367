//! Events as they arrive from the log, read and ready to be applied.

use caravan_event_log::Stored;
use caravan_events::{Envelope, Kind, wire};
use caravan_model::{Milestone, Reference, ZoneSource};
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::bill::Bill;
use crate::domain::currency::Currency;
use crate::domain::ratio::Ratio;
use crate::domain::stay::{Happening, matters};
use crate::wire::contract::Area;
use crate::wire::shipment::{Requested, ShipmentFacts, kilograms};

/// The order events that change what money depends on; ORDER announces every version of an order under one of them.
pub(crate) const ORDER_KINDS: [&str; 16] = [
    "caravan.order.placed",
    "caravan.order.changed",
    "caravan.order.approved",
    "caravan.order.assigned",
    "caravan.order.tendered",
    "caravan.order.tender-answered",
    "caravan.order.tender-withdrawn",
    "caravan.order.dispatched",
    "caravan.order.departed",
    "caravan.order.delivered",
    "caravan.order.closed",
    "caravan.order.cancelled",
    "caravan.order.held",
    "caravan.order.released",
    "caravan.order.conflicted",
    "caravan.order.duplicated",
];

/// An event that can never be applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the event's data is not JSON of its kind's shape")]
    Json(#[source] serde_json::Error),
    #[error("the event's data has a value that cannot be")]
    Value(#[source] wire::Error),
    #[error("the bill cannot be read")]
    Bill(#[source] crate::bill::Error),
}

/// What an event brings.
pub(crate) enum Arrival {
    Order(Box<OrderArrival>),
    Report(Report),
    Bill(Box<Bill>),
    /// Nothing that money depends on.
    Nothing,
}

/// A version of an order.
#[derive(Debug, Clone)]
pub(crate) struct OrderArrival {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) version: i64,
    pub(crate) carrier: Option<String>,
    pub(crate) cancelled: bool,
    pub(crate) ship_date: Option<Date>,
    /// [`ShipmentFacts`] as JSON.
    pub(crate) facts: String,
    pub(crate) delivered_ms: Option<i64>,
    pub(crate) agreed: Option<(Currency, i64)>,
    pub(crate) references: Vec<Reference>,
    pub(crate) at_ms: i64,
}

/// A happening, and the numbers that it was reported under.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) happening: Happening,
    pub(crate) references: Vec<Reference>,
}

impl Arrival {
    pub(crate) fn read(stored: &Stored) -> Result<Self, Error> {
        let envelope = &stored.envelope;
        if envelope.kind == Kind::MILESTONE_RECORDED {
            return milestone(envelope);
        }
        if envelope.kind == Kind::FREIGHT_INVOICE_RECEIVED {
            return Bill::of_event(envelope)
                .map(|bill| Self::Bill(Box::new(bill)))
                .map_err(Error::Bill);
        }
        if ORDER_KINDS.contains(&envelope.kind.as_str()) {
            return order(envelope).map(|order| Self::Order(Box::new(order)));
        }
        Ok(Self::Nothing)
    }
}

fn milestone(envelope: &Envelope) -> Result<Arrival, Error> {
    let wire: wire::Milestone = serde_json::from_str(&envelope.data).map_err(Error::Json)?;
    let milestone = Milestone::try_from(wire).map_err(Error::Value)?;
    let counts = milestone.classifier == caravan_model::Classifier::Actual
        && milestone.direction == caravan_model::Direction::Forward
        && matters(milestone.status);
    if !counts {
        return Ok(Arrival::Nothing);
    }
    let happening = Happening {
        recorded_ms: envelope.time_ms,
        id: envelope.id.0,
        status: milestone.status,
        at_ms: milestone.at.instant_ms,
    };
    let mut references = milestone.references;
    references.retain(|reference| !reference.value.is_empty());
    Ok(Arrival::Report(Report { happening, references }))
}

#[derive(Deserialize)]
struct OrderData {
    order_id: Uuid,
    number: String,
    version: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    references: Vec<wire::Reference>,
    carrier: Option<String>,
    service: Option<String>,
    equipment: Option<String>,
    #[serde(default)]
    lane: Lane,
    gross_weight: Option<wire::Measure>,
    weight_kg: Option<String>,
    packages: Option<u32>,
    distance_km: Option<String>,
    pickup_date: Option<String>,
    planned_pickup: Option<Window>,
    picked_up_at: Option<String>,
    assignment: Option<Assignment>,
    delivery: Option<Delivery>,
    #[serde(default)]
    accessorials: Vec<Requested>,
}

#[derive(Deserialize, Default)]
struct Lane {
    #[serde(default)]
    origin: Spot,
    #[serde(default)]
    destination: Spot,
}

/// A place as the order names it; it may say more than an area does.
#[derive(Deserialize, Default)]
struct Spot {
    country: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    city: Option<String>,
}

impl From<Spot> for Area {
    fn from(spot: Spot) -> Self {
        let Spot { country, region, postal_code, city } = spot;
        Self { country, region, postal_code, city }
    }
}

#[derive(Deserialize)]
struct Window {
    earliest: Option<String>,
}

#[derive(Deserialize)]
struct Assignment {
    by: Option<String>,
    price: Option<wire::Money>,
}

#[derive(Deserialize)]
struct Delivery {
    at: Option<String>,
}

fn order(envelope: &Envelope) -> Result<OrderArrival, Error> {
    let data: OrderData = serde_json::from_str(&envelope.data).map_err(Error::Json)?;
    // The local day of the pickup, as it happened or as it is planned.
    let day = |text: &str| text.get(..10).and_then(|day| day.parse::<Date>().ok());
    let planned = data.planned_pickup.and_then(|window| window.earliest);
    let dates = [data.picked_up_at.as_deref(), data.pickup_date.as_deref(), planned.as_deref()];
    let ship_date = dates.into_iter().flatten().find_map(day);
    let kg = |text: String| Ratio::decimal(&text).map(|_| text);
    let measured = data.gross_weight.and_then(|m| Some(kilograms(&m.value, &m.unit)?.to_string()));
    let facts = ShipmentFacts {
        origin: data.lane.origin.into(),
        destination: data.lane.destination.into(),
        service: data.service.or(data.equipment),
        weight_kg: data.weight_kg.and_then(kg).or(measured).and_then(kg),
        packages: data.packages,
        distance_km: data.distance_km.and_then(kg),
        requested: data.accessorials,
        stays: Vec::new(),
    };
    let moment = |text: &str| caravan_model::Moment::from_rfc3339(text, ZoneSource::Sent);
    let delivered = data.delivery.and_then(|delivery| delivery.at);
    // A price by hand was agreed for this order; one by rate is our own contract's.
    let assigned = data.assignment.filter(|assigned| assigned.by.as_deref() != Some("rate"));
    let agreed = assigned.and_then(|assigned| assigned.price).and_then(|price| {
        let currency = Currency::new(&price.currency)?;
        Some((currency, currency.minor(&price.amount)?))
    });
    let mut references: Vec<Reference> = data.references.into_iter().map(Into::into).collect();
    // Bills and reports name an order by its own number too.
    references.push(Reference::new("order", data.number.clone()));
    references.push(Reference::new("shipment", data.number.clone()));
    references.retain(|reference| !reference.value.is_empty());
    references.sort();
    references.dedup();
    Ok(OrderArrival {
        id: data.order_id,
        number: data.number,
        version: data.version,
        carrier: data
            .carrier
            .map(|carrier| carrier.trim().to_uppercase())
            .filter(|c| !c.is_empty()),
        cancelled: data.status == "cancelled",
        ship_date,
        facts: serde_json::to_string(&facts).map_err(Error::Json)?,
        delivered_ms: delivered.as_deref().and_then(moment).map(|at| at.instant_ms),
        agreed,
        references,
        at_ms: envelope.time_ms,
    })
}
