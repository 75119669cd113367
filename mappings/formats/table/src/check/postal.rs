//! Postal codes by country, as far as a check can help: length, letters, and whether codes begin with zero.
//!
//! Source: Universal Postal Union, postal addressing systems, the country sheets; for India the Department of Posts:
//! six digits of which the first is the zone 1 to 9.

use std::collections::BTreeMap;

/// Full codes by what is left of them when one digit is lost, and by the city that they stand beside.
#[derive(Debug, Clone, Default)]
pub(super) struct Codes {
    /// `None` where several codes lose a digit to the same text.
    by_rest: BTreeMap<(String, String), Option<String>>,
}

impl Codes {
    /// Takes the evidence of one cell; only codes of six digits have a country that needs it.
    pub(super) fn saw(&mut self, text: &str, city: &str) {
        let code: String = text.chars().filter(char::is_ascii_digit).collect();
        let city = city.trim().to_lowercase();
        if code.len() != 6 || code.starts_with('0') || city.is_empty() {
            return;
        }
        for lost in 0..code.len() {
            let rest = code.chars().enumerate().filter(|(index, _)| *index != lost);
            let rest: String = rest.map(|(_, digit)| digit).collect();
            let known =
                self.by_rest.entry((rest, city.clone())).or_insert_with(|| Some(code.clone()));
            if known.as_deref() != Some(code.as_str()) {
                *known = None;
            }
        }
    }

    /// The one code of `city` that loses a digit to `rest`.
    pub(super) fn full(&self, rest: &str, city: &str) -> Option<&str> {
        let key = (rest.to_owned(), city.trim().to_lowercase());
        self.by_rest.get(&key)?.as_deref()
    }
}

/// What a country's codes look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    /// Digits of a code; 0 when codes have letters or several lengths.
    pub(super) digits: usize,
    /// Codes may begin with zero.
    pub(super) zero_first: bool,
}

/// The format of a country's codes; `None` when nothing is checked.
pub(super) fn format(country: &str) -> Option<Format> {
    let fixed = |digits, zero_first| Some(Format { digits, zero_first });
    match country {
        "IN" => fixed(6, false),
        "US" | "DE" | "FR" | "IT" | "ES" | "MY" | "MX" | "TR" | "FI" | "KR" => fixed(5, true),
        "TH" | "LK" | "NP" | "BT" | "SA" | "ID" => fixed(5, false),
        "CN" | "SG" => fixed(6, true),
        "BD" | "AU" | "ZA" => fixed(4, true),
        "CH" | "AT" | "BE" | "DK" | "NO" => fixed(4, false),
        _ => None,
    }
}

/// Names of the countries that orders from India name most.
const NAMES: &[(&str, &str)] = &[
    ("india", "IN"),
    ("bharat", "IN"),
    ("भारत", "IN"),
    ("nepal", "NP"),
    ("नेपाल", "NP"),
    ("bhutan", "BT"),
    ("भूटान", "BT"),
    ("bangladesh", "BD"),
    ("बांग्लादेश", "BD"),
    ("sri lanka", "LK"),
    ("श्रीलंका", "LK"),
    ("united states", "US"),
    ("usa", "US"),
    ("united kingdom", "GB"),
    ("uk", "GB"),
    ("united arab emirates", "AE"),
    ("uae", "AE"),
    ("germany", "DE"),
    ("france", "FR"),
    ("italy", "IT"),
    ("spain", "ES"),
    ("netherlands", "NL"),
    ("china", "CN"),
    ("singapore", "SG"),
    ("malaysia", "MY"),
    ("thailand", "TH"),
    ("indonesia", "ID"),
    ("saudi arabia", "SA"),
    ("australia", "AU"),
    ("south africa", "ZA"),
    ("switzerland", "CH"),
    ("austria", "AT"),
    ("belgium", "BE"),
];

/// The alpha-2 code of a country by its code or name; whether the code exists is for the order's own check.
pub(super) fn country(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        let code = text.to_ascii_uppercase();
        // "UK" is what people write; the code is GB.
        return Some(if code == "UK" { "GB".to_owned() } else { code });
    }
    let lower = text.to_lowercase();
    NAMES.iter().find(|(name, _)| *name == lower).map(|(_, code)| (*code).to_owned())
}
