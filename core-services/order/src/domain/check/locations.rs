//! The UN/LOCODEs that UNECE has.
//!
//! `data/unlocodes.txt` is such a list as [`listed`] reads: `INBOM` and the line's end for each.
//! A new edition is written by `cargo run --release -p caravan-order --example unlocodes -- …`.

use std::sync::LazyLock;

use super::listed;

/// Of which half-year the list is; its header says the same.
pub(super) const EDITION: &str = "2024-2";
const LIST: &[u8] = include_bytes!("../../../data/unlocodes.txt");

/// Whether the list has this UN/LOCODE, five characters without a space.
pub(super) fn is_listed(code: &str) -> bool {
    static RECORDS: LazyLock<&[[u8; 6]]> = LazyLock::new(|| listed::records(LIST));
    code.len() == 5 && listed::find(*RECORDS, code.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::check::countries;

    #[test]
    fn every_code_is_found_as_the_list_has_it() {
        let text = str::from_utf8(LIST).unwrap();
        let (header, body): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with('#'));
        assert!(header.iter().any(|line| line.contains(EDITION)), "{header:?}");
        assert!(body.is_sorted());
        let listed: BTreeSet<&str> = body.iter().copied().collect();
        assert_eq!((body.len(), listed.len()), (115_989, 115_989));
        assert!(body.iter().all(|code| is_listed(code)));
        assert!(
            body.iter().all(|code| countries::has_locations(code.get(..2).unwrap())),
            "no such country"
        );
        let letters = || "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789".chars();
        for (first, second) in letters().flat_map(|a| letters().map(move |b| (a, b))) {
            for third in letters() {
                let code = format!("IN{first}{second}{third}");
                assert_eq!(is_listed(&code), listed.contains(code.as_str()), "{code}");
            }
        }
        for odd in ["", "IN", "INBO", "INBOM\n", "IN BOM", "inbom", "IN\u{e9}BO"] {
            assert!(!is_listed(odd), "{odd:?}");
        }
    }

    #[test]
    fn the_great_ports_are_there() {
        for code in
            ["INNSA", "INBOM", "INMAA", "HKHKG", "SGSIN", "ESBCN", "NLRTM", "CNSHA", "US237"]
        {
            assert!(is_listed(code), "{code}");
        }
        // Withdrawn, and never given.
        for code in ["KRICH", "ANCUR", "INQQQ", "XZZZZ"] {
            assert!(!is_listed(code), "{code}");
        }
    }
}
