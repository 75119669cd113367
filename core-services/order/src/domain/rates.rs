//! The cheapest carrier by rate: which lane of a contract fits, and what it comes to.
//!
//! This is for choosing, before anything has moved: linehaul without fuel and accessorials. What is paid is the settlement
//! service's business; the rules of matching (most specific lane, first slab that holds the weight) are its rules.

use caravan_model::Place;

use super::measure::MICRO;
use super::order::OrderId;
use super::progress::Quote;
use super::text::text_enum;

/// Where a lane begins or ends. What it leaves out matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Area {
    pub(crate) country: Option<String>,
    pub(crate) region: Option<String>,
    /// The beginning of a postal code.
    pub(crate) postal_prefix: Option<String>,
    pub(crate) city: Option<String>,
}

impl Area {
    /// How specific the match is; none when `place` is not in it.
    fn matches(&self, place: &Place) -> Option<i32> {
        let mut weight = 0_i32;
        let upper = |text: &str| text.trim().to_uppercase();
        for (wanted, given, worth) in [
            (&self.country, &place.country, 10),
            (&self.region, &place.region, 20),
            (&self.city, &place.name, 30),
        ] {
            let Some(wanted) = wanted else { continue };
            if given.as_deref().map(upper) != Some(upper(wanted)) {
                return None;
            }
            weight = weight.max(worth);
        }
        if let Some(prefix) = self.postal_prefix.as_deref().map(upper) {
            if !place.postal_code.as_deref().is_some_and(|code| upper(code).starts_with(&prefix)) {
                return None;
            }
            let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
            weight = weight.max(length.saturating_add(40));
        }
        Some(weight)
    }
}

text_enum! {
    /// What an amount is for.
    Per {
        Shipment = "shipment",
        Kilogram = "kg",
        /// 100 pounds.
        Hundredweight = "cwt",
        Tonne = "tonne",
        Kilometre = "km",
        Mile = "mile",
        Package = "package",
    }
}

/// A price up to a weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slab {
    /// Millionths of a kilogram, inclusive; none is open.
    pub(crate) up_to_kg: Option<i128>,
    pub(crate) per: Per,
    /// Millionths of the currency's unit.
    pub(crate) amount: i128,
}

/// A lane of a contract that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) contract: uuid::Uuid,
    pub(crate) version: i32,
    pub(crate) carrier: String,
    pub(crate) currency: String,
    pub(crate) line: i32,
    pub(crate) service: Option<String>,
    pub(crate) origin: Area,
    pub(crate) destination: Area,
    pub(crate) slabs: Vec<Slab>,
    /// Millionths of the currency's unit.
    pub(crate) minimum: Option<i128>,
}

/// What of an order decides its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) order: OrderId,
    pub(crate) origin: Place,
    pub(crate) destination: Place,
    pub(crate) service: Option<String>,
    /// Millionths.
    pub(crate) weight_kg: Option<i128>,
    pub(crate) distance_km: Option<i128>,
    pub(crate) packages: Option<u32>,
}

/// A contract whose lane fits and whose price cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unpriced {
    pub(crate) carrier: String,
    pub(crate) contract: uuid::Uuid,
    pub(crate) lane: i32,
    /// What the order does not say.
    pub(crate) missing: &'static str,
}

/// One price for each contract that has a fitting lane, cheapest first, and those that could not be priced.
pub(crate) fn quotes(load: &Load, candidates: &[Candidate]) -> (Vec<Quote>, Vec<Unpriced>) {
    let mut best: std::collections::BTreeMap<uuid::Uuid, (i32, &Candidate)> = Default::default();
    for candidate in candidates {
        let Some(specific) = specificity(load, candidate) else { continue };
        let slot = best.entry(candidate.contract).or_insert((specific, candidate));
        // Of equally specific lanes the first in the contract counts.
        if (specific, -candidate.line) > (slot.0, -slot.1.line) {
            *slot = (specific, candidate);
        }
    }
    let (mut priced, mut unpriced) = (Vec::new(), Vec::new());
    for (_, lane) in best.into_values() {
        match price(load, lane) {
            Ok(price_micro) => priced.push(Quote {
                carrier: lane.carrier.clone(),
                contract: lane.contract,
                contract_version: lane.version,
                lane: lane.line,
                currency: lane.currency.clone(),
                price_micro,
            }),
            Err(missing) => unpriced.push(Unpriced {
                carrier: lane.carrier.clone(),
                contract: lane.contract,
                lane: lane.line,
                missing,
            }),
        }
    }
    priced.sort_by(|a, b| {
        (&a.currency, a.price_micro, &a.carrier, a.contract).cmp(&(
            &b.currency,
            b.price_micro,
            &b.carrier,
            b.contract,
        ))
    });
    (priced, unpriced)
}

fn specificity(load: &Load, lane: &Candidate) -> Option<i32> {
    let upper = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_uppercase());
    let named = match (upper(&lane.service), upper(&load.service)) {
        (None, _) => 0,
        (Some(lane), Some(load)) if lane == load => 1,
        (Some(_), _) => return None,
    };
    let ends = [(&lane.origin, &load.origin), (&lane.destination, &load.destination)];
    ends.into_iter()
        .try_fold(named, |sum: i32, (area, place)| Some(sum.saturating_add(area.matches(place)?)))
}

/// Millionths of the currency's unit, or what is missing to tell.
fn price(load: &Load, lane: &Candidate) -> Result<i64, &'static str> {
    let fits = |slab: &&Slab| match (slab.up_to_kg, load.weight_kg) {
        (None, _) => true,
        (Some(up_to), Some(weight)) => weight <= up_to,
        (Some(_), None) => false,
    };
    if load.weight_kg.is_none() && lane.slabs.iter().any(|slab| slab.up_to_kg.is_some()) {
        return Err("gross_weight");
    }
    let slab = lane.slabs.iter().find(fits).ok_or("a slab for this weight")?;
    let weight = || load.weight_kg.ok_or("gross_weight");
    let distance = || load.distance_km.ok_or("distance_km");
    // Quantities in millionths. A hundredweight is 45.359237 kg, a mile 1.609344 km, both exactly.
    let quantity = match slab.per {
        Per::Shipment => MICRO,
        Per::Kilogram => weight()?,
        Per::Tonne => weight()? / 1_000,
        Per::Hundredweight => scaled(weight()?, 45_359_237)?,
        Per::Kilometre => distance()?,
        Per::Mile => scaled(distance()?, 1_609_344)?,
        Per::Package => i128::from(load.packages.ok_or("packages")?) * MICRO,
    };
    let amount = quantity.checked_mul(slab.amount).ok_or("a smaller number")? / MICRO;
    let amount = lane.minimum.map_or(amount, |minimum| amount.max(minimum));
    i64::try_from(amount).map_err(|_| "a smaller number")
}

/// `quantity` in units of `unit`, both in millionths.
fn scaled(quantity: i128, unit: i128) -> Result<i128, &'static str> {
    quantity
        .checked_mul(MICRO)
        .and_then(|product| product.checked_div(unit))
        .ok_or("a smaller number")
}

#[cfg(test)]
mod tests;
