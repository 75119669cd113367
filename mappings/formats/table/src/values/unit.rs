//! Units of weight and volume, as people and headers write them, with exact factors.
//!
//! Factors: kilogram by definition; the avoirdupois pound is 0.45359237 kg exactly, and the foot 0.3048 m exactly
//! (international yard and pound agreement of 1959). A quintal is 100 kg, a tonne 1000 kg; in Indian freight `MT` is
//! the metric tonne and `ton` is used for it.

/// A unit: `factor / 10^scale` of the base unit (kilogram or cubic metre).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Its usual name.
    pub name: &'static str,
    /// Weight or volume.
    pub measures: Measures,
    /// Numerator.
    pub factor: i128,
    /// Power of ten below it.
    pub scale: u32,
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measures {
    /// Weight; the base is the kilogram.
    Weight,
    /// Volume; the base is the cubic metre.
    Volume,
}

const fn weight(name: &'static str, factor: i128, scale: u32) -> Unit {
    Unit { name, measures: Measures::Weight, factor, scale }
}

const fn volume(name: &'static str, factor: i128, scale: u32) -> Unit {
    Unit { name, measures: Measures::Volume, factor, scale }
}

/// Kilograms.
pub const KILOGRAM: Unit = weight("kg", 1, 0);
/// Cubic metres.
pub const CUBIC_METRE: Unit = volume("m³", 1, 0);
const GRAM: Unit = weight("g", 1, 3);
const QUINTAL: Unit = weight("quintal", 100, 0);
const TONNE: Unit = weight("tonne", 1_000, 0);
const POUND: Unit = weight("lb", 45_359_237, 8);
const LITRE: Unit = volume("litre", 1, 3);
const CUBIC_FOOT: Unit = volume("cubic foot", 28_316_846_592, 12);

const SPELLINGS: &[(&str, Unit)] = &[
    ("kg", KILOGRAM),
    ("kgs", KILOGRAM),
    ("kgm", KILOGRAM),
    ("kilo", KILOGRAM),
    ("kilos", KILOGRAM),
    ("kilogram", KILOGRAM),
    ("kilograms", KILOGRAM),
    ("किलो", KILOGRAM),
    ("किग्रा", KILOGRAM),
    ("किलोग्राम", KILOGRAM),
    ("g", GRAM),
    ("gm", GRAM),
    ("gms", GRAM),
    ("gram", GRAM),
    ("grams", GRAM),
    ("ग्राम", GRAM),
    ("q", QUINTAL),
    ("qtl", QUINTAL),
    ("qtls", QUINTAL),
    ("quintal", QUINTAL),
    ("quintals", QUINTAL),
    ("क्विंटल", QUINTAL),
    ("कुंतल", QUINTAL),
    ("t", TONNE),
    ("mt", TONNE),
    ("mts", TONNE),
    ("to", TONNE),
    ("tne", TONNE),
    ("ton", TONNE),
    ("tons", TONNE),
    ("tonne", TONNE),
    ("tonnes", TONNE),
    ("टन", TONNE),
    ("lb", POUND),
    ("lbs", POUND),
    ("lbr", POUND),
    ("pound", POUND),
    ("pounds", POUND),
    ("cbm", CUBIC_METRE),
    ("m3", CUBIC_METRE),
    ("m³", CUBIC_METRE),
    ("mtq", CUBIC_METRE),
    ("cum", CUBIC_METRE),
    ("घनमीटर", CUBIC_METRE),
    ("l", LITRE),
    ("ltr", LITRE),
    ("litre", LITRE),
    ("litres", LITRE),
    ("liter", LITRE),
    ("लीटर", LITRE),
    ("cft", CUBIC_FOOT),
    ("ft3", CUBIC_FOOT),
    ("cuft", CUBIC_FOOT),
];

/// The unit that a word names.
#[must_use]
pub fn named(word: &str) -> Option<Unit> {
    let word: String = word
        .chars()
        .filter(|c| !matches!(c, '.' | ' ' | '\u{093C}'))
        .flat_map(char::to_lowercase)
        .collect();
    SPELLINGS.iter().find(|(spelling, _)| *spelling == word).map(|(_, unit)| *unit)
}

/// Whether a header's word is a unit; single letters are too short to be sure of, and `to` is SAP's tonne in a cell only.
pub(crate) fn is_unit(word: &str) -> bool {
    word != "to" && word.chars().count() > 1 && named(word).is_some()
}

/// The unit of `measures` that a header names: `Weight (MT)`.
#[must_use]
pub fn in_header(header: &str, measures: Measures) -> Option<Unit> {
    let words = crate::words::split(header);
    words
        .iter()
        .filter(|word| is_unit(word))
        .filter_map(|word| named(word))
        .find(|unit| unit.measures == measures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_cells_name_units() {
        assert_eq!(in_header("Gross Wt. (MT)", Measures::Weight), Some(TONNE));
        assert_eq!(in_header("वजन (क्विंटल)", Measures::Weight), Some(QUINTAL));
        assert_eq!(in_header("Volume in CFT", Measures::Weight), None);
        assert_eq!(in_header("Volume in CFT", Measures::Volume), Some(CUBIC_FOOT));
        assert_eq!(named("M.T."), Some(TONNE));
        assert_eq!(named("Kgs."), Some(KILOGRAM));
    }
}
