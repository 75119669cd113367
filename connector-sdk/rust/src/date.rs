//! Dates and times as parties write them, and the zones that give them meaning.
//!
//! There is no zone database in a component: a zone is a fixed offset, or one of the few named rules that parties'
//! profiles use. The rules are those in force (USA since 2007, EU since 1996, Mexico without summer time since 2022);
//! Caravan reads what is happening now, not history.

use caravan_model::{Moment, ZoneSource};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// A zone, and who said so.
#[derive(Debug, Clone)]
pub struct Zone {
    rule: TimeZone,
    source: ZoneSource,
}

/// IANA names that profiles may use, with their POSIX rules (IEEE Std 1003.1, TZ).
const NAMED: &[(&str, &str)] = &[
    ("America/Anchorage", "AKST9AKDT,M3.2.0,M11.1.0"),
    ("America/Chicago", "CST6CDT,M3.2.0,M11.1.0"),
    ("America/Denver", "MST7MDT,M3.2.0,M11.1.0"),
    ("America/Halifax", "AST4ADT,M3.2.0,M11.1.0"),
    ("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0"),
    ("America/Mexico_City", "CST6"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Phoenix", "MST7"),
    ("America/St_Johns", "NST3:30NDT,M3.2.0,M11.1.0"),
    ("America/Toronto", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Vancouver", "PST8PDT,M3.2.0,M11.1.0"),
    ("Asia/Dubai", "<+04>-4"),
    ("Asia/Kolkata", "IST-5:30"),
    ("Asia/Riyadh", "<+03>-3"),
    ("Asia/Shanghai", "CST-8"),
    ("Asia/Singapore", "<+08>-8"),
    ("Asia/Tokyo", "JST-9"),
    ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0"),
    ("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Pacific/Honolulu", "HST10"),
    ("UTC", "UTC0"),
];

/// X12 element 623: letters for North American zones; `T` follows the season, `S` and `D` do not.
const X12: &[(&str, &str)] = &[
    ("AD", "AKDT8"),
    ("AS", "AKST9"),
    ("AT", "AKST9AKDT,M3.2.0,M11.1.0"),
    ("CD", "CDT5"),
    ("CS", "CST6"),
    ("CT", "CST6CDT,M3.2.0,M11.1.0"),
    ("ED", "EDT4"),
    ("ES", "EST5"),
    ("ET", "EST5EDT,M3.2.0,M11.1.0"),
    ("GM", "UTC0"),
    ("HD", "HDT9"),
    ("HS", "HST10"),
    ("HT", "HST10"),
    ("MD", "MDT6"),
    ("MS", "MST7"),
    ("MT", "MST7MDT,M3.2.0,M11.1.0"),
    ("ND", "NDT2:30"),
    ("NS", "NST3:30"),
    ("NT", "NST3:30NDT,M3.2.0,M11.1.0"),
    ("PD", "PDT7"),
    ("PS", "PST8"),
    ("PT", "PST8PDT,M3.2.0,M11.1.0"),
    ("TD", "ADT3"),
    ("TS", "AST4"),
    ("TT", "AST4ADT,M3.2.0,M11.1.0"),
    ("UT", "UTC0"),
];

impl Zone {
    /// Nobody said: UTC, and the moment says so.
    #[must_use]
    pub fn assumed() -> Self {
        Self { rule: TimeZone::UTC, source: ZoneSource::Assumed }
    }

    /// Minutes east of UTC; `None` past a day.
    #[must_use]
    pub fn fixed(offset_min: i16, source: ZoneSource) -> Option<Self> {
        let offset = Offset::from_seconds(i32::from(offset_min).checked_mul(60)?).ok()?;
        Some(Self { rule: TimeZone::fixed(offset), source })
    }

    /// One of the named zones, or an offset such as `+05:30`; `None` for another name.
    ///
    /// ```
    /// use caravan_connector_sdk::{date::{self, Zone}, model::ZoneSource};
    /// let eastern = Zone::named("America/New_York", ZoneSource::Profile).unwrap();
    /// let summer = eastern.moment(date::compact("20200910", "1135").unwrap()).unwrap();
    /// assert_eq!(summer.to_rfc3339(), "2020-09-10T11:35:00-04:00");
    /// let winter = eastern.moment(date::compact("20201210", "1135").unwrap()).unwrap();
    /// assert_eq!(winter.to_rfc3339(), "2020-12-10T11:35:00-05:00");
    /// ```
    #[must_use]
    pub fn named(name: &str, source: ZoneSource) -> Option<Self> {
        match NAMED.binary_search_by(|(known, _)| known.cmp(&name)) {
            Ok(found) => Some(Self { rule: TimeZone::posix(NAMED.get(found)?.1).ok()?, source }),
            Err(_) => Self::fixed(offset_minutes(name)?, source),
        }
    }

    /// An X12 time code (element 623), as sent. `01`–`12` are hours east, `13`–`24` hours west (13 is −12, 24 is −1).
    /// `None` for an unknown code and for `LT`, the local time of a place that the code does not tell.
    #[must_use]
    pub fn x12(code: &str) -> Option<Self> {
        if let Ok(found) = X12.binary_search_by(|(known, _)| known.cmp(&code)) {
            let rule = TimeZone::posix(X12.get(found)?.1).ok()?;
            return Some(Self { rule, source: ZoneSource::Sent });
        }
        let number = code.parse::<i16>().ok().filter(|_| code.len() == 2)?;
        let hours = match number {
            1..=12 => number,
            13..=24 => number.checked_sub(25)?,
            _ => return None,
        };
        Self::fixed(hours.checked_mul(60)?, ZoneSource::Sent)
    }

    /// The moment of a local date and time. In the hour that summer time repeats, the first; in the hour that it
    /// leaves out, one hour later.
    #[must_use]
    pub fn moment(&self, local: DateTime) -> Option<Moment> {
        let instant = self.rule.to_ambiguous_timestamp(local).compatible().ok()?;
        let offset = self.rule.to_offset(instant);
        let offset_min = i16::try_from(offset.seconds().checked_div(60)?).ok()?;
        Some(Moment { instant_ms: instant.as_millisecond(), offset_min, zone: self.source })
    }
}

/// `+05:30`, `-0400`, `+01` in minutes.
fn offset_minutes(text: &str) -> Option<i16> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|char| *char != ':').collect();
    let hours: i16 = digits.get(..2)?.parse().ok()?;
    let minutes: i16 = match digits.get(2..)? {
        "" => 0,
        minutes => minutes.parse().ok().filter(|minutes| *minutes < 60)?,
    };
    hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(sign)
}

/// ISO 8601 text; without an offset it is local in `fallback`, without a time it is midnight.
///
/// ```
/// use caravan_connector_sdk::{date::{self, Zone}, model::ZoneSource};
/// let india = Zone::named("Asia/Kolkata", ZoneSource::Profile).unwrap();
/// assert_eq!(date::iso("2019-01-09T17:10:42.767", &india).unwrap().to_rfc3339(), "2019-01-09T17:10:42.767+05:30");
/// assert_eq!(date::iso("2019-01-09T17:10:42Z", &india).unwrap().zone, ZoneSource::Sent);
/// assert_eq!(date::iso("soon", &india), None);
/// ```
#[must_use]
pub fn iso(text: &str, fallback: &Zone) -> Option<Moment> {
    let text = text.trim();
    if let Some(moment) = Moment::from_rfc3339(text, ZoneSource::Sent) {
        return Some(moment);
    }
    let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).ok()?;
    if pieces.offset().is_some() {
        return None;
    }
    fallback.moment(pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight())))
}

/// EDI's compact form: `CCYYMMDD` or `YYMMDD`, and `HHMM`, `HHMMSS`, `HHMMSSd` or `HHMMSSdd` (empty: midnight).
///
/// Two-digit years from 70 are of the last century.
///
/// ```
/// use caravan_connector_sdk::date::compact;
/// assert_eq!(compact("200910", "113559").unwrap().to_string(), "2020-09-10T11:35:59");
/// assert_eq!(compact("20201301", "1135"), None);
/// ```
#[must_use]
pub fn compact(date: &str, time: &str) -> Option<DateTime> {
    Some(compact_date(date)?.to_datetime(compact_time(time)?))
}

/// `CCYYMMDD` or `YYMMDD`.
#[must_use]
pub fn compact_date(text: &str) -> Option<Date> {
    let number = digits(text)?;
    let (year, rest) = match text.len() {
        8 => (number.checked_div(10_000)?, number),
        6 => match number.checked_div(10_000)? {
            year @ 70.. => (year.checked_add(1900)?, number),
            year => (year.checked_add(2000)?, number),
        },
        _ => return None,
    };
    let month = i8::try_from(rest.checked_div(100)?.checked_rem(100)?).ok()?;
    let day = i8::try_from(rest.checked_rem(100)?).ok()?;
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}

/// `HHMM`, `HHMMSS`, `HHMMSSd` or `HHMMSSdd`; empty is midnight.
#[must_use]
pub fn compact_time(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    digits(text)?;
    let part =
        |from: usize, to: usize| text.get(from..to).map_or(Some(0), |part| part.parse().ok());
    let (hour, minute, second): (i8, i8, i8) = (part(0, 2)?, part(2, 4)?, part(4, 6)?);
    let hundredths: i32 = match (text.len(), text.get(6..)) {
        (4 | 6, _) => 0,
        (7, Some(tenths)) => tenths.parse::<i32>().ok()?.checked_mul(10)?,
        (8, Some(hundredths)) => hundredths.parse().ok()?,
        _ => return None,
    };
    Time::new(hour, minute, second, hundredths.checked_mul(10_000_000)?).ok()
}

/// The number that a text of ASCII digits is.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Microsoft's JSON form, `/Date(1599748500000+0530)/`: milliseconds since 1970 UTC, and the offset to show it in.
///
/// ```
/// let at = caravan_connector_sdk::date::dotnet("/Date(1599748500000+0530)/").unwrap();
/// assert_eq!(at.to_rfc3339(), "2020-09-10T20:05:00+05:30");
/// ```
#[must_use]
pub fn dotnet(text: &str) -> Option<Moment> {
    let inner = text.trim().strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = inner.rfind(['+', '-']).filter(|at| *at > 0);
    let (instant, offset_min) = match sign {
        Some(at) => {
            let (instant, offset) = inner.split_at_checked(at)?;
            (instant, offset_minutes(offset)?)
        }
        None => (inner, 0),
    };
    let zone = if sign.is_some() { ZoneSource::Sent } else { ZoneSource::Assumed };
    Some(Moment { instant_ms: instant.parse().ok()?, offset_min, zone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_every_rule_is_valid() {
        for table in [NAMED, X12] {
            assert!(table.is_sorted_by_key(|(name, _)| *name));
        }
        for (name, _) in NAMED {
            assert!(Zone::named(name, ZoneSource::Profile).is_some(), "{name}");
        }
        for (code, _) in X12 {
            assert!(Zone::x12(code).is_some(), "{code}");
        }
    }

    #[test]
    fn x12_time_codes() {
        let at = |code: &str| {
            let local = compact("20200910", "1135").unwrap();
            Zone::x12(code).and_then(|zone| zone.moment(local)).map(|moment| moment.offset_min)
        };
        assert_eq!(at("ET"), Some(-240));
        assert_eq!(at("ES"), Some(-300));
        assert_eq!(at("05"), Some(300));
        assert_eq!(at("20"), Some(-300));
        assert_eq!(at("LT"), None);
        assert_eq!(at("5"), None);
    }

    #[test]
    fn the_hour_that_summer_time_leaves_out_moves_on() {
        let eastern = Zone::x12("ET").unwrap();
        let moment =
            |time| eastern.moment(compact("20200308", time).unwrap()).unwrap().to_rfc3339();
        assert_eq!(moment("0230"), "2020-03-08T03:30:00-04:00");
    }

    #[test]
    fn times_of_all_lengths() {
        let time = |text| compact_time(text).map(|time| time.to_string());
        assert_eq!(time("1135").as_deref(), Some("11:35:00"));
        assert_eq!(time("11355").as_deref(), None);
        assert_eq!(time("11355925").as_deref(), Some("11:35:59.25"));
        assert_eq!(time("2460").as_deref(), None);
        assert_eq!(time("+135").as_deref(), None);
    }
}
