//! What is known of a shipment, as far as money depends on it.

use jiff::civil::Date;

use super::contract::End;
use super::place::Place;
use super::ratio::Ratio;

/// A shipment to be rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The carrier's code, upper case.
    pub(crate) carrier: String,
    pub(crate) origin: Place,
    pub(crate) destination: Place,
    /// Vehicle or service.
    pub(crate) service: Option<String>,
    /// Day of pickup: it decides which rates and which fuel index hold, not the day of the bill.
    pub(crate) ship_date: Date,
    /// Chargeable weight.
    pub(crate) weight_kg: Option<Ratio>,
    pub(crate) packages: Option<u32>,
    pub(crate) distance_km: Option<Ratio>,
    /// How long the vehicle stood.
    pub(crate) stays: Vec<Stay>,
    /// What was asked for beside carriage: our codes and how often.
    pub(crate) requested: Vec<(String, Ratio)>,
}

/// A vehicle's time at one end, from its arrival to its departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stay {
    pub(crate) at: End,
    pub(crate) minutes: i64,
}
