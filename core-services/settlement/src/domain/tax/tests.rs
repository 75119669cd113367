//! The dated rules at their edges.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::rules::{PayableBy, Verified};
use super::{GstOption, Profile, Year, gst, rules, tds};
use crate::domain::currency::Currency;

fn inr() -> Currency {
    Currency::new("INR").unwrap()
}

fn profile(option: GstOption) -> Profile {
    Profile {
        gst: option,
        supplier_state: "27".into(),
        recipient_state: "27".into(),
        pan: Some("AAACL1234C".into()),
        small_operator: false,
    }
}

fn total(option: GstOption, day: Date) -> i64 {
    gst(rules().unwrap(), &profile(option), day, inr(), 1_000_000, None).unwrap().total
}

#[test]
fn every_rule_has_a_source_and_no_day_has_two() {
    let rules = rules().unwrap();
    assert!(rules.gst.iter().all(|rule| !rule.source.is_empty()));
    assert!(rules.tds.iter().all(|rule| !rule.source.is_empty()));
    assert!(rules.gst_rounding.iter().all(|rule| rule.source.contains("section 170")));
    assert_eq!(rules.place_of_supply.verified, Verified::Secondary);
    assert_eq!(rules.union_territories.verified, Verified::Secondary);
    assert_eq!(rules.tds_base.verified, Verified::Secondary);
    assert!(rules.gst.iter().any(|rule| rule.verified == Verified::Gazette));
    assert!(rules.tds.iter().all(|rule| rule.verified == Verified::Secondary));
    for (n, a) in rules.gst.iter().enumerate() {
        for b in rules.gst.iter().skip(n + 1).filter(|b| b.option == a.option) {
            let apart = a.to.is_some_and(|to| to < b.from) || b.to.is_some_and(|to| to < a.from);
            assert!(apart, "{} and {} overlap", a.rule, b.rule);
        }
    }
}

#[test]
fn the_bills_day_picks_the_rate() {
    let option = GstOption::ForwardWithCredit;
    assert_eq!(total(option, date(2025, 9, 21)), 120_000, "12 % until the last day");
    assert_eq!(total(option, date(2025, 9, 22)), 180_000, "18 % from the first day");
    assert_eq!(total(GstOption::Reverse, date(2026, 11, 25)), 50_000);
    let early = gst(rules().unwrap(), &profile(option), date(2017, 8, 1), inr(), 1, None);
    assert!(early.is_err(), "no rule, no guess");
}

#[test]
fn the_states_tell_which_taxes_and_the_option_who_pays() {
    let (rules, day) = (rules().unwrap(), date(2026, 1, 1));
    let names = |profile: &Profile| -> Vec<&'static str> {
        let tax = gst(rules, profile, day, inr(), 100_100, None).unwrap();
        tax.parts.iter().map(|part| part.0).collect()
    };
    let mut one = profile(GstOption::ForwardWithCredit);
    assert_eq!(names(&one), ["CGST", "SGST"]);
    one.recipient_state = "29".into();
    assert_eq!(names(&one), ["IGST"]);
    (one.supplier_state, one.recipient_state) = ("04".into(), "04".into());
    assert_eq!(names(&one), ["CGST", "UTGST"]);
    let forward = gst(rules, &one, day, inr(), 100_100, None).unwrap();
    assert_eq!((forward.on_the_bill(), forward.payable_by), (18_000, PayableBy::Supplier));
    let reverse = gst(rules, &profile(GstOption::Reverse), day, inr(), 100_100, None).unwrap();
    assert_eq!(
        (reverse.on_the_bill(), reverse.total),
        (0, 5_000),
        "2.5 % of 1001.00 is 25.025, which is 25 rupees, twice"
    );
}

#[test]
fn a_tax_is_in_whole_rupees_unless_the_carrier_bills_the_paise() {
    let (rules, day) = (rules().unwrap(), date(2026, 1, 1));
    let mut carrier = profile(GstOption::ForwardWithoutCredit);
    carrier.recipient_state = "29".into();
    let of = |currency: &str, base, billed| {
        let currency = Currency::new(currency).unwrap();
        gst(rules, &carrier, day, currency, base, billed).unwrap().total
    };
    assert_eq!(of("INR", 101_000, None), 5_100, "50.50 goes up");
    assert_eq!(of("INR", 100_980, None), 5_000, "50.49 goes down");
    assert_eq!(of("INR", 100_999, None), 5_000, "50.4995 is not rounded twice");
    assert_eq!(of("INR", -101_000, None), -5_100);
    assert_eq!(of("USD", 101_000, None), 5_050, "the law is about rupees");
    assert_eq!(of("INR", 101_000, Some(5_050)), 5_050, "the carrier billed the paise");
    assert_eq!(of("INR", 101_000, Some(5_049)), 5_100, "the carrier billed neither");
    let found = gst(rules, &carrier, day, inr(), 101_000, None).unwrap().explanation;
    assert!(format!("{found:?}").contains("section 170"), "{found:?}");
}

#[test]
fn tax_is_deducted_by_kind_of_payee_and_over_the_limits_only() {
    let rules = rules().unwrap();
    let day = date(2025, 6, 1);
    let mut payee = profile(GstOption::Reverse);
    let of =
        |payee: &Profile, base, year| tds(rules, payee, day, inr(), base, year).unwrap().amount;
    let fresh = Year::default();
    assert_eq!(of(&payee, 3_000_000, fresh), 0, "30,000 is not over 30,000");
    assert_eq!(of(&payee, 3_000_100, fresh), 60_002);
    payee.pan = Some("AAAPL1234C".into());
    assert_eq!(of(&payee, 3_000_100, fresh), 30_001);
    payee.pan = None;
    assert_eq!(of(&payee, 3_000_100, fresh), 600_020);
    payee.small_operator = true;
    assert_eq!(of(&payee, 3_000_100, fresh), 600_020, "a declaration without PAN spares nothing");
    payee.pan = Some("AAAPL1234C".into());
    assert_eq!(of(&payee, 3_000_100, fresh), 0);
}

#[test]
fn passing_the_years_limit_makes_up_for_what_was_spared() {
    let rules = rules().unwrap();
    let payee = profile(GstOption::Reverse);
    let year = Year { base: 9_000_000, deducted_on: 4_000_000 };
    let found = tds(rules, &payee, date(2026, 5, 1), inr(), 2_000_000, year).unwrap();
    assert_eq!((found.on, found.amount), (7_000_000, 140_000));
    assert!(found.explanation.rule.text().contains("393(1)"), "{:?}", found.explanation);
}

proptest! {
    /// However the year's payments are cut, the same is deducted once the year's limit is passed.
    #[test]
    fn cutting_payments_saves_no_tax(payments in proptest::collection::vec(1_i64..5_000_000, 1..12)) {
        let (rules, payee, day) = (rules().unwrap(), profile(GstOption::Reverse), date(2025, 6, 1));
        let mut year = Year::default();
        for base in &payments {
            let found = tds(rules, &payee, day, inr(), *base, year).unwrap();
            year = Year { base: year.base + base, deducted_on: year.deducted_on + found.on };
        }
        if year.base > 10_000_000 {
            prop_assert_eq!(year.deducted_on, year.base);
        } else {
            let single: i64 = payments.iter().filter(|base| **base > 3_000_000).sum();
            prop_assert_eq!(year.deducted_on, single);
        }
    }
}
