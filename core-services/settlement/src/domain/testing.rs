//! Contracts and shipments for tests.

use jiff::civil::{Date, date};
use uuid::Uuid;

use super::contract::*;
use super::currency::Currency;
use super::facts::{Facts, Stay};
use super::place::Place;
use super::ratio::Ratio;

pub(crate) fn ratio(text: &str) -> Ratio {
    Ratio::decimal(text).unwrap()
}

pub(crate) fn inr() -> Currency {
    Currency::new("INR").unwrap()
}

/// `country region postal city`, with `-` for nothing.
pub(crate) fn place(text: &str) -> Place {
    let parts: Vec<Option<&str>> =
        text.split(' ').map(|part| Some(part).filter(|p| *p != "-")).collect();
    let of = |n: usize| parts.get(n).copied().flatten();
    Place::new(of(0), of(1), of(2), of(3))
}

pub(crate) fn rate(per: Per, amount: &str) -> Rate {
    Rate { per, amount: ratio(amount) }
}

pub(crate) fn lane(line: u32, origin: &str, destination: &str, amount: &str) -> Lane {
    Lane {
        line,
        origin: place(origin),
        destination: place(destination),
        service: None,
        slabs: vec![Slab { up_to_kg: None, rate: rate(Per::Kilogram, amount) }],
        minimum: None,
    }
}

pub(crate) fn accessorial(line: u32, code: &str, per: Per, amount: &str) -> Accessorial {
    Accessorial {
        line,
        code: code.into(),
        rate: rate(per, amount),
        at: None,
        free_min: 0,
        step_min: 60,
        minimum: None,
        maximum: None,
        always: false,
        bill_codes: Vec::new(),
    }
}

/// Version `version` of contract `id`, valid and published from `from` on.
pub(crate) fn contract(id: u128, version: u32, from: Date) -> Contract {
    Contract {
        id: Uuid::from_u128(id),
        version,
        carrier: "DEMO".into(),
        name: format!("Contract {id}"),
        currency: inr(),
        valid_from: from,
        valid_to: None,
        lanes: vec![lane(1, "IN", "IN", "5")],
        fuel: None,
        accessorials: Vec::new(),
        tolerance: Tolerance { absolute: 100, percent: ratio("0.5") },
        tax: None,
        published_ms: ms(from),
    }
}

/// Midnight of a day.
pub(crate) fn ms(day: Date) -> i64 {
    day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond()
}

pub(crate) fn facts(day: Date, weight: &str) -> Facts {
    Facts {
        carrier: "DEMO".into(),
        origin: place("IN MH 400001 MUMBAI"),
        destination: place("IN KA 560001 BENGALURU"),
        service: None,
        ship_date: day,
        weight_kg: Some(ratio(weight)),
        packages: Some(12),
        distance_km: Some(ratio("980")),
        stays: vec![
            Stay { at: End::Pickup, minutes: 90 },
            Stay { at: End::Delivery, minutes: 301 },
        ],
        requested: Vec::new(),
    }
}

pub(crate) const NOW: Date = date(2026, 11, 25);
