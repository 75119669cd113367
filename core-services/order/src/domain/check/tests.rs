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

/// What is said of a stop at a place in `country`, or with a UN/LOCODE.
fn said_of(country: &str, unlocode: Option<&str>) -> Vec<Violation> {
    let mut content = testing::content("4500017001");
    content.stops[1].place.country = Some(country.to_owned());
    content.stops[1].place.postal_code = None;
    content.stops[1].place.unlocode = unlocode.map(str::to_owned);
    check(&content)
}

#[test]
fn a_country_that_there_is_not_is_named_with_those_near_it() {
    for (country, code, said) in [
        (
            "IX",
            "country-unknown",
            "IX is no country of ISO 3166-1; of those there are ID, IE, IL, IM, IN,",
        ),
        ("UK", "country-unknown", "UK is no country of ISO 3166-1; send GB."),
        (
            "XX",
            "country-unknown",
            "XX is no country of ISO 3166-1, and none begins so; India is IN.",
        ),
        ("XZ", "country-unknown", "XZ is no country"),
        ("in", "country-invalid", "two capital letters"),
        ("IND", "country-invalid", "two capital letters"),
    ] {
        let found = said_of(country, None);
        let [one] = found.as_slice() else { panic!("{country}: {found:?}") };
        assert_eq!((one.pointer.as_str(), one.code), ("/stops/1/place/country", code), "{country}");
        assert!(one.message.contains(said), "{country}: {}", one.message);
    }
    for country in ["IN", "GB", "TW", "SS", "XK"] {
        assert_eq!(said_of(country, None), [], "{country}");
    }
}

#[test]
fn a_unlocode_is_of_a_country_that_there_is() {
    for (unlocode, code, said) in [
        ("IXBOM", "unlocode-unknown", "IXBOM is no UN/LOCODE: IX is no country"),
        ("UKFXT", "unlocode-unknown", "send GB"),
        ("INBO", "unlocode-invalid", "for example"),
        ("INBO1", "unlocode-invalid", "from 2 to 9"),
        ("inbom", "unlocode-invalid", "for example"),
        ("1NBOM", "unlocode-invalid", "for example"),
        ("IN\u{e9}BO", "unlocode-invalid", "for example"),
    ] {
        let found = said_of("IN", Some(unlocode));
        let [one] = found.as_slice() else { panic!("{unlocode}: {found:?}") };
        assert_eq!((one.pointer.as_str(), one.code), ("/stops/1/place/unlocode", code));
        assert!(one.message.contains(said), "{unlocode}: {}", one.message);
    }
    for unlocode in ["INBOM", "INNSA", "US2DP", "XZOIL"] {
        assert_eq!(said_of("IN", Some(unlocode)), [], "{unlocode}");
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
