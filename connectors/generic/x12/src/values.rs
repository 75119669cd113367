//! Element values in canonical form: references, weights, money, parties.

use caravan_mappings_x12::Segment;
use caravan_model::{Measure, Place, Reference};

/// A span of the input document.
#[must_use]
pub fn span(span: caravan_mappings_x12::Span) -> caravan_model::Span {
    caravan_model::Span { document: 0, start: span.start, end: span.end }
}

/// Element `position` as an owned text; `None` when empty.
#[must_use]
pub fn string(segment: &Segment<'_>, position: usize) -> Option<String> {
    segment.text(position).map(|text| text.into_owned())
}

/// An element of type N2 as minor units; `None` when it is not an integer of up to 18 digits.
#[must_use]
pub fn minor_units(bytes: &[u8]) -> Option<i64> {
    let (sign, digits) = match bytes {
        [b'-', digits @ ..] => (-1_i64, digits),
        digits => (1, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + sign * i64::from(digit))
    })
}

/// UN/ECE Rec 20 code of a weight unit (element 188); as sent when there is none.
#[must_use]
pub fn weight_unit(code: &str) -> &str {
    match code {
        "L" => "LBR",
        "K" => "KGM",
        "G" => "GRM",
        "E" => "TNE",
        "S" => "STN",
        "T" => "LTN",
        "O" => "ONZ",
        other => other,
    }
}

/// A measure of the value and the unit at two positions; `None` unless both are there and the value is a number.
#[must_use]
pub fn measure(
    segment: &Segment<'_>,
    value: usize,
    unit: usize,
    is_weight: bool,
) -> Option<Measure> {
    let value = decimal(&segment.text(value)?)?;
    let unit = segment.text(unit)?;
    Some(Measure {
        value,
        unit: if is_weight { weight_unit(&unit).to_owned() } else { unit.into_owned() },
    })
}

/// Decimal text as we write it: `.07` becomes `0.07`. `None` when it is not a number.
#[must_use]
pub fn decimal(text: &str) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    })
}

/// Adds a reference unless it is empty or there already.
pub fn add_reference(references: &mut Vec<Reference>, kind: &str, value: &str) {
    let value = value.trim();
    if !value.is_empty()
        && !references.iter().any(|known| known.kind == kind && known.value == value)
    {
        references.push(Reference { kind: kind.to_owned(), value: value.to_owned() });
    }
}

/// The place of an MS1: city, state, country, postal code, and coordinates as degrees, minutes and seconds.
#[must_use]
pub fn place_of_ms1(segment: &Segment<'_>) -> Option<Place> {
    let place = Place {
        name: string(segment, 1),
        region: string(segment, 2),
        country: string(segment, 3),
        postal_code: string(segment, 8),
        lon_e7: coordinate(segment.element(4), segment.element(6), 180),
        lat_e7: coordinate(segment.element(5), segment.element(7), 90),
        ..Place::default()
    };
    (!place.is_empty()).then_some(place)
}

/// `DDDMMSS` with a direction letter, in 1e-7 degrees.
fn coordinate(digits: &[u8], direction: &[u8], degrees_max: i64) -> Option<i32> {
    let number = i64::from(caravan_mappings_x12::date::digits(digits)?);
    if digits.len() != 7 {
        return None;
    }
    let (degrees, minutes, seconds) = (number / 10_000, number / 100 % 100, number % 100);
    let sign = match direction {
        b"N" | b"E" => 1,
        b"S" | b"W" => -1,
        _ => return None,
    };
    if degrees > degrees_max || minutes > 59 || seconds > 59 {
        return None;
    }
    let e7 = (degrees * 3_600 + minutes * 60 + seconds) * 10_000_000 / 3_600;
    i32::try_from(sign * e7).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implied_decimals_are_minor_units() {
        assert_eq!(minor_units(b"12417"), Some(12_417));
        assert_eq!(minor_units(b"-44949"), Some(-44_949));
        assert_eq!(minor_units(b"999999999999999999"), Some(999_999_999_999_999_999));
        for bad in ["", "-", "1.5", "1000000000000000000", "12a"] {
            assert_eq!(minor_units(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn decimals_are_written_one_way() {
        assert_eq!(decimal(".07").as_deref(), Some("0.07"));
        assert_eq!(decimal("-1.50").as_deref(), Some("-1.50"));
        assert_eq!(decimal("1340").as_deref(), Some("1340"));
        assert_eq!(decimal("1,340"), None);
        assert_eq!(decimal("."), None);
    }

    #[test]
    fn coordinates_are_degrees_minutes_seconds() {
        assert_eq!(coordinate(b"0843000", b"W", 180), Some(-845_000_000));
        assert_eq!(coordinate(b"0334500", b"N", 90), Some(337_500_000));
        assert_eq!(coordinate(b"0334500", b"", 90), None);
        assert_eq!(coordinate(b"1910000", b"E", 180), None);
    }
}
