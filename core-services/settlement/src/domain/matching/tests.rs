//! The match by example, and its promises as properties.

use caravan_model::Words;
use proptest::prelude::*;

use super::*;
use crate::domain::testing::{inr, ratio};
use crate::invariants;

fn expected(lines: &[(&str, i64)]) -> Expected {
    let line = |(code, amount): &(&str, i64)| Line {
        code: (*code).into(),
        amount: *amount,
        bill_codes: if *code == "detention" { vec!["DTU".into()] } else { Vec::new() },
    };
    Expected {
        currency: inr(),
        lines: lines.iter().map(line).collect(),
        tax: None,
        tolerance: Tolerance { absolute: 100, percent: ratio("0.5") },
        weight_kg: Some(ratio("900")),
        explanation: Node::note(Words::new("none", "", []), None),
    }
}

fn bill(lines: &[(Option<&str>, i64)]) -> Bill {
    let line = |(n, (code, amount)): (usize, &(Option<&str>, i64))| BilledLine {
        number: n.to_string(),
        code: code.map(str::to_owned),
        amount: *amount,
    };
    Bill {
        currency: inr(),
        total: lines.iter().map(|line| line.1).sum(),
        lines: lines.iter().enumerate().map(line).collect(),
        weight_kg: None,
    }
}

fn outcome(bill: &Bill, expected: &Expected) -> Outcome {
    match_bill(bill, Ok(expected), true, Vec::new()).outcome
}

fn reasons(found: &Match) -> Vec<(&str, &str)> {
    found.lines.iter().filter_map(|line| Some((line.code.as_str(), line.reason?))).collect()
}

#[test]
fn codes_meet_however_the_carrier_names_them() {
    let agreed = expected(&[("linehaul", 500_000), ("fuel", 25_000), ("detention", 35_000)]);
    let billed = bill(&[
        (Some("DTU"), 35_000),
        (None, 300_000),
        (Some("400"), 200_000),
        (Some("FUE"), 25_000),
    ]);
    let found = match_bill(&billed, Ok(&agreed), true, Vec::new());
    assert_eq!((found.outcome, found.ways), (Outcome::Matched, 3), "{found:?}");
    assert_eq!(found.lines[2].billed_lines, ["1", "2"]);
}

#[test]
fn a_line_passes_by_the_absolute_or_the_relative_tolerance() {
    let agreed = expected(&[("linehaul", 500_000)]);
    assert_eq!(outcome(&bill(&[(None, 502_500)]), &agreed), Outcome::WithinTolerance);
    assert_eq!(outcome(&bill(&[(None, 502_501)]), &agreed), Outcome::Disputed);
    let small = expected(&[("linehaul", 1_000)]);
    assert_eq!(outcome(&bill(&[(None, 1_100)]), &small), Outcome::WithinTolerance);
    assert_eq!(
        outcome(&bill(&[(None, 899)]), &small),
        Outcome::Disputed,
        "too little is a variance too"
    );
}

#[test]
fn lines_that_are_off_by_as_much_as_others_do_not_make_each_other_right() {
    let agreed = expected(&[("linehaul", 500_000), ("fuel", 25_000)]);
    let cut = |by: i64| bill(&[(None, 500_000 + by), (Some("FUE"), 25_000 - by)]);
    assert_eq!(outcome(&cut(0), &agreed), Outcome::Matched);
    assert_eq!(
        outcome(&cut(100), &agreed),
        Outcome::WithinTolerance,
        "off, although the whole is not"
    );
    assert_eq!(outcome(&cut(10_000), &agreed), Outcome::Disputed);
}

#[test]
fn every_variance_has_its_reason() {
    let agreed = expected(&[("linehaul", 500_000), ("fuel", 25_000), ("oda", 75_000)]);
    let mut billed =
        bill(&[(None, 600_000), (Some("405"), 50_000), (Some("AAJ"), 5_000), (Some("GST"), 9_000)]);
    let found = match_bill(&billed, Ok(&agreed), true, Vec::new());
    assert_eq!(found.outcome, Outcome::Disputed);
    assert_eq!(
        reasons(&found),
        [
            ("fuel", "fuel"),
            ("linehaul", "rate"),
            ("oda", "not-billed"),
            ("tax", "tax"),
            ("x12:AAJ", "accessorial-unlisted")
        ]
    );
    billed.weight_kg = Some(ratio("1000"));
    let found = match_bill(&billed, Ok(&agreed), true, Vec::new());
    assert_eq!(reasons(&found)[1], ("linehaul", "weight"));
}

#[test]
fn tax_that_the_carrier_may_charge_is_expected() {
    let mut agreed = expected(&[("linehaul", 100_000)]);
    agreed.tax = Some(18_000);
    let billed = bill(&[(None, 100_000), (Some("CGST"), 9_000), (Some("SGST"), 9_000)]);
    assert_eq!(outcome(&billed, &agreed), Outcome::Matched);
    agreed.tax = Some(0);
    assert_eq!(outcome(&billed, &agreed), Outcome::Disputed, "reverse charge is not on the bill");
}

#[test]
fn what_keeps_a_bill_from_being_compared_is_said_with_what_to_do() {
    let agreed = expected(&[("linehaul", 100_000)]);
    let mut wrong = bill(&[(None, 90_000), (Some("FUE"), 45_000)]);
    wrong.total = 150_000;
    let found = match_bill(&wrong, Ok(&agreed), true, Vec::new());
    assert_eq!(found.outcome, Outcome::Exception);
    assert_eq!(found.exceptions[0].code, "lines-do-not-add-up");
    assert_eq!(found.exceptions[0].what, "the lines come to 1350.00 INR, the total says 1500.00");
    let mut dollars = bill(&[(None, 100_000)]);
    dollars.currency = Currency::new("USD").unwrap();
    let found = match_bill(&dollars, Ok(&agreed), true, Vec::new());
    assert_eq!((found.exceptions[0].code, found.lines.len()), ("wrong-currency", 0));
    let unknown =
        Exception { code: "unknown-shipment", what: "S1".into(), at: "references", next: "" };
    let found = match_bill(&bill(&[(None, 1)]), Err(unknown), false, Vec::new());
    assert_eq!((found.outcome, found.ways), (Outcome::Exception, 1));
}

#[test]
fn without_proof_of_delivery_nothing_is_clean() {
    let agreed = expected(&[("linehaul", 100_000)]);
    let found = match_bill(&bill(&[(None, 100_000)]), Ok(&agreed), false, Vec::new());
    assert_eq!((found.outcome, found.ways), (Outcome::MissingDelivery, 2));
}

#[test]
fn a_duplicate_is_a_duplicate_whatever_else_it_is() {
    let agreed = expected(&[("linehaul", 100_000)]);
    let twice = Exception { code: "duplicate-number", what: "INV1".into(), at: "number", next: "" };
    assert_eq!(
        match_bill(&bill(&[(None, 5)]), Ok(&agreed), true, vec![twice]).outcome,
        Outcome::Duplicate
    );
}

fn some_lines() -> impl Strategy<Value = Vec<(usize, i64)>> {
    proptest::collection::vec((0_usize..6, -10_000_i64..1_000_000), 0..8)
}

const CODES: [Option<&str>; 6] =
    [None, Some("FUE"), Some("DTU"), Some("AAJ"), Some("GST"), Some("DSC")];
const OURS: [&str; 6] = ["linehaul", "fuel", "detention", "oda", "loading", "discount"];

proptest! {
    #[test]
    fn what_is_found_keeps_its_rules_and_no_order_shows(
        billed in some_lines(), agreed in some_lines(), extra in 0_i64..2, delivered: bool, turn in 0_usize..8,
    ) {
        let lines: Vec<(Option<&str>, i64)> = billed.iter().map(|(code, amount)| (CODES[*code], *amount)).collect();
        let mut bill = bill(&lines);
        bill.total += extra * 500;
        let ours: Vec<(&str, i64)> = agreed.iter().map(|(code, amount)| (OURS[*code], *amount)).collect();
        let mut expected = expected(&ours);
        let found = match_bill(&bill, Ok(&expected), delivered, Vec::new());
        prop_assert_eq!(invariants::matched(&found), None, "{:?}", found);
        let by = turn % bill.lines.len().max(1);
        bill.lines.rotate_left(by);
        bill.lines.reverse();
        expected.lines.reverse();
        prop_assert_eq!(match_bill(&bill, Ok(&expected), delivered, Vec::new()), found);
    }

    /// Variance by lines is the variance of the whole, where the bill adds up.
    #[test]
    fn lines_explain_the_whole_variance(billed in some_lines(), agreed in some_lines()) {
        let lines: Vec<(Option<&str>, i64)> = billed.iter().map(|(code, amount)| (CODES[*code], *amount)).collect();
        let ours: Vec<(&str, i64)> = agreed.iter().map(|(code, amount)| (OURS[*code], *amount)).collect();
        let found = match_bill(&bill(&lines), Ok(&expected(&ours)), true, Vec::new());
        prop_assert_eq!(Some(found.lines.iter().map(|line| line.variance).sum::<i64>()), found.variance);
    }
}
