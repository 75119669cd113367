//! What was agreed with a carrier: dated, versioned, and never changed once published.

use jiff::civil::Date;
use uuid::Uuid;

use super::currency::Currency;
use super::place::Place;
use super::ratio::Ratio;
use super::tax::Profile;

/// What a rate is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Per {
    /// The whole shipment, that is a trip.
    Shipment,
    /// Kilogram of chargeable weight.
    Kilogram,
    /// Hundred pounds (US hundredweight, 45.359237 kg).
    Hundredweight,
    /// 1,000 kg.
    Tonne,
    Kilometre,
    /// 1.609344 km.
    Mile,
    Package,
    /// Started step of time beyond the free time.
    Hour,
    /// Hundredth of the linehaul.
    Percent,
}

impl Per {
    pub(crate) const ALL: [Self; 9] = [
        Self::Shipment,
        Self::Kilogram,
        Self::Hundredweight,
        Self::Tonne,
        Self::Kilometre,
        Self::Mile,
        Self::Package,
        Self::Hour,
        Self::Percent,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Shipment => "shipment",
            Self::Kilogram => "kg",
            Self::Hundredweight => "cwt",
            Self::Tonne => "tonne",
            Self::Kilometre => "km",
            Self::Mile => "mile",
            Self::Package => "package",
            Self::Hour => "hour",
            Self::Percent => "percent",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|per| per.as_str() == text)
    }
}

/// A rate in units of the contract's currency (not its smallest units).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) per: Per,
    pub(crate) amount: Ratio,
}

/// A rate for weights up to and with `up_to_kg`; none is the open end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slab {
    pub(crate) up_to_kg: Option<Ratio>,
    pub(crate) rate: Rate,
}

/// A lane: from an area to an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lane {
    /// Its number in the contract.
    pub(crate) line: u32,
    pub(crate) origin: Place,
    pub(crate) destination: Place,
    /// Vehicle or service that it is for; none is any.
    pub(crate) service: Option<String>,
    /// In the order of weight.
    pub(crate) slabs: Vec<Slab>,
    /// Least linehaul, in smallest units.
    pub(crate) minimum: Option<i64>,
}

impl Lane {
    /// How exactly it says what it is for; the highest wins.
    pub(crate) fn specificity(&self) -> usize {
        let ends = self.origin.specificity().saturating_add(self.destination.specificity());
        ends.saturating_add(usize::from(self.service.is_some()))
    }
}

/// A fuel surcharge: a percentage of the linehaul by the index of the day of shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fuel {
    /// The index's name.
    pub(crate) index: String,
    /// From which value on which percentage; below the first, none.
    pub(crate) steps: Vec<(Ratio, Ratio)>,
}

/// At which end of the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Pickup,
    Delivery,
}

/// A charge beside linehaul and fuel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accessorial {
    /// Its number in the contract.
    pub(crate) line: u32,
    /// Our code: `detention`, `loading`, `oda`, …
    pub(crate) code: String,
    pub(crate) rate: Rate,
    /// For time: at which end; none is both.
    pub(crate) at: Option<End>,
    /// For time: what is free, in minutes.
    pub(crate) free_min: i64,
    /// For time: the step that is charged as soon as it has begun, in minutes.
    pub(crate) step_min: i64,
    /// Least and most, in smallest units.
    pub(crate) minimum: Option<i64>,
    pub(crate) maximum: Option<i64>,
    /// Due on every shipment, not only when asked for.
    pub(crate) always: bool,
    /// The carrier's own codes for it on a bill.
    pub(crate) bill_codes: Vec<String>,
}

/// How far a bill may be off. A line passes when either holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tolerance {
    /// In smallest units.
    pub(crate) absolute: i64,
    /// Per cent of what was expected.
    pub(crate) percent: Ratio,
}

impl Tolerance {
    /// Nothing may be off.
    pub(crate) const NONE: Self = Self { absolute: 0, percent: Ratio::ZERO };
}

/// One version of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contract {
    pub(crate) id: Uuid,
    pub(crate) version: u32,
    /// The carrier's code, upper case: its SCAC, or the party's name in the catalogue.
    pub(crate) carrier: String,
    pub(crate) name: String,
    pub(crate) currency: Currency,
    /// First day of shipment that it holds for: from then on it replaces the versions before it.
    pub(crate) valid_from: Date,
    /// Last day; none is until replaced.
    pub(crate) valid_to: Option<Date>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) fuel: Option<Fuel>,
    pub(crate) accessorials: Vec<Accessorial>,
    pub(crate) tolerance: Tolerance,
    /// How the carrier is taxed; none where no tax is to be reckoned.
    pub(crate) tax: Option<Profile>,
    /// When it was published, milliseconds since 1970-01-01T00:00:00Z. What was rated as of an earlier moment does not know it.
    pub(crate) published_ms: i64,
}

/// A value of a fuel index from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexValue {
    pub(crate) index: String,
    pub(crate) from: Date,
    pub(crate) value: Ratio,
    /// When we were told, milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) recorded_ms: i64,
}
