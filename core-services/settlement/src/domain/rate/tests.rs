//! Rating by example, and the promises as properties.

use jiff::civil::date;
use proptest::prelude::*;

use super::{Rated, Tariff, Unrated, rate};
use crate::domain::contract::*;
use crate::domain::facts::{Facts, Stay};
use crate::domain::testing::{self, *};
use crate::invariants;

const LATER: i64 = i64::MAX;

fn rated(facts: &Facts, contracts: Vec<Contract>) -> Result<Rated, Unrated> {
    rate(facts, &Tariff::new(contracts, diesel()), LATER)
}

/// The index of the properties' contracts, the same all the year.
fn diesel() -> Vec<IndexValue> {
    let (from, value) = (date(2026, 1, 1), ratio("80"));
    vec![IndexValue { index: "diesel".into(), from, value, recorded_ms: 0 }]
}

fn lines(rated: &Rated) -> Vec<(&str, i64)> {
    rated.lines.iter().map(|line| (line.code.as_str(), line.amount)).collect()
}

#[test]
fn the_most_exact_lane_prices_the_shipment() {
    let mut terms = contract(1, 1, date(2026, 1, 1));
    terms.lanes = vec![
        lane(1, "- - - -", "- - - -", "9"),
        lane(2, "IN", "IN", "8"),
        lane(3, "IN MH", "IN KA", "7"),
        lane(4, "IN - - MUMBAI", "IN KA", "6"),
        lane(5, "IN - 400", "IN - 560", "4.75"),
        lane(6, "IN - 411", "IN - 560", "1"),
    ];
    for (removed, amount) in
        [(None, 475_000), (Some(5), 600_000), (Some(4), 700_000), (Some(3), 800_000)]
    {
        terms.lanes.retain(|lane| Some(lane.line) != removed);
        let found = rated(&facts(NOW, "1000"), vec![terms.clone()]).unwrap();
        assert_eq!(found.total, amount, "{:?}", found.explanation);
    }
}

#[test]
fn slabs_minimum_and_units() {
    let mut terms = contract(1, 1, date(2026, 1, 1));
    let slab = |upper: Option<&str>, per, amount| Slab {
        up_to_kg: upper.map(ratio),
        rate: testing::rate(per, amount),
    };
    terms.lanes[0].slabs = vec![
        slab(Some("100"), Per::Shipment, "500"),
        slab(Some("500"), Per::Kilogram, "4.75"),
        slab(Some("1000"), Per::Hundredweight, "210.10"),
        slab(Some("2000"), Per::Tonne, "4100"),
        slab(Some("3000"), Per::Kilometre, "22.5"),
        slab(Some("4000"), Per::Mile, "35"),
        slab(Some("5000"), Per::Package, "333.335"),
    ];
    terms.lanes[0].minimum = Some(50_001);
    let cases = [
        ("100", 50_001),
        ("100.001", 50_001),
        ("500", 237_500),
        ("907.18474", 420_200),
        ("1500", 615_000),
        ("3000", 2_205_000),
        ("4000", 2_131_303),
        ("5000", 400_002),
    ];
    for (weight, amount) in cases {
        let found = rated(&facts(NOW, weight), vec![terms.clone()]).unwrap();
        assert_eq!(found.total, amount, "{weight} kg: {:?}", found.explanation);
    }
    let heavy = rated(&facts(NOW, "5000.1"), vec![terms]).unwrap_err();
    assert_eq!(heavy.code(), "no-slab");
}

#[test]
fn fuel_goes_by_the_day_of_shipment() {
    let mut terms = contract(1, 1, date(2026, 1, 1));
    let steps = [("80", "2"), ("90", "5.5"), ("100", "9")];
    terms.fuel = Some(Fuel {
        index: "diesel".into(),
        steps: steps.map(|(from, percent)| (ratio(from), ratio(percent))).into(),
    });
    let value = |from, value, recorded_ms| IndexValue {
        index: "diesel".into(),
        from,
        value: ratio(value),
        recorded_ms,
    };
    let (day, week) = (date(2026, 11, 1), date(2026, 11, 8));
    let values = vec![
        value(week, "101", 5),
        value(day, "90", 5),
        value(day, "79.99", 9),
        value(date(2026, 10, 1), "85", 1),
    ];
    let tariff = Tariff::new(vec![terms], values);
    let fuel =
        |ship, as_of| rate(&facts(ship, "1000"), &tariff, as_of).map(|rated| rated.lines[1].amount);
    let published = ms(date(2026, 1, 1));
    assert_eq!(fuel(date(2026, 11, 9), LATER), Ok(45_000));
    assert_eq!(fuel(date(2026, 11, 7), LATER), Ok(0), "the corrected value is below every step");
    assert_eq!(fuel(date(2026, 10, 31), LATER), Ok(10_000));
    assert_eq!(fuel(date(2026, 9, 30), LATER).unwrap_err().code(), "no-fuel-index");
    assert_eq!(fuel(date(2026, 11, 7), published), Ok(0));
}

#[test]
fn waiting_is_charged_in_started_steps_beyond_what_is_free() {
    let mut terms = contract(1, 1, date(2026, 1, 1));
    let detention = Accessorial {
        at: Some(End::Delivery),
        free_min: 120,
        ..testing::accessorial(1, "detention", Per::Hour, "350")
    };
    terms.accessorials = vec![detention];
    let of = |terms: &Contract, facts: &Facts| rated(facts, vec![terms.clone()]).unwrap();
    // 301 − 120 = 181 minutes: four hours begun; the 90 minutes at pickup are the other end's.
    let found = of(&terms, &facts(NOW, "1000"));
    assert_eq!(lines(&found), [("linehaul", 500_000), ("detention", 140_000)]);
    terms.accessorials[0].maximum = Some(100_000);
    assert_eq!(of(&terms, &facts(NOW, "1000")).lines[1].amount, 100_000);
    (terms.accessorials[0].maximum, terms.accessorials[0].step_min) = (None, 30);
    assert_eq!(of(&terms, &facts(NOW, "1000")).lines[1].amount, 122_500, "seven half hours");
    terms.accessorials[0].free_min = 301;
    assert_eq!(of(&terms, &facts(NOW, "1000")).lines.len(), 1, "nothing waited, nothing due");
}

#[test]
fn what_was_asked_for_is_charged_and_what_has_no_price_is_said() {
    let mut terms = contract(1, 1, date(2026, 1, 1));
    terms.accessorials = vec![
        testing::accessorial(1, "oda", Per::Shipment, "750"),
        testing::accessorial(2, "loading", Per::Package, "10"),
        Accessorial { always: true, ..testing::accessorial(3, "discount", Per::Percent, "-10") },
    ];
    let mut shipment = facts(NOW, "1000");
    shipment.requested = vec![("loading".into(), ratio("1")), ("liftgate".into(), ratio("1"))];
    let found = rated(&shipment, vec![terms]).unwrap();
    assert_eq!(lines(&found), [("linehaul", 500_000), ("loading", 12_000), ("discount", -50_000)]);
    assert_eq!(found.unpriced, ["liftgate"]);
    assert_eq!(found.total, 462_000);
}

#[test]
fn what_cannot_be_rated_says_why() {
    let terms = contract(1, 1, date(2026, 1, 1));
    let code = |facts: &Facts, contracts| rated(facts, contracts).unwrap_err().code();
    let mut shipment = facts(NOW, "1");
    assert_eq!(code(&shipment, vec![]), "no-contract");
    assert_eq!(code(&facts(date(2025, 12, 31), "1"), vec![terms.clone()]), "no-contract");
    shipment.weight_kg = None;
    assert_eq!(code(&shipment, vec![terms.clone()]), "fact-missing");
    shipment.origin = place("US");
    assert_eq!(code(&shipment, vec![terms]), "no-lane");
}

#[test]
fn a_new_version_replaces_the_old_from_its_first_day_and_ends_on_its_last() {
    let old = contract(1, 1, date(2026, 1, 1));
    let mut new = contract(1, 2, date(2026, 6, 1));
    new.lanes[0].slabs[0].rate.amount = ratio("6");
    new.valid_to = Some(date(2026, 6, 30));
    let all = || vec![old.clone(), new.clone()];
    let total = |day| rated(&facts(day, "1"), all()).map(|rated| rated.total);
    assert_eq!(total(date(2026, 5, 31)), Ok(500));
    assert_eq!(total(date(2026, 6, 1)), Ok(600));
    assert_eq!(total(date(2026, 7, 1)).unwrap_err().code(), "no-contract");
}

fn amount() -> impl Strategy<Value = String> {
    (0_u32..100_000).prop_map(|n| format!("{}.{:03}", n / 1_000, n % 1_000))
}

fn any_contract() -> impl Strategy<Value = Contract> {
    let lanes = proptest::collection::vec(
        (0_usize..5, 0_usize..5, amount(), proptest::option::of(0_i64..900_000)),
        1..6,
    );
    let extras = proptest::collection::vec((0_usize..4, amount(), any::<bool>(), 0_i64..200), 0..4);
    let (last, fuel) = (proptest::option::of(0_i32..200), proptest::option::of(amount()));
    (1_u128..4, 1_u32..5, 0_i32..300, 0_i64..400, lanes, extras, last, fuel).prop_map(
        |(id, version, from, published, lanes, extras, last, fuel)| {
            let first = date(2026, 1, 1);
            let day = |n: i32| first.checked_add(jiff::Span::new().days(n)).unwrap();
            let mut terms = contract(id, version, day(from));
            terms.published_ms = ms(day(i32::try_from(published).unwrap()));
            terms.valid_to = last.map(|last| day(from + last));
            terms.fuel = fuel.map(|percent| Fuel {
                index: "diesel".into(),
                steps: vec![(ratio("80"), ratio(&percent))],
            });
            let ends = ["- - - -", "IN", "IN MH", "IN - - MUMBAI", "IN - 40"];
            let to = ["- - - -", "IN", "IN KA", "IN - - BENGALURU", "IN - 5600"];
            terms.lanes = lanes
                .into_iter()
                .enumerate()
                .map(|(n, (a, b, rate, minimum))| Lane {
                    minimum,
                    ..lane(u32::try_from(n).unwrap(), ends[a], to[b], &rate)
                })
                .collect();
            let codes = [
                ("detention", Per::Hour),
                ("oda", Per::Shipment),
                ("loading", Per::Package),
                ("discount", Per::Percent),
            ];
            terms.accessorials = extras
                .into_iter()
                .enumerate()
                .map(|(n, (which, rate, always, free_min))| Accessorial {
                    always,
                    free_min,
                    ..testing::accessorial(
                        u32::try_from(n).unwrap(),
                        codes[which].0,
                        codes[which].1,
                        &rate,
                    )
                })
                .collect();
            terms
        },
    )
}

/// At most one contract for each id and version, as the database sees to.
fn contracts() -> impl Strategy<Value = Vec<Contract>> {
    proptest::collection::vec(any_contract(), 1..8).prop_map(|mut all| {
        all.sort_by_key(|contract| (contract.id, contract.version));
        all.dedup_by_key(|contract| (contract.id, contract.version));
        all
    })
}

fn shipment() -> impl Strategy<Value = Facts> {
    let requested = proptest::collection::vec((0_usize..4, 1_u32..4), 0..4);
    (0_i32..330, amount(), 0_i64..600, 0_i64..600, requested).prop_map(
        |(day, weight, a, b, requested)| {
            let day = date(2026, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            let mut shipment = facts(day, &weight);
            shipment.stays =
                vec![Stay { at: End::Pickup, minutes: a }, Stay { at: End::Delivery, minutes: b }];
            let codes = ["oda", "loading", "liftgate", "detention"];
            shipment.requested = requested
                .into_iter()
                .map(|(which, n)| (codes[which].to_owned(), ratio(&n.to_string())))
                .collect();
            shipment
        },
    )
}

proptest! {
    #[test]
    fn sums_are_equal_all_the_way(facts in shipment(), contracts in contracts()) {
        if let Ok(found) = rated(&facts, contracts) {
            prop_assert_eq!(invariants::rated(&found), None);
        }
    }

    #[test]
    fn no_order_shows(facts in shipment(), contracts in contracts(), turn in 0_usize..8) {
        let expected = rated(&facts, contracts.clone());
        let (mut facts, mut contracts) = (facts, contracts);
        let turn_all = turn % contracts.len();
        contracts.rotate_left(turn_all);
        contracts.reverse();
        for contract in &mut contracts {
            contract.lanes.reverse();
        }
        facts.stays.reverse();
        facts.requested.reverse();
        prop_assert_eq!(rated(&facts, contracts), expected);
    }

    /// Whatever is published later, a rating as of the same moment is the same; and a version that begins after the day of
    /// shipment changes nothing even when it is known.
    #[test]
    fn a_new_contract_never_re_rates_the_past(facts in shipment(), contracts in contracts(), new in any_contract()) {
        let as_of = ms(date(2026, 9, 1));
        let known = || contracts.iter().filter(|contract| contract.published_ms <= as_of).cloned().collect::<Vec<_>>();
        let before = rate(&facts, &Tariff::new(known(), diesel()), as_of);
        let mut all = contracts.clone();
        all.retain(|contract| (contract.id, contract.version) != (new.id, 9));
        let late = Contract { version: 9, published_ms: as_of + 1, ..new.clone() };
        all.push(late);
        prop_assert_eq!(&rate(&facts, &Tariff::new(all, diesel()), as_of), &before);
        let from = facts.ship_date.tomorrow().unwrap();
        let future = Contract { version: 9, published_ms: 0, valid_from: from, valid_to: None, ..new };
        let with = known().into_iter().chain([future]).collect();
        prop_assert_eq!(&rate(&facts, &Tariff::new(with, diesel()), as_of), &before);
    }
}
