//! The INVOIC02 in both forms, read back; and what is too wide for it.

use caravan_mappings_idoc::invoice::{Header, Invoice, Line, Partner, Tax, invoic02};
use caravan_mappings_idoc::print::{self, PrintError};
use proptest::prelude::*;

use crate::world::{layouts, whole};

fn header(number: u32) -> Header {
    let sender = Partner {
        port: "CARAVAN".into(),
        kind: "LS".into(),
        number: "CARAVAN".into(),
        ..Partner::default()
    };
    let (date, time) = ("20261124".into(), "060000".into());
    Header { client: "800".into(), number, sender, receiver: Partner::default(), date, time }
}

/// Texts as bills have them; `{width}` at most, none only where there may be none.
fn text(width: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[A-Za-z0-9/&<é-][ A-Za-z0-9/&<é-]{{0,{}}}", width - 1))
        .unwrap()
        .prop_map(|text| text.trim_end().to_owned())
}

fn amount() -> impl Strategy<Value = String> {
    "[0-9]{1,9}\\.[0-9]{2}-?"
}

fn tax() -> impl Strategy<Value = Tax> {
    (text(7), "[0-9]{1,2}(\\.[0-9]{1,2})?", amount(), text(90))
        .prop_map(|(code, rate, amount, text)| Tax { code, rate, amount, text })
}

fn line() -> impl Strategy<Value = Line> {
    (text(35), text(120), amount()).prop_map(|(material, text, amount)| Line {
        material,
        text,
        amount,
    })
}

fn invoice() -> impl Strategy<Value = Invoice> {
    let names =
        (text(35), text(35), text(17), text(60), prop_oneof![Just(String::new()), text(17)]);
    let numbers = (
        proptest::collection::vec(("0[0-9]{2}", text(35)), 0..3),
        prop_oneof![Just(String::new()), text(35)],
    );
    let parts = (
        proptest::collection::vec(tax(), 0..3),
        proptest::collection::vec(text(100), 0..4),
        proptest::collection::vec(line(), 0..6),
    );
    (any::<bool>(), names, numbers, parts, (amount(), amount(), amount())).prop_map(
        |(
            credit,
            (id, number, vendor, vendor_name, payer),
            (references, purchase_order),
            (taxes, texts, lines),
            sums,
        )| {
            let (net, tax, total) = sums;
            let (currency, date, unit) = ("INR".into(), "20261120".into(), "C62".into());
            Invoice {
                credit,
                currency,
                id,
                number,
                vendor,
                vendor_name,
                payer,
                date,
                references,
                purchase_order,
                taxes,
                texts,
                unit,
                lines,
                net,
                tax,
                total,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_reads_back_in_both_forms(invoice in invoice(), number in 1_u32..999_999_999) {
        let idoc = invoic02(&header(number), &invoice);
        prop_assert_eq!(print::misfits(&idoc, &layouts()), vec![]);
        let flat = print::flat(&idoc, &layouts()).unwrap();
        prop_assert_eq!(whole(flat.as_bytes()).without_spans(), idoc.clone());
        let xml = print::xml("INVOIC02", std::slice::from_ref(&idoc));
        prop_assert_eq!(whole(xml.as_bytes()).without_spans(), idoc);
    }
}

#[test]
fn everything_that_is_too_wide_is_told_at_once() {
    let invoice = Invoice {
        number: "9".repeat(36),
        vendor: "V".repeat(18),
        currency: "RUPEES".into(),
        ..Invoice::default()
    };
    let idoc = invoic02(&header(1), &invoice);
    let found = print::misfits(&idoc, &layouts());
    let at = |segment: &str, field: &str, width| PrintError::TooWide {
        segment: segment.into(),
        field: field.into(),
        width,
    };
    for wanted in [
        at("E1EDK01", "CURCY", 3),
        at("E1EDK01", "BELNR", 35),
        at("E1EDKA1", "PARTN", 17),
        at("E1EDK02", "BELNR", 35),
    ] {
        assert!(found.contains(&wanted), "{wanted} is not in {found:?}");
    }
    assert!(print::flat(&idoc, &layouts()).is_err());
}
