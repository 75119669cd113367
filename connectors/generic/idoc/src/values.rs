//! SAP's value forms: numbers with a trailing minus, `YYYYMMDD`, `HHMMSS`, time zone keys.

use caravan_model::{Moment, Money, ZoneSource};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// A value that does not have the form of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadForm;

/// Decimal text with a leading minus, from `12.50-`, `-12.50` or `  12.50`; leading zeros are dropped.
pub(crate) fn decimal(text: &str) -> Result<String, BadForm> {
    let text = text.trim();
    let (negative, digits) = match (text.strip_suffix('-'), text.strip_prefix('-')) {
        (Some(_), Some(_)) => return Err(BadForm),
        (Some(rest), None) | (None, Some(rest)) => (true, rest.trim()),
        (None, None) => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(BadForm);
    }
    let short = whole.trim_start_matches('0');
    let whole = if short.is_empty() { "0" } else { short };
    let zero = whole == "0" && fraction.bytes().all(|byte| byte == b'0');
    let sign = if negative && !zero { "-" } else { "" };
    let point = if digits.contains('.') && !fraction.is_empty() { "." } else { "" };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

/// Whether decimal text is zero.
pub(crate) fn is_zero(decimal: &str) -> bool {
    !decimal.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Currencies whose smallest unit is not a hundredth (ISO 4217).
const EXPONENTS: &[(&str, usize)] = &[
    ("BHD", 3),
    ("CLP", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("TND", 3),
    ("UGX", 0),
    ("VND", 0),
    ("XAF", 0),
    ("XOF", 0),
];

/// An amount in `currency`, with the currency's own decimals or more when the sender wrote more.
pub(crate) fn money(text: &str, currency: &str) -> Result<Money, BadForm> {
    let decimal = decimal(text)?;
    let own =
        EXPONENTS.iter().find(|(code, _)| *code == currency).map_or(2, |(_, exponent)| *exponent);
    let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
    let significant = fraction.trim_end_matches('0').len();
    let places = if significant > own { significant } else { own };
    let kept: String = fraction.chars().chain(core::iter::repeat('0')).take(places).collect();
    let minor = format!("{whole}{kept}").parse().map_err(|_| BadForm)?;
    let exponent = u8::try_from(places).map_err(|_| BadForm)?;
    Ok(Money { minor, currency: currency.to_owned(), exponent })
}

/// A date; `None` for blank or `00000000`, which is how SAP says that there is none.
pub(crate) fn date(text: &str) -> Result<Option<Date>, BadForm> {
    let text = text.trim();
    if text.bytes().all(|byte| byte == b'0') {
        return Ok(None);
    }
    let part = |from: usize, to: usize| {
        text.get(from..to).and_then(|part| part.parse::<i16>().ok()).ok_or(BadForm)
    };
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadForm);
    }
    let small = |value: i16| i8::try_from(value).map_err(|_| BadForm);
    Date::new(part(0, 4)?, small(part(4, 6)?)?, small(part(6, 8)?)?).map(Some).map_err(|_| BadForm)
}

/// A time of day, and whether it is the next day's midnight (`240000`). Blank is midnight.
pub(crate) fn time(text: &str) -> Result<(Time, bool), BadForm> {
    let text = text.trim();
    if text.is_empty() {
        return Ok((Time::midnight(), false));
    }
    if text == "240000" {
        return Ok((Time::midnight(), true));
    }
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadForm);
    }
    let part = |from: usize, to: usize| {
        text.get(from..to).and_then(|part| part.parse::<i8>().ok()).ok_or(BadForm)
    };
    Time::new(part(0, 2)?, part(2, 4)?, part(4, 6)?, 0)
        .map(|time| (time, false))
        .map_err(|_| BadForm)
}

/// A zone: a POSIX rule, or `UTC+8`, `UTC+5:30`, `-03:30` (SAP's sign: east is plus).
pub(crate) fn zone(text: &str) -> Option<TimeZone> {
    let offset = text.strip_prefix("UTC").unwrap_or(text);
    if offset.starts_with(['+', '-']) {
        let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "0"));
        let sign = if hours.starts_with('-') { -1 } else { 1 };
        let seconds = hours.parse::<i32>().ok()?.checked_mul(3600)?;
        let more = minutes.parse::<i32>().ok()?.checked_mul(60)?.checked_mul(sign)?;
        let offset = jiff::tz::Offset::from_seconds(seconds.checked_add(more)?).ok()?;
        return Some(TimeZone::fixed(offset));
    }
    TimeZone::posix(text).ok()
}

/// The instant of a local time in a zone.
pub(crate) fn moment(local: DateTime, zone: &TimeZone, source: ZoneSource) -> Option<Moment> {
    let zoned = local.to_zoned(zone.clone()).ok()?;
    let offset_min = i16::try_from(zoned.offset().seconds() / 60).ok()?;
    Some(Moment { instant_ms: zoned.timestamp().as_millisecond(), offset_min, zone: source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_padding_and_keep_every_place() {
        for (text, expected) in [
            ("12.50-", "-12.50"),
            ("-12.50", "-12.50"),
            ("         1.000", "1.000"),
            ("0", "0"),
            ("0.000-", "0.000"),
            ("000432", "432"),
            ("+5", "5"),
            ("5.", "5"),
            (".5", "0.5"),
        ] {
            assert_eq!(decimal(text), Ok(expected.to_owned()), "{text}");
        }
        for text in ["", "-", ".", "1,5", "1.2.3", "-1-", "x", "1 2", "٣"] {
            assert_eq!(decimal(text), Err(BadForm), "{text}");
        }
    }

    #[test]
    fn money_has_the_currencys_decimals() {
        let minor =
            |text, currency| money(text, currency).map(|money| (money.minor, money.exponent));
        assert_eq!(minor("207195.84", "EUR"), Ok((20_719_584, 2)));
        assert_eq!(minor("50", "EUR"), Ok((5000, 2)));
        assert_eq!(minor("1.2345", "EUR"), Ok((12345, 4)));
        assert_eq!(minor("100.00", "JPY"), Ok((100, 0)));
        assert_eq!(minor("14.53-", "EUR"), Ok((-1453, 2)));
        assert_eq!(minor("1.5", "KWD"), Ok((1500, 3)));
        assert_eq!(minor("99999999999999999999", "EUR"), Err(BadForm));
    }

    #[test]
    fn dates_and_times_know_saps_empty_and_end_of_day() {
        assert_eq!(date("00000000"), Ok(None));
        assert_eq!(date("20240229").unwrap().unwrap().to_string(), "2024-02-29");
        assert_eq!(date("20230229"), Err(BadForm));
        assert_eq!(date("2024022"), Err(BadForm));
        assert_eq!(time("240000"), Ok((Time::midnight(), true)));
        assert_eq!(time("0123456789"), Err(BadForm));
        assert_eq!(time("235960"), Err(BadForm));
    }

    #[test]
    fn zones_follow_summer_time() {
        let at = |local: &str, name: &str| {
            moment(local.parse().unwrap(), &zone(name).unwrap(), ZoneSource::Sent)
                .unwrap()
                .to_rfc3339()
        };
        assert_eq!(
            at("2024-02-05T00:00:00", "CET-1CEST,M3.5.0,M10.5.0/3"),
            "2024-02-05T00:00:00+01:00"
        );
        assert_eq!(
            at("2024-07-05T00:00:00", "CET-1CEST,M3.5.0,M10.5.0/3"),
            "2024-07-05T00:00:00+02:00"
        );
        assert_eq!(at("2024-02-05T10:00:00", "UTC+8"), "2024-02-05T10:00:00+08:00");
        assert_eq!(at("2024-02-05T10:00:00", "UTC-3:30"), "2024-02-05T10:00:00-03:30");
        assert_eq!(at("2024-02-05T10:00:00", "IST-5:30"), "2024-02-05T10:00:00+05:30");
        assert_eq!(at("2024-02-05T10:00:00", "+05:30"), "2024-02-05T10:00:00+05:30");
        assert_eq!(zone("UTC+x"), None);
    }
}
