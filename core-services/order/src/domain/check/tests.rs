//! Each violation is found, at its place, together with all others.

use caravan_model::{Measure, Reference};

use super::*;
use crate::domain::testing;

fn wrong(change: impl FnOnce(&mut Content)) -> Vec<(String, &'static str)> {
    let mut content = testing::content("4500017001");
    change(&mut content);
    check(&content).into_iter().map(|violation| (violation.pointer, violation.code)).collect()
}

#[test]
fn a_whole_order_has_nothing_wrong() {
    assert_eq!(wrong(|_| {}), []);
}

#[test]
fn each_gap_is_named_where_it_is() {
    type Change = fn(&mut Content);
    let cases: [(Change, &str, &str); 14] = [
        (|c| c.number = String::new(), "/number", "number-invalid"),
        (|c| c.number = "x".repeat(36), "/number", "text-too-long"),
        (|c| c.stops.truncate(1), "/stops", "delivery-missing"),
        (|c| c.stops.reverse(), "/stops/0/kind", "pickup-first"),
        (|c| c.stops[1].place.country = None, "/stops/1/place/country", "country-missing"),
        (|c| c.stops[1].place = Default::default(), "/stops/1/place", "place-missing"),
        (
            |c| c.stops[0].place.postal_code = Some("41100".into()),
            "/stops/0/place/postal_code",
            "pin-invalid",
        ),
        (|c| c.stops[0].latest = Some(testing::moment(1)), "/stops/0/latest", "window-reversed"),
        (|c| c.stops[0].phone = Some("call me".into()), "/stops/0/phone", "phone-invalid"),
        (
            |c| c.gross_weight = Some(Measure { value: "8,5".into(), unit: "KGM".into() }),
            "/gross_weight/value",
            "number-invalid",
        ),
        (
            |c| c.lines[0].gross_weight = Some(Measure { value: "8".into(), unit: "MTQ".into() }),
            "/lines/0/gross_weight/unit",
            "weight-unit",
        ),
        (|c| c.packages = Some(0), "/packages", "packages-range"),
        (
            |c| c.references = vec![Reference::new("Purchase Order", "1")],
            "/references/0/kind",
            "reference-kind",
        ),
        (|c| c.distance_km = Some("far".into()), "/distance_km", "number-invalid"),
    ];
    for (change, pointer, code) in cases {
        let found = wrong(change);
        assert!(found.contains(&(pointer.to_owned(), code)), "{pointer} {code}: {found:?}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let found = wrong(|c| {
        c.number = " 1".into();
        c.packages = Some(0);
        c.stops[1].place.postal_code = Some("012345".into());
        c.stops[1].latest = Some(testing::moment(-5));
        c.stops[1].earliest = None;
    });
    let codes: Vec<&str> = found.iter().map(|(_, code)| *code).collect();
    assert_eq!(
        codes,
        ["number-invalid", "pin-invalid", "delivery-before-pickup", "packages-range"]
    );
}
