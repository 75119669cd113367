//! What is wrong is one problem for all the rows that have it, with a fix where there is one.

use std::collections::BTreeSet;

use caravan_mappings_table::table::{DateSystem, Kind};
use caravan_mappings_table::{
    Checker, Chosen, Defaults, Dictionary, Problem, Record, Remembered, Sheet, guess,
};

use crate::world::{header, row, sheet};

fn checked(sheet: &Sheet, chosen: &Chosen, defaults: &Defaults) -> (Vec<Record>, Vec<Problem>) {
    let orders = Dictionary::orders().unwrap();
    let header = header(sheet);
    let mapping = guess(sheet, &header, orders, &Remembered::new()).mapping();
    let mut checker = Checker::new(sheet, &header, &mapping, orders, defaults, chosen);
    let rows = &sheet.rows[header.index + 1..];
    let records = rows.iter().map(|row| checker.row(row)).collect();
    (records, checker.problems())
}

fn check(csv: &str) -> (Vec<Record>, Vec<Problem>) {
    checked(&sheet(csv), &Chosen::default(), &Defaults::default())
}

fn value<'a>(record: &'a Record, field: &str) -> Option<&'a str> {
    let id = Dictionary::orders().unwrap().find(field).unwrap();
    record.values.get(&id).map(String::as_str)
}

fn accepting(ids: &[&str]) -> Chosen {
    Chosen { accepted: ids.iter().map(|id| (*id).to_owned()).collect(), declined: BTreeSet::new() }
}

#[test]
fn a_zero_that_excel_ate_is_put_back_where_codes_begin_with_zero() {
    let mut csv = String::from("Order No,City,Country,PIN\n");
    for number in 0..312 {
        csv.push_str(&format!("{number},Boston,US,2134\n"));
    }
    csv.push_str("900,Atlanta,US,30301\n");
    let (records, problems) = check(&csv);
    assert_eq!(value(&records[0], "delivery_postal_code"), Some("02134"));
    assert_eq!(value(&records[312], "delivery_postal_code"), Some("30301"));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = &problems[0];
    assert_eq!(problem.id, "delivery_postal_code.leading-zero");
    assert_eq!((problem.rows, problem.fixable, problem.applied), (312, 312, true));
    assert_eq!(
        problem.text,
        "312 rows: Delivery PIN code has 4 digits; Excel ate a zero, which is put back"
    );
    assert_eq!(
        (problem.examples[0].at.as_str(), problem.examples[0].before.as_str()),
        ("D2", "2134")
    );
    assert_eq!(problem.examples[0].after.as_deref(), Some("02134"));
    assert_eq!(problem.examples.len(), 5);
}

#[test]
fn an_indian_pin_of_five_digits_waits_for_somebody() {
    let csv = "Order No,City,PIN\n1,Pune,411001\n2,Pune,41101\n3,Agra,28200\n";
    let (records, problems) = check(csv);
    // No Indian PIN begins with 0, so nothing is put in front.
    assert_eq!(value(&records[1], "delivery_postal_code"), None);
    assert_eq!(records[1].reasons[0].at, "C3");
    assert!(records[1].reasons[0].text.contains("one digit too few"), "{:?}", records[1].reasons);
    let ids: Vec<&str> = problems.iter().map(|problem| problem.id.as_str()).collect();
    assert_eq!(ids, ["delivery_postal_code.digit-missing", "delivery_postal_code.digit-lost"]);
    assert_eq!((problems[0].recommended, problems[0].fixable, problems[1].fixable), (false, 1, 0));
    // Another row of Pune has the code that this one lost a digit of.
    let chosen =
        accepting(&["delivery_postal_code.digit-missing", "delivery_postal_code.digit-lost"]);
    let (records, _) = checked(&sheet(csv), &chosen, &Defaults::default());
    assert_eq!(value(&records[1], "delivery_postal_code"), Some("411001"));
    assert!(records[1].reasons.is_empty());
    assert!(!records[2].reasons.is_empty(), "there is no fix to accept");
}

#[test]
fn dates_are_read_in_the_order_that_their_column_shows() {
    let (records, problems) =
        check("Order No,City,Pickup Date\n1,Pune,03/04/2026\n2,Pune,25/11/2026\n");
    assert_eq!(value(&records[0], "pickup_date"), Some("2026-04-03"));
    assert_eq!(problems[0].id, "pickup_date.date-order");
    let (records, _) = check("Order No,City,Pickup Date\n1,Pune,03/04/2026\n2,Pune,11/25/2026\n");
    assert_eq!(value(&records[0], "pickup_date"), Some("2026-03-04"));
    let (records, problems) = check("Order No,City,Pickup Date\n1,Pune,03/04/2026\n");
    assert_eq!(value(&records[0], "pickup_date"), Some("2026-04-03"));
    assert_eq!(problems[0].id, "pickup_date.date-order-assumed");
}

#[test]
fn a_column_with_both_orders_reads_what_is_clear_and_asks_for_the_rest() {
    let csv =
        "Order No,City,Pickup Date\n1,Pune,25/11/2026\n2,Pune,11/25/2026\n3,Pune,03/04/2026\n";
    let (records, problems) = check(csv);
    assert_eq!(value(&records[0], "pickup_date"), Some("2026-11-25"));
    assert_eq!(value(&records[1], "pickup_date"), Some("2026-11-25"));
    assert_eq!(value(&records[2], "pickup_date"), None);
    assert_eq!(problems[0].id, "pickup_date.date-order-mixed");
    let (records, _) =
        checked(&sheet(csv), &accepting(&["pickup_date.date-order-mixed"]), &Defaults::default());
    assert_eq!(value(&records[2], "pickup_date"), Some("2026-04-03"));
}

#[test]
fn a_serial_in_a_plain_cell_is_a_date_of_its_system() {
    let rows = vec![
        row(
            1,
            &[(0, "Order No", Kind::Text), (1, "City", Kind::Text), (2, "Pickup Date", Kind::Text)],
        ),
        row(2, &[(0, "1", Kind::Number), (1, "Pune", Kind::Text), (2, "45986", Kind::Number)]),
    ];
    let mut sheet =
        Sheet { name: "a".into(), hidden: false, date_system: DateSystem::From1900, rows };
    let (records, problems) = checked(&sheet, &Chosen::default(), &Defaults::default());
    assert_eq!(value(&records[0], "pickup_date"), Some("2025-11-25"));
    assert_eq!(problems[0].id, "pickup_date.date-serial");
    sheet.date_system = DateSystem::From1904;
    let (records, _) = checked(&sheet, &Chosen::default(), &Defaults::default());
    assert_eq!(value(&records[0], "pickup_date"), Some("2029-11-26"));
}

#[test]
fn weights_come_to_kilograms_from_cell_row_or_header() {
    let weight = |csv: &str| {
        let (records, problems) = check(csv);
        let ids = problems.into_iter().map(|problem| problem.id).collect::<Vec<_>>().join(" ");
        (value(&records[0], "weight").map(str::to_owned), ids)
    };
    let is = |kg: &str, ids: &str| (Some(kg.to_owned()), ids.to_owned());
    assert_eq!(weight("Order No,City,Weight (MT)\n1,Pune,12.5\n"), is("12500", "weight.unit"));
    assert_eq!(weight("Order No,City,Weight (MT)\n1,Pune,800 kg\n"), is("800", ""));
    assert_eq!(
        weight("Order No,City,Weight,Weight Unit\n1,Pune,3,Qtl\n"),
        is("300", "weight.unit")
    );
    assert_eq!(weight("Order No,City,Weight\n1,Pune,3\n"), is("3", "weight.unit-assumed"));
    assert_eq!(
        weight("Order No,City,Weight\n1,Pune,3 cbm\n"),
        (None, "weight.unknown-unit".into())
    );
    assert_eq!(
        weight("Order No,City,Weight kg\n1,Pune,\"1,00,000\"\n"),
        is("100000", "weight.grouping")
    );
}

#[test]
fn cleaning_is_told_once_for_a_column() {
    let (records, problems) =
        check("Order No,City,PIN\n1, Pune ,४११००१\n2,Pune,411 001\n3,Pune,'411001\n");
    for record in &records {
        assert_eq!(value(record, "delivery_city"), Some("Pune"));
        assert_eq!(value(record, "delivery_postal_code"), Some("411001"));
    }
    let ids: BTreeSet<&str> = problems.iter().map(|problem| problem.id.as_str()).collect();
    let expected = [
        "delivery_city.spaces",
        "delivery_postal_code.digits",
        "delivery_postal_code.separators",
        "delivery_postal_code.text-mark",
    ];
    assert_eq!(ids, expected.into());
}

#[test]
fn a_declined_repair_leaves_its_rows_as_rejects() {
    let sheet = sheet("Order No,City,PIN\n1,Pune,411 001\n2,Pune,411001\n");
    let declined = BTreeSet::from(["delivery_postal_code.separators".to_owned()]);
    let chosen = Chosen { accepted: BTreeSet::new(), declined };
    let (records, problems) = checked(&sheet, &chosen, &Defaults::default());
    assert_eq!(records[0].reasons.len(), 1);
    assert!(records[1].reasons.is_empty());
    assert!(!problems[0].applied);
}

#[test]
fn what_is_needed_and_missing_is_a_reason_of_its_row() {
    let (records, problems) = check("Order No,City,PIN\n,Pune,411001\n2,,\n3,,41\n");
    assert_eq!(records[0].reasons[0].text, "Order number is missing");
    assert_eq!(records[1].reasons[0].text, "Delivery city or Delivery PIN code is missing");
    // The code is there, it is only wrong: one reason is enough.
    assert_eq!(records[2].reasons.len(), 1);
    assert!(records[2].reasons[0].text.contains("not a postal code"));
    assert!(
        problems.iter().any(|problem| problem.id == "order_number.missing" && problem.rows == 1)
    );
}

#[test]
fn numbers_that_are_names_keep_their_digits_or_say_that_they_lost_some() {
    let (records, problems) =
        check("Order No,City,Invoice No\n0012,Pune,8.00012E+09\n4711.0,Pune,INV/1\n");
    assert_eq!(value(&records[0], "order_number"), Some("0012"));
    assert_eq!(value(&records[1], "order_number"), Some("4711"));
    assert!(problems.iter().any(|problem| problem.id == "invoice_number.lost-digits"));
    assert!(!records[0].reasons.is_empty());
}

#[test]
fn an_error_of_the_spreadsheet_is_no_value() {
    let rows = vec![
        row(1, &[(0, "Order No", Kind::Text), (1, "City", Kind::Text), (2, "Weight", Kind::Text)]),
        row(2, &[(0, "1", Kind::Number), (1, "Pune", Kind::Text), (2, "#REF!", Kind::Error)]),
        row(3, &[(0, "2", Kind::Number), (1, "Pune", Kind::Text), (2, "5", Kind::Number)]),
    ];
    let sheet = Sheet { name: "a".into(), hidden: false, date_system: DateSystem::From1900, rows };
    let (records, problems) = checked(&sheet, &Chosen::default(), &Defaults::default());
    assert!(records[0].reasons[0].text.contains("error of the spreadsheet"));
    assert!(problems.iter().any(|problem| problem.id == "weight.error-value"));
    assert_eq!(value(&records[1], "weight"), Some("5"));
}
