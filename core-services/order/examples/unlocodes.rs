//! Writes `data/unlocodes.txt` from UNECE's code lists and from a later list of codes.
//!
//! `cargo run --release -p caravan-order --example unlocodes -- *CodeListPart?.csv locodes.csv > core-services/order/data/unlocodes.txt`
#![expect(clippy::print_stdout, reason = "the list is what it is for")]

use std::collections::BTreeSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What stands before the codes.
const HEADER: &str = "\
# The UN/LOCODEs that there are. UNECE's whole list of 2023-1, as the Python package pyunlocode 0.1.0 carries it, with what it marks
# as about to go; and of its list of 2024-2 what has coordinates, as the Go module nspcc-dev/locode-db 0.8.1 carries it.
# Edition 2024-2. Source: UNECE, United Nations Code for Trade and Transport Locations (recommendation 16).
# Written by examples/unlocodes.rs.";

fn main() -> Result<(), Failure> {
    let mut codes = BTreeSet::new();
    for path in std::env::args().skip(1) {
        let whole = path.ends_with(".csv") && path.contains("CodeList");
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&path)?;
        for row in reader.byte_records() {
            let row = row?;
            let field = |at| str::from_utf8(row.get(at).unwrap_or_default());
            // UNECE's columns are change, country, location; a country's own row has no location.
            let code = if whole { [field(1)?, field(2)?].concat() } else { field(0)?.to_owned() };
            if whole && code.len() == 2 {
                continue;
            }
            if code.len() != 5 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(format!("{path}: {code:?} is no UN/LOCODE").into());
            }
            codes.insert(code);
        }
    }
    println!("{HEADER}");
    codes.iter().for_each(|code| println!("{code}"));
    Ok(())
}
