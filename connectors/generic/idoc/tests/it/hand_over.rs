//! INVOIC02: golden files, what every written one keeps to, and what cannot be written.

use std::path::Path;
use std::sync::Arc;

use caravan_connector_idoc::Idoc;
use caravan_connector_sdk::testing::FakeHost;
use caravan_connector_sdk::{Context, Failure, Settlements as _};
use caravan_mappings_idoc::{Item, Layouts, Options, Reader};
use caravan_model::{Money, Reference, SettledBill, SettledLine, SettledTax};
use proptest::prelude::*;

/// 2026-11-24T06:00:00Z.
const NOW_MS: i64 = 1_795_500_000_000;

fn inr(minor: i64) -> Money {
    Money { minor, currency: "INR".into(), exponent: 2 }
}

fn line(at: u32, code: &str, description: Option<&str>, minor: i64) -> SettledLine {
    let (code, description) = (code.to_owned(), description.map(str::to_owned));
    SettledLine { line: at.to_string(), code, description, amount: inr(minor) }
}

fn tax(kind: &str, rate: &str, minor: i64) -> SettledTax {
    SettledTax { kind: kind.into(), rate: Some(rate.into()), amount: inr(minor) }
}

/// 40,000 INR of freight on which the payer owes IGST itself.
fn reverse_charge() -> SettledBill {
    SettledBill {
        id: "0193658a-7c6e-7d4f-8a55-0242ac120002".into(),
        control_number: 7,
        hand_over: "0193658a-7c6e-7d4f-8a55-0242ac120003".into(),
        carrier: "DEMO".into(),
        number: "INV/2026/0042".into(),
        billed_on: Some("2026-11-20".into()),
        settled_on: "2026-11-24".into(),
        references: vec![
            Reference::new("purchase-order", "4500001234"),
            Reference::new("order", "80001234"),
            Reference::new("lr", "LR-1"),
        ],
        lines: vec![
            line(1, "linehaul", Some("Linehaul Pune – Chennai, 8,000 kg"), 3_900_000),
            line(2, "fuel", None, 150_000),
            line(3, "discount", Some("Volume"), -50_000),
        ],
        taxes: Vec::new(),
        reverse_charge: vec![tax("IGST", "5", 200_000)],
        withheld: Vec::new(),
        total: inr(4_000_000),
        payable: inr(4_000_000),
        attributes: Vec::new(),
    }
}

/// Tax on the bill, and tax kept back from the carrier; several orders, so no line names one.
fn withheld() -> SettledBill {
    SettledBill {
        references: vec![
            Reference::new("purchase-order", "4500001234"),
            Reference::new("purchase-order", "4500001235"),
        ],
        lines: vec![line(1, "linehaul", None, 4_000_000)],
        taxes: vec![tax("IGST", "18", 720_000)],
        reverse_charge: Vec::new(),
        withheld: vec![tax("393(1) table 6(i)", "2", 80_000)],
        total: inr(4_720_000),
        payable: inr(4_640_000),
        ..reverse_charge()
    }
}

/// What the carrier gives back.
fn credit() -> SettledBill {
    SettledBill {
        number: "CN-7".into(),
        billed_on: None,
        lines: vec![
            line(1, "linehaul", Some("Agreed by phone"), -500_000),
            line(2, "fuel", None, 10_000),
        ],
        reverse_charge: Vec::new(),
        total: inr(-490_000),
        payable: inr(-490_000),
        ..reverse_charge()
    }
}

fn profile() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../mappings/profiles/demo-erp/profile.json");
    std::fs::read(path).unwrap()
}

fn host() -> FakeHost {
    let host = FakeHost::at(NOW_MS).profile(profile()).setting("client", "800");
    host.setting("receiver_id", "ERPCLNT800")
        .setting("receiver_port", "SAPERP")
        .setting("payer", "IN01")
}

fn write(host: &FakeHost, bill: &SettledBill) -> Result<Vec<u8>, Failure> {
    let context = Context { now_ms: NOW_MS, ..Context::default() };
    Idoc::hand_over(host, &context, bill).map(|mut messages| {
        assert_eq!(messages.len(), 1);
        messages.remove(0).body
    })
}

fn read(bytes: &[u8]) -> caravan_mappings_idoc::Idoc {
    let mut layouts = Layouts::default();
    layouts
        .load(include_str!("../../../../../mappings/code-lists/idoc-segments/orders05.txt"))
        .unwrap();
    let mut reader = Reader::open(bytes, Arc::new(layouts), Options::default()).unwrap();
    match reader.next_item().unwrap() {
        Some(Item::Idoc(idoc)) => *idoc,
        other => panic!("{other:?}"),
    }
}

/// Adding a case is adding a line here and a folder with its notes; `UPDATE=1` writes what is written now.
#[test]
fn every_case_is_written_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../fixtures/parties/demo-erp/hand-over-INVOIC02");
    let flat = host().setting("form", "flat").setting("vendors", "odfl=1, Demo = 0000100099");
    let vendor = host().setting("sender_kind", "LI");
    for (name, host, bill) in [
        ("reverse-charge-xml", host(), reverse_charge()),
        ("forward-withheld-flat", flat, withheld()),
        ("credit-memo-xml", vendor, credit()),
    ] {
        let found = String::from_utf8(write(&host, &bill).unwrap()).unwrap();
        let (file, found) = if name.ends_with("flat") {
            ("expected.idoc", found)
        } else {
            (
                "expected.xml",
                format!("{}\n", found.replace("><E1", ">\n<E1").replace("></IDOC>", ">\n</IDOC>")),
            )
        };
        let path = root.join(name).join(file);
        assert!(root.join(name).join("notes.md").is_file(), "{name} has no notes.md");
        #[expect(
            clippy::disallowed_methods,
            reason = "UPDATE=1 rewrites expectations, as everywhere in this repository"
        )]
        if std::env::var("UPDATE").is_ok() {
            std::fs::write(&path, &found).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), found, "{name}");
    }
}

/// `1.00-` as -100.
fn minor(text: &str) -> i64 {
    let digits: i64 = text.trim_end_matches('-').replace('.', "").parse().unwrap();
    if text.ends_with('-') { -digits } else { digits }
}

fn bill() -> impl Strategy<Value = SettledBill> {
    let lines = proptest::collection::vec(("[a-z-]{1,20}", -1_000_000_i64..1_000_000_000), 1..8);
    let taxes = proptest::collection::vec(1_i64..1_000_000, 0..3);
    (lines, taxes, "[A-Z0-9/-]{1,35}", any::<bool>()).prop_map(|(lines, taxes, number, flip)| {
        let sign = if flip { -1 } else { 1 };
        let lines: Vec<SettledLine> = lines
            .into_iter()
            .zip(1..)
            .map(|((code, minor), at)| line(at, &code, None, sign * minor))
            .collect();
        let taxes: Vec<SettledTax> =
            taxes.into_iter().map(|minor| tax("IGST", "18", sign * minor)).collect();
        let total = lines.iter().map(|line| line.amount.minor).sum::<i64>()
            + taxes.iter().map(|tax| tax.amount.minor).sum::<i64>();
        SettledBill {
            number,
            lines,
            taxes,
            total: inr(total),
            payable: inr(total),
            ..reverse_charge()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whoever reads it knows nothing of the writer: the items make the net, with the taxes the total, in both forms.
    #[test]
    fn items_and_taxes_make_the_total(bill in bill()) {
        let idoc = read(&write(&host(), &bill).unwrap());
        let flat = read(&write(&host().setting("form", "flat"), &bill).unwrap());
        prop_assert_eq!(flat.without_spans(), idoc.clone().without_spans());
        let sum = |kind: &str| {
            let found = idoc.named("E1EDS01").find(|sum| sum.get("SUMID") == Some(kind)).unwrap();
            minor(found.get("SUMME").unwrap())
        };
        let items: i64 = idoc.named("E1EDP01")
            .flat_map(|item| item.named("E1EDP26"))
            .map(|amount| minor(amount.get("BETRG").unwrap()))
            .sum();
        let taxes: i64 = idoc.named("E1EDK04").map(|tax| minor(tax.get("MWSBT").unwrap())).sum();
        prop_assert_eq!((items, taxes, items + taxes), (sum("010"), sum("005"), sum("011")));
        prop_assert_eq!(sum("011"), bill.total.minor.abs());
        let head = idoc.named("E1EDK01").next().unwrap();
        prop_assert_eq!(head.get("BSART"), Some(if bill.total.minor < 0 { "CRME" } else { "INVO" }));
    }
}

#[test]
fn what_the_books_cannot_take_is_refused_all_of_it_at_once() {
    let bad = SettledBill {
        carrier: "NOBODY".into(),
        number: "9".repeat(36),
        total: inr(1),
        ..reverse_charge()
    };
    let Err(Failure::InvalidRequest(violations)) = write(&host(), &bad) else {
        panic!("it was written")
    };
    let codes: Vec<&str> = violations.iter().map(|violation| violation.code.as_str()).collect();
    for code in ["idoc-vendor", "idoc-sum", "idoc-width"] {
        assert!(codes.contains(&code), "{code} is not in {violations:?}");
    }
    assert!(violations.iter().any(|one| one.message.contains("NOBODY=number")), "{violations:?}");
    let dollars = Money { currency: "USD".into(), ..inr(1) };
    let mixed = SettledBill { payable: dollars, ..reverse_charge() };
    assert!(matches!(write(&host(), &mixed), Err(Failure::InvalidRequest(_))));
    let empty = SettledBill { lines: Vec::new(), total: inr(0), ..reverse_charge() };
    assert!(matches!(write(&host(), &empty), Err(Failure::InvalidRequest(_))));
    assert!(matches!(
        write(&host().setting("form", "edifact"), &reverse_charge()),
        Err(Failure::Denied(_))
    ));
}
