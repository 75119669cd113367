//! Which lane fits and what it comes to, in whole numbers.

use uuid::Uuid;

use super::*;
use crate::domain::measure::{decimal, micro};
use crate::domain::testing::place;

fn area(country: &str, region: &str, postal: &str, city: &str) -> Area {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Area {
        country: some(country),
        region: some(region),
        postal_prefix: some(postal),
        city: some(city),
    }
}

fn lane(contract: u128, line: i32, origin: Area, destination: Area, amount: &str) -> Candidate {
    let amount = micro(amount).unwrap();
    Candidate {
        contract: Uuid::from_u128(contract),
        version: 1,
        carrier: format!("C{contract}"),
        currency: "INR".into(),
        line,
        service: None,
        origin,
        destination,
        slabs: vec![Slab { up_to_kg: None, per: Per::Kilogram, amount }],
        minimum: None,
    }
}

fn load() -> Load {
    Load {
        order: OrderId(Uuid::from_u128(9)),
        origin: place("Pune", "MH", "411001"),
        destination: place("Chennai", "TN", "600002"),
        service: None,
        weight_kg: micro("820"),
        distance_km: micro("1180"),
        packages: Some(6),
    }
}

fn prices(load: &Load, lanes: &[Candidate]) -> Vec<(String, i32, String)> {
    let (priced, _) = quotes(load, lanes);
    let shown = |quote: Quote| (quote.carrier, quote.lane, decimal(quote.price_micro.into()));
    priced.into_iter().map(shown).collect()
}

#[test]
fn the_cheapest_is_first_and_each_contract_counts_once_by_its_most_specific_lane() {
    let lanes = [
        lane(1, 1, area("IN", "", "", ""), area("IN", "", "", ""), "1"),
        lane(1, 2, area("IN", "", "411", ""), area("IN", "", "", ""), "5"),
        lane(2, 1, area("IN", "MH", "", ""), area("", "", "", "chennai"), "4.75"),
        lane(3, 1, area("IN", "GJ", "", ""), area("IN", "", "", ""), "0.10"),
    ];
    let expected = [("C2".into(), 1, "3895".into()), ("C1".into(), 2, "4100".into())];
    assert_eq!(prices(&load(), &lanes), expected);
    let mut turned = lanes.clone();
    turned.reverse();
    assert_eq!(prices(&load(), &turned), expected);
}

#[test]
fn the_first_slab_that_holds_the_weight_counts_and_at_least_the_minimum() {
    let mut one = lane(1, 1, Area::default(), Area::default(), "4.75");
    let slab = |up_to: &str, per, amount: &str| Slab {
        up_to_kg: micro(up_to),
        per,
        amount: micro(amount).unwrap(),
    };
    one.slabs.insert(0, slab("100", Per::Shipment, "500"));
    one.minimum = micro("450");
    let priced = |weight: &str, per| {
        let mut lane = one.clone();
        lane.slabs[1].per = per;
        let load = Load { weight_kg: micro(weight), ..load() };
        prices(&load, &[lane]).pop().map(|(.., price)| price)
    };
    assert_eq!(priced("100", Per::Kilogram).as_deref(), Some("500"));
    assert_eq!(priced("100.5", Per::Kilogram).as_deref(), Some("477.375"));
    assert_eq!(priced("101", Per::Package).as_deref(), Some("450"));
    assert_eq!(priced("820", Per::Kilometre).as_deref(), Some("5605"));
    assert_eq!(priced("45359.237", Per::Hundredweight).as_deref(), Some("4750"));
}

#[test]
fn what_cannot_be_priced_says_what_is_missing() {
    let lanes = [lane(1, 1, Area::default(), Area::default(), "4.75")];
    let (priced, unpriced) = quotes(&Load { weight_kg: None, ..load() }, &lanes);
    assert_eq!(priced, []);
    assert_eq!(unpriced[0].missing, "gross_weight");
}

#[test]
fn a_lane_of_a_service_is_for_that_service() {
    let mut express = lane(1, 1, Area::default(), Area::default(), "9");
    express.service = Some("Express".into());
    let plain = lane(1, 2, Area::default(), Area::default(), "5");
    let lanes = [express, plain];
    assert_eq!(prices(&load(), &lanes)[0].1, 2);
    let wanted = Load { service: Some("express".into()), ..load() };
    assert_eq!(prices(&wanted, &lanes)[0].1, 1);
}
