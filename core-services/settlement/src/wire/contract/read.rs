//! Terms checked and turned into a contract, with every mistake and its place.

use caravan_web::Violation;
use jiff::civil::Date;
use uuid::Uuid;

use super::{Area, Terms};
use crate::domain::contract::{Accessorial, Contract, End, Fuel, Lane, Per, Rate, Slab, Tolerance};
use crate::domain::currency::Currency;
use crate::domain::place::Place;
use crate::domain::ratio::Ratio;
use crate::domain::tax::{GstOption, Profile};

/// Most lanes of a contract.
const LANES_MAX: usize = 20_000;
/// Most slabs, accessorials or steps of one list.
const PARTS_MAX: usize = 200;
/// Longest text, in bytes.
const TEXT_MAX: usize = 200;

/// Which version it is, and when it was published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Published {
    pub(crate) id: Uuid,
    pub(crate) version: u32,
    pub(crate) published_ms: i64,
}

/// Collects mistakes, so that all are told at once.
struct Check {
    found: Vec<Violation>,
}

impl Check {
    fn wrong(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) {
        if self.found.len() < 100 {
            let (pointer, message) = (pointer.into(), message.into());
            self.found.push(Violation { pointer, code, message });
        }
    }

    /// The value, or a mistake at `pointer`.
    fn need<T>(
        &mut self,
        pointer: &str,
        value: Option<T>,
        code: &'static str,
        message: &str,
    ) -> Option<T> {
        if value.is_none() {
            self.wrong(pointer, code, message);
        }
        value
    }

    fn decimal(&mut self, pointer: &str, text: &str) -> Ratio {
        let read = Ratio::decimal(text);
        self.need(
            pointer,
            read,
            "decimal-invalid",
            "Write a decimal such as 12.50: a point, no separators, at most 18 digits.",
        )
        .unwrap_or(Ratio::ZERO)
    }

    fn minor(&mut self, pointer: &str, currency: Currency, text: &str) -> i64 {
        let message = format!(
            "Write an amount in {currency} with at most {} decimal places.",
            currency.exponent()
        );
        self.need(pointer, currency.minor(text), "amount-invalid", &message).unwrap_or_default()
    }

    fn date(&mut self, pointer: &str, text: &str) -> Date {
        self.need(pointer, text.parse().ok(), "date-invalid", "Write a date as YYYY-MM-DD.")
            .unwrap_or_default()
    }

    fn text(&mut self, pointer: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() || text.len() > TEXT_MAX {
            self.wrong(pointer, "text-length", format!("Write 1 to {TEXT_MAX} characters."));
        }
        text.to_owned()
    }
}

/// The contract that `terms` are, or everything that is wrong with them.
pub(crate) fn contract(terms: &Terms, as_version: Published) -> Result<Contract, Vec<Violation>> {
    let mut check = Check { found: Vec::new() };
    let read = Currency::new(&terms.currency);
    let message = "Write an ISO 4217 code such as INR.";
    let currency = check.need("/currency", read, "currency-unknown", message);
    let Some(currency) = currency else { return Err(check.found) };
    let valid_from = check.date("/valid_from", &terms.valid_from);
    let valid_to = terms.valid_to.as_deref().map(|text| check.date("/valid_to", text));
    if valid_to.is_some_and(|last| last < valid_from) {
        check.wrong("/valid_to", "dates-reversed", "The last day is before the first.");
    }
    if terms.lanes.is_empty() || terms.lanes.len() > LANES_MAX {
        check.wrong("/lanes", "lanes-number", format!("A contract has 1 to {LANES_MAX} lanes."));
    }
    let contract = Contract {
        id: as_version.id,
        version: as_version.version,
        carrier: check.text("/carrier", &terms.carrier).to_uppercase(),
        name: check.text("/name", &terms.name),
        currency,
        valid_from,
        valid_to,
        lanes: lanes(&mut check, terms, currency),
        fuel: terms.fuel.as_ref().map(|fuel| self::fuel(&mut check, fuel)),
        accessorials: accessorials(&mut check, terms, currency),
        tolerance: tolerance(&mut check, terms, currency),
        tax: terms.tax.as_ref().and_then(|tax| profile(&mut check, tax)),
        published_ms: as_version.published_ms,
    };
    if check.found.is_empty() { Ok(contract) } else { Err(check.found) }
}

/// The place or area that a JSON form names.
pub(crate) fn place(area: &Area) -> Place {
    Place::new(
        area.country.as_deref(),
        area.region.as_deref(),
        area.postal_code.as_deref(),
        area.city.as_deref(),
    )
}

fn lanes(check: &mut Check, terms: &Terms, currency: Currency) -> Vec<Lane> {
    let mut lines = std::collections::BTreeSet::new();
    let mut lanes = Vec::with_capacity(terms.lanes.len());
    for (n, lane) in terms.lanes.iter().enumerate() {
        let at = format!("/lanes/{n}");
        if !lines.insert(lane.line) {
            check.wrong(format!("{at}/line"), "line-repeated", "Another lane has this number.");
        }
        let minimum = lane.minimum.as_deref();
        lanes.push(Lane {
            line: lane.line,
            origin: place(&lane.origin),
            destination: place(&lane.destination),
            service: lane.service.as_deref().map(|service| service.trim().to_uppercase()),
            slabs: slabs(check, &at, &lane.slabs),
            minimum: minimum.map(|text| check.minor(&format!("{at}/minimum"), currency, text)),
        });
    }
    lanes
}

fn slabs(check: &mut Check, lane: &str, slabs: &[super::Slab]) -> Vec<Slab> {
    if slabs.is_empty() || slabs.len() > PARTS_MAX {
        let message = format!("A lane has 1 to {PARTS_MAX} slabs.");
        check.wrong(format!("{lane}/slabs"), "slabs-number", message);
    }
    let mut read: Vec<Slab> = Vec::with_capacity(slabs.len());
    for (n, slab) in slabs.iter().enumerate() {
        let at = format!("{lane}/slabs/{n}");
        let up_to_kg =
            slab.up_to.as_deref().map(|text| check.decimal(&format!("{at}/up_to"), text));
        let before = read.last().map(|slab| slab.up_to_kg);
        let grows = match (before, up_to_kg) {
            (None, _) => true,
            (Some(None), _) => false,
            (Some(Some(_)), None) => true,
            (Some(Some(before)), Some(here)) => before < here,
        };
        if !grows {
            check.wrong(
                format!("{at}/up_to"),
                "slabs-order",
                "Slabs go from light to heavy; only the last may be open.",
            );
        }
        let per = per(check, &at, &slab.per);
        if matches!(per, Per::Hour | Per::Percent) {
            let message = "Carriage is neither per hour nor per cent.";
            check.wrong(format!("{at}/per"), "carriage-per", message);
        }
        let amount = check.decimal(&format!("{at}/amount"), &slab.amount);
        if amount.is_negative() {
            check.wrong(
                format!("{at}/amount"),
                "rate-negative",
                "A rate is not negative; write a discount as an accessorial.",
            );
        }
        read.push(Slab { up_to_kg, rate: Rate { per, amount } });
    }
    read
}

fn per(check: &mut Check, at: &str, text: &str) -> Per {
    let all: Vec<&str> = Per::ALL.iter().map(|per| per.as_str()).collect();
    let message = format!("Write one of {}.", all.join(", "));
    check
        .need(&format!("{at}/per"), Per::read(text), "per-unknown", &message)
        .unwrap_or(Per::Shipment)
}

fn fuel(check: &mut Check, fuel: &super::Fuel) -> Fuel {
    if fuel.steps.is_empty() || fuel.steps.len() > PARTS_MAX {
        let message = format!("A fuel surcharge has 1 to {PARTS_MAX} steps.");
        check.wrong("/fuel/steps", "fuel-steps-number", message);
    }
    let steps = fuel.steps.iter().enumerate().map(|(n, step)| {
        let at_least = check.decimal(&format!("/fuel/steps/{n}/at_least"), &step.at_least);
        (at_least, check.decimal(&format!("/fuel/steps/{n}/percent"), &step.percent))
    });
    let steps = steps.collect();
    Fuel { index: check.text("/fuel/index", &fuel.index), steps }
}

fn accessorials(check: &mut Check, terms: &Terms, currency: Currency) -> Vec<Accessorial> {
    if terms.accessorials.len() > PARTS_MAX {
        let message = format!("A contract has at most {PARTS_MAX} accessorials.");
        check.wrong("/accessorials", "accessorials-number", message);
    }
    let mut read = Vec::with_capacity(terms.accessorials.len());
    for (n, given) in terms.accessorials.iter().enumerate() {
        let at = format!("/accessorials/{n}");
        let end = match given.at.as_deref() {
            None => None,
            Some("pickup") => Some(End::Pickup),
            Some("delivery") => Some(End::Delivery),
            Some(_) => {
                let message = "Write pickup or delivery, or leave it out.";
                check.wrong(format!("{at}/at"), "end-unknown", message);
                None
            }
        };
        if given.free_minutes < 0 || given.step_minutes < 1 {
            let message = "Free time is not negative, and a step is at least a minute.";
            check.wrong(&at, "minutes-invalid", message);
        }
        let mut limit = |name: &str, text: &Option<String>| {
            text.as_deref().map(|text| check.minor(&format!("{at}/{name}"), currency, text))
        };
        let (minimum, maximum) =
            (limit("minimum", &given.minimum), limit("maximum", &given.maximum));
        read.push(Accessorial {
            line: given.line,
            code: check.text(&format!("{at}/code"), &given.code).to_lowercase(),
            rate: Rate {
                per: per(check, &at, &given.per),
                amount: check.decimal(&format!("{at}/amount"), &given.amount),
            },
            at: end,
            free_min: given.free_minutes,
            step_min: given.step_minutes,
            minimum,
            maximum,
            always: given.always,
            bill_codes: given.bill_codes.clone(),
        });
    }
    read
}

fn tolerance(check: &mut Check, terms: &Terms, currency: Currency) -> Tolerance {
    let Some(given) = &terms.tolerance else { return Tolerance::NONE };
    Tolerance {
        absolute: check.minor("/tolerance/absolute", currency, &given.absolute),
        percent: check.decimal("/tolerance/percent", &given.percent),
    }
}

fn profile(check: &mut Check, tax: &super::Tax) -> Option<Profile> {
    let options: Vec<&str> = GstOption::ALL.iter().map(|option| option.as_str()).collect();
    let message = format!("Write one of {}.", options.join(", "));
    let gst = check.need("/tax/gst", GstOption::read(&tax.gst), "gst-unknown", &message)?;
    let state = |check: &mut Check, pointer: &str, text: &str| {
        let two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !two {
            let message = "Write the two digits with which the GSTIN begins.";
            check.wrong(pointer, "state-invalid", message);
        }
        text.to_owned()
    };
    let pan = tax.pan.as_deref().map(|pan| pan.trim().to_uppercase());
    if pan.as_deref().is_some_and(|pan| !is_pan(pan)) {
        check.wrong("/tax/pan", "pan-invalid", "A PAN is five letters, four digits and a letter.");
    }
    Some(Profile {
        gst,
        supplier_state: state(check, "/tax/supplier_state", &tax.supplier_state),
        recipient_state: state(check, "/tax/recipient_state", &tax.recipient_state),
        pan,
        small_operator: tax.small_operator,
    })
}

fn is_pan(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| {
            if (5..9).contains(&n) { byte.is_ascii_digit() } else { byte.is_ascii_uppercase() }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        serde_json::from_value(serde_json::json!({
            "carrier": "demo", "name": "Road", "currency": "INR", "valid_from": "2026-04-01",
            "lanes": [{"line": 1, "slabs": [{"up_to": "100", "per": "shipment", "amount": "500"}, {"per": "kg", "amount": "4.75"}]}],
            "accessorials": [{"line": 1, "code": "Detention", "per": "hour", "amount": "350", "at": "delivery"}],
            "tax": {"gst": "reverse", "supplier_state": "27", "recipient_state": "29", "pan": "AAACL1234C"}
        }))
        .unwrap()
    }

    fn read(terms: &Terms) -> Result<Contract, Vec<(String, &'static str)>> {
        let version = Published { id: Uuid::nil(), version: 1, published_ms: 0 };
        let told = |one: Violation| (one.pointer, one.code);
        contract(terms, version).map_err(|found| found.into_iter().map(told).collect())
    }

    #[test]
    fn terms_become_a_contract() {
        let contract = read(&terms()).unwrap();
        assert_eq!((contract.carrier.as_str(), contract.lanes[0].slabs.len()), ("DEMO", 2));
        assert_eq!(contract.accessorials[0].code, "detention");
        assert_eq!(contract.accessorials[0].step_min, 60);
    }

    #[test]
    fn every_mistake_is_told_at_once_with_its_place() {
        let mut wrong = terms();
        wrong.valid_to = Some("2026-03-31".into());
        wrong.lanes[0].slabs[0].amount = "1,5".into();
        wrong.lanes[0].slabs.reverse();
        wrong.lanes[0].minimum = Some("1.005".into());
        wrong.accessorials[0].per = "day".into();
        wrong.tax.as_mut().unwrap().pan = Some("AAACL12345".into());
        let found = read(&wrong).unwrap_err();
        let told = [
            ("/valid_to", "dates-reversed"),
            ("/lanes/0/slabs/1/up_to", "slabs-order"),
            ("/lanes/0/slabs/1/amount", "decimal-invalid"),
            ("/lanes/0/minimum", "amount-invalid"),
            ("/accessorials/0/per", "per-unknown"),
            ("/tax/pan", "pan-invalid"),
        ];
        assert_eq!(found, told.map(|(pointer, code)| (pointer.to_owned(), code)));
    }
}
