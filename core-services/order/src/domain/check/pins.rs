//! The PIN codes that India Post has.
//!
//! `data/pin-codes.txt` is such a list as [`listed`] reads: `411001MH` and the line's end for each PIN code.
//! A new edition is written by `cargo run --release -p caravan-order --example pin_codes -- core-data.json`.

use std::sync::LazyLock;

use super::listed;

/// Of which day the list is; its header says the same.
pub(super) const EDITION: &str = "2025.10.03";
/// Instead of a state.
const OPEN: &str = "--";
const LIST: &[u8] = include_bytes!("../../../data/pin-codes.txt");

/// What the list says of a PIN code that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    /// ISO 3166-2:IN, without `IN-`; none where it has offices in several states or the list is not sure.
    pub(super) state: Option<&'static str>,
}

/// What the list says of six digits.
pub(super) fn find(pin: &str) -> Option<Listed> {
    static RECORDS: LazyLock<&[[u8; 9]]> = LazyLock::new(|| listed::records(LIST));
    let pin: &[u8; 6] = pin.as_bytes().try_into().ok()?;
    let record = listed::find(*RECORDS, pin)?;
    let code = record.get(6..8).and_then(|code| str::from_utf8(code).ok());
    Some(Listed { state: code.filter(|code| *code != OPEN) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::states::STATES;
    use super::*;

    #[test]
    fn every_number_of_six_digits_is_found_as_the_list_has_it() {
        let text = str::from_utf8(LIST).unwrap();
        let (header, body): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with('#'));
        assert!(header.iter().any(|line| line.contains(EDITION)), "{header:?}");
        let listed: BTreeMap<&str, &str> =
            body.iter().map(|line| line.split_at_checked(6).unwrap()).collect();
        assert_eq!((body.len(), listed.len()), (19_586, 19_586));
        assert!(body.is_sorted());
        for number in 0..1_000_000 {
            let pin = format!("{number:06}");
            let state = find(&pin).map(|listed| listed.state.unwrap_or(OPEN));
            assert_eq!(state, listed.get(pin.as_str()).copied(), "{pin}");
        }
        for state in listed.values().filter(|state| **state != OPEN) {
            assert!(STATES.iter().any(|(code, ..)| code == state), "{state}");
        }
        for odd in ["", "41100", "4110011", "41100x", "411 01", "\u{661}11001"] {
            assert_eq!(find(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_great_cities_are_where_they_are() {
        for (pin, state) in [
            ("110001", "DL"),
            ("400001", "MH"),
            ("411001", "MH"),
            ("560001", "KA"),
            ("600002", "TN"),
            ("700001", "WB"),
            ("500001", "TG"),
            ("380001", "GJ"),
            ("160017", "CH"),
            ("194101", "LA"),
        ] {
            assert_eq!(find(pin), Some(Listed { state: Some(state) }), "{pin}");
        }
        // It has offices in Delhi and in Uttar Pradesh.
        assert_eq!(find("110025"), Some(Listed { state: None }));
    }
}
