//! What a carrier's charge code means: the contract's own codes first, then the table in `data/charge-codes.toml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::rate::LINEHAUL;

/// The code under which billed taxes are compared.
pub(crate) const TAX: &str = "tax";

#[derive(Deserialize)]
struct File {
    code: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    code: String,
    means: String,
}

static TABLE: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// The table. The file is part of the program and a test reads it; should it be broken, every code stays itself.
fn table() -> &'static BTreeMap<String, String> {
    TABLE.get_or_init(|| {
        let file: Result<File, _> = toml::from_str(include_str!("../../data/charge-codes.toml"));
        let entries = file.map(|file| file.code).unwrap_or_default();
        entries.into_iter().map(|entry| (entry.code, entry.means)).collect()
    })
}

/// Our code for a carrier's. A line without code is the carriage (X12 210: L1-08 is then left out); a code that is one of ours
/// already stays; an unknown one is kept behind `x12:`.
pub(crate) fn meaning(code: Option<&str>) -> String {
    let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
        return LINEHAUL.to_owned();
    };
    if let Some(means) = table().get(&code.to_uppercase()) {
        return means.clone();
    }
    // Ours are lower case, an X12 code never is.
    let ours = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && code.len() > 2;
    if ours { code.to_owned() } else { format!("x12:{}", code.to_uppercase()) }
}

#[cfg(test)]
mod tests {
    use super::{meaning, table};

    #[test]
    fn codes_mean_what_the_table_says_and_unknown_ones_stay_themselves() {
        assert_eq!(table().len(), 16, "the file cannot be read, or a code is there twice");
        for (code, means) in [
            (None, "linehaul"),
            (Some("400"), "linehaul"),
            (Some("FUE"), "fuel"),
            (Some("295"), "discount"),
            (Some("GST"), "tax"),
            (Some("AAJ"), "x12:AAJ"),
            (Some("detention"), "detention"),
            (Some(" "), "linehaul"),
        ] {
            assert_eq!(meaning(code), means, "{code:?}");
        }
    }
}
