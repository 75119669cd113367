//! Decimal texts as whole numbers, and weights in one unit. No floating point: what is compared decides who gets the order.

use caravan_model::Measure;

/// Millionths: how exactly a decimal text is kept.
pub(crate) const MICRO: i128 = 1_000_000;

/// A decimal text without sign or exponent in millionths; none when it is no such number, or finer or larger than any freight is.
pub(crate) fn micro(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = !whole.is_empty() && all_digits(whole) && all_digits(fraction);
    if !is_number || (text.contains('.') && fraction.is_empty()) || whole.len() > 12 {
        return None;
    }
    let kept = fraction.trim_end_matches('0');
    if kept.len() > 6 {
        return None;
    }
    format!("{whole}{kept:0<6}").parse().ok()
}

/// Millionths as a decimal text, without needless zeros.
pub(crate) fn decimal(micro: i128) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let whole = micro.unsigned_abs() / MICRO.unsigned_abs();
    let fraction = format!("{:06}", micro.unsigned_abs() % MICRO.unsigned_abs());
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Units of weight (UN/ECE Recommendation 20) in nanograms; pound and ounce by the international definition of 1959.
const WEIGHTS: [(&str, i128); 5] = [
    ("KGM", 1_000_000_000_000),
    ("GRM", 1_000_000_000),
    ("TNE", 1_000_000_000_000_000),
    ("LBR", 453_592_370_000),
    ("ONZ", 28_349_523_125),
];

/// What people write for the units that we know, and the code for it.
const ALIASES: [(&str, &str); 22] = [
    ("KG", "KGM"),
    ("KGS", "KGM"),
    ("G", "GRM"),
    ("GM", "GRM"),
    ("T", "TNE"),
    ("TO", "TNE"),
    ("MT", "TNE"),
    ("TON", "TNE"),
    ("LB", "LBR"),
    ("LBS", "LBR"),
    ("OZ", "ONZ"),
    ("QTL", "DTN"),
    ("M3", "MTQ"),
    ("CBM", "MTQ"),
    ("L", "LTR"),
    ("CFT", "FTQ"),
    ("FT3", "FTQ"),
    ("PCS", "PCE"),
    ("PC", "PCE"),
    ("NOS", "PCE"),
    ("BOX", "BX"),
    ("CTN", "CT"),
];

/// A unit in its UN/ECE form where we know it, else upper case as sent.
pub(crate) fn unit(sent: &str) -> String {
    let upper = sent.trim().to_uppercase();
    let known = ALIASES.iter().find(|(alias, _)| *alias == upper);
    known.map_or(upper, |(_, code)| (*code).to_owned())
}

/// A weight in millionths of a kilogram; none when its unit is not of weight.
pub(crate) fn kilograms(measure: &Measure) -> Option<i128> {
    let nanograms = weight_unit(&measure.unit)?;
    let of_kilogram = weight_unit("KGM")?;
    let product = micro(&measure.value)?.checked_mul(nanograms)?;
    // Half up: a weight is never negative.
    product.checked_add(of_kilogram / 2)?.checked_div(of_kilogram)
}

fn weight_unit(unit: &str) -> Option<i128> {
    if unit == "DTN" {
        return Some(100_000_000_000_000);
    }
    WEIGHTS.iter().find(|(code, _)| *code == unit).map(|(_, nanograms)| *nanograms)
}

/// Whether it is a unit of weight that we know.
pub(crate) fn is_weight(unit: &str) -> bool {
    weight_unit(unit).is_some()
}

/// Whether it is a unit of volume that we know.
pub(crate) fn is_volume(unit: &str) -> bool {
    ["MTQ", "DMQ", "CMQ", "LTR", "FTQ", "INQ"].contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(micro("820.000"), Some(820_000_000));
        assert_eq!(micro("0.1234560"), Some(123_456));
        for bad in ["", ".5", "1.", "-1", "1,5", "1e3", "0.1234567", "1234567890123"] {
            assert_eq!(micro(bad), None, "{bad}");
        }
        assert_eq!(decimal(820_000_000), "820");
        assert_eq!(decimal(-1_500_000), "-1.5");
    }

    #[test]
    fn weights_come_to_kilograms() {
        let kilograms = |value: &str, unit: &str| {
            kilograms(&Measure { value: value.into(), unit: unit.into() }).map(decimal)
        };
        assert_eq!(kilograms("1.5", "TNE").as_deref(), Some("1500"));
        assert_eq!(kilograms("100", "LBR").as_deref(), Some("45.359237"));
        assert_eq!(kilograms("3", "DTN").as_deref(), Some("300"));
        assert_eq!(kilograms("1", "MTQ"), None);
        assert_eq!(unit(" kgs "), "KGM");
        assert_eq!(unit("PALLET"), "PALLET");
    }
}
