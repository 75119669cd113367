//! A shipment's facts as JSON: as stored, and as asked about in a quote.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contract::{Area, place};
use crate::domain::contract::End;
use crate::domain::facts::{Facts, Stay};
use crate::domain::ratio::Ratio;

/// Something asked for beside carriage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RateRequested)]
pub(crate) struct Requested {
    /// `loading`, `oda`, …
    pub(crate) code: String,
    /// How often (for time: hours), 1 unless said.
    #[serde(default = "once")]
    pub(crate) quantity: String,
}

fn once() -> String {
    "1".to_owned()
}

/// A vehicle's time at one end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RateStay)]
pub(crate) struct StayIn {
    /// `pickup` or `delivery`.
    pub(crate) at: String,
    pub(crate) minutes: i64,
}

/// What an amount depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RateFacts)]
pub(crate) struct ShipmentFacts {
    #[serde(default)]
    pub(crate) origin: Area,
    #[serde(default)]
    pub(crate) destination: Area,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    /// Chargeable weight in kg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) weight_kg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) packages: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) distance_km: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) requested: Vec<Requested>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stays: Vec<StayIn>,
}

impl ShipmentFacts {
    /// The domain's form; the name of the field that cannot be read.
    pub(crate) fn read(&self, carrier: &str, ship_date: Date) -> Result<Facts, &'static str> {
        let decimal = |text: &Option<String>, name| match text.as_deref() {
            None => Ok(None),
            Some(text) => Ratio::decimal(text).filter(|n| !n.is_negative()).map(Some).ok_or(name),
        };
        let requested = self.requested.iter().map(|one| {
            let quantity = Ratio::decimal(&one.quantity).filter(|n| !n.is_negative());
            Ok::<_, &str>((one.code.trim().to_lowercase(), quantity.ok_or("requested")?))
        });
        let stays = self.stays.iter().map(|stay| {
            let at = match stay.at.as_str() {
                "pickup" => End::Pickup,
                "delivery" => End::Delivery,
                _ => return Err("stays"),
            };
            Ok(Stay { at, minutes: stay.minutes })
        });
        Ok(Facts {
            carrier: carrier.trim().to_uppercase(),
            origin: place(&self.origin),
            destination: place(&self.destination),
            service: self.service.as_deref().map(|service| service.trim().to_uppercase()),
            ship_date,
            weight_kg: decimal(&self.weight_kg, "weight_kg")?,
            packages: self.packages,
            distance_km: decimal(&self.distance_km, "distance_km")?,
            stays: stays.collect::<Result<_, _>>()?,
            requested: requested.collect::<Result<_, _>>()?,
        })
    }
}

/// A measured weight in kg, as decimal text; none for an unknown unit.
pub(crate) fn kilograms(value: &str, unit: &str) -> Option<Ratio> {
    let value = Ratio::decimal(value)?;
    // UN/ECE recommendation 20 codes, and what ERPs write.
    let (numerator, denominator) = match unit.trim().to_uppercase().as_str() {
        "KGM" | "KG" | "KGS" | "K" => (1, 1),
        "GRM" | "G" => (1, 1_000),
        "TNE" | "TO" | "T" | "MT" => (1_000, 1),
        "LBR" | "LB" | "LBS" | "L" => (45_359_237, 100_000_000),
        "DTN" | "QTL" => (100, 1),
        _ => return None,
    };
    value.mul(Ratio::new(numerator, denominator)?)
}

#[cfg(test)]
mod tests {
    use super::kilograms;

    #[test]
    fn weights_become_kilograms_exactly() {
        assert_eq!(
            kilograms("900", "LBR").unwrap().to_string(),
            "408.23313300".trim_end_matches('0')
        );
        assert_eq!(kilograms("1.5", "TNE").unwrap().to_string(), "1500");
        assert_eq!(kilograms("1", "XYZ"), None);
    }
}
