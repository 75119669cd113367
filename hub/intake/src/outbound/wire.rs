//! What the data of `caravan.order.*` says of a tender: the part of it that a message to the carrier needs.

use core::str::FromStr;

use caravan_model::{
    Measure, Moment, Money, OrderLine, Party, PartyRole, Payment, Place, Purpose, Reference,
    StopKind, Tender, TenderStop, ZoneSource,
};
use serde::Deserialize;
use uuid::Uuid;

/// An order as its events tell it; what is not needed is passed over.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OrderEvent {
    pub(super) order_id: Uuid,
    pub(super) number: String,
    #[serde(default)]
    pub(super) tender: Option<TenderData>,
    #[serde(default)]
    assignment: Option<Assignment>,
    #[serde(default)]
    references: Vec<ReferenceData>,
    service: Option<String>,
    equipment: Option<String>,
    payment: Option<String>,
    gross_weight: Option<MeasureData>,
    volume: Option<MeasureData>,
    packages: Option<u32>,
    #[serde(default)]
    stops: Vec<StopData>,
    #[serde(default)]
    lines: Option<Vec<LineData>>,
    #[serde(default)]
    parties: Option<Vec<PartyData>>,
    notes: Option<String>,
}

/// The order's tender.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TenderData {
    pub(super) number: i32,
    pub(super) carrier: String,
    respond_by: String,
    /// `open`, `accepted`, `declined`, `silent` or `withdrawn`.
    pub(super) answer: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Assignment {
    #[serde(default)]
    price: Option<MoneyData>,
}

#[derive(Debug, Clone, Deserialize)]
struct MoneyData {
    amount: String,
    currency: String,
}

#[derive(Debug, Clone, Deserialize)]
struct MeasureData {
    value: String,
    unit: String,
}

#[derive(Debug, Clone, Deserialize)]
struct ReferenceData {
    kind: String,
    value: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct PlaceData {
    city: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    unlocode: Option<String>,
    facility: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct StopData {
    kind: String,
    site: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    #[serde(default)]
    street: Vec<String>,
    #[serde(default)]
    place: PlaceData,
    earliest: Option<String>,
    latest: Option<String>,
    instructions: Option<String>,
    #[serde(default)]
    references: Vec<ReferenceData>,
}

#[derive(Debug, Clone, Deserialize)]
struct LineData {
    number: String,
    material: Option<String>,
    description: Option<String>,
    quantity: Option<MeasureData>,
    gross_weight: Option<MeasureData>,
    volume: Option<MeasureData>,
    #[serde(default)]
    references: Vec<ReferenceData>,
}

#[derive(Debug, Clone, Deserialize)]
struct PartyData {
    role: String,
    id: Option<String>,
    name: Option<String>,
    #[serde(default)]
    street: Vec<String>,
    #[serde(default)]
    place: PlaceData,
}

impl OrderEvent {
    /// The tender as connectors know it, with our control number.
    pub(super) fn tender(self, carrier: &str, control_number: u32, purpose: Purpose) -> Tender {
        let stops = self.stops.into_iter().zip(1_u32..).map(|(stop, sequence)| stop.read(sequence));
        Tender {
            number: self.number,
            control_number,
            purpose,
            carrier: carrier.to_owned(),
            payment: self.payment.and_then(|text| Payment::from_str(&text).ok()),
            service: self.service,
            equipment: self.equipment,
            respond_by: self.tender.and_then(|tender| moment(&tender.respond_by)),
            price: self.assignment.and_then(|assigned| assigned.price).and_then(MoneyData::read),
            references: references(self.references),
            parties: self.parties.unwrap_or_default().into_iter().map(PartyData::read).collect(),
            stops: stops.collect(),
            lines: self.lines.unwrap_or_default().into_iter().map(LineData::read).collect(),
            gross_weight: self.gross_weight.map(measure),
            volume: self.volume.map(measure),
            packages: self.packages,
            notes: self.notes,
            attributes: Vec::new(),
        }
    }
}

impl StopData {
    fn read(self, sequence: u32) -> TenderStop {
        let kind = StopKind::from_str(&self.kind).unwrap_or(StopKind::Delivery);
        let role = match kind {
            StopKind::Pickup => PartyRole::ShipFrom,
            StopKind::Delivery => PartyRole::ShipTo,
        };
        let party = Party {
            role,
            raw_role: String::new(),
            id: self.site,
            name: self.name,
            street: self.street,
            place: place(self.place),
        };
        TenderStop {
            sequence,
            kind,
            party,
            phone: self.phone,
            earliest: self.earliest.as_deref().and_then(moment),
            latest: self.latest.as_deref().and_then(moment),
            gross_weight: None,
            volume: None,
            packages: None,
            instructions: self.instructions,
            references: references(self.references),
        }
    }
}

impl LineData {
    fn read(self) -> OrderLine {
        OrderLine {
            number: self.number,
            material: self.material,
            description: self.description,
            quantity: self.quantity.map(measure),
            gross_weight: self.gross_weight.map(measure),
            volume: self.volume.map(measure),
            net_value: None,
            references: references(self.references),
        }
    }
}

impl PartyData {
    fn read(self) -> Party {
        Party {
            role: PartyRole::from_str(&self.role).unwrap_or(PartyRole::Other),
            raw_role: self.role,
            id: self.id,
            name: self.name,
            street: self.street,
            place: place(self.place),
        }
    }
}

impl MoneyData {
    /// Minor units of the decimals that the text has; none when it is no amount.
    fn read(self) -> Option<Money> {
        let (whole, fraction) = self.amount.split_once('.').unwrap_or((&self.amount, ""));
        let minor = format!("{whole}{fraction}").parse().ok()?;
        let exponent = u8::try_from(fraction.len()).ok()?;
        Some(Money { minor, currency: self.currency, exponent })
    }
}

fn measure(data: MeasureData) -> Measure {
    Measure { value: data.value, unit: data.unit }
}

fn references(data: Vec<ReferenceData>) -> Vec<Reference> {
    data.into_iter().map(|one| Reference { kind: one.kind, value: one.value }).collect()
}

fn place(data: PlaceData) -> Place {
    let PlaceData { city, region, postal_code, country, unlocode, facility } = data;
    Place { name: city, region, postal_code, country, unlocode, facility, ..Place::default() }
}

fn moment(text: &str) -> Option<Moment> {
    Moment::from_rfc3339(text, ZoneSource::Sent)
}
