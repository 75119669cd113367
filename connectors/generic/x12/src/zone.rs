//! Time zones as X12 needs them: a fixed offset, or one with North American daylight saving time.

use caravan_mappings_x12::date::Date;
use caravan_model::{Moment, ZoneSource};
use serde::Deserialize;

/// A zone: standard offset, and whether clocks change as in the United States.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Zone {
    /// Standard offset from UTC in minutes, east positive.
    pub offset_min: i16,
    /// Which rule for daylight saving time, if any.
    #[serde(default)]
    pub daylight: Option<Daylight>,
}

/// A rule for daylight saving time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Daylight {
    /// Second Sunday of March to first Sunday of November at 02:00; before 2007 first Sunday of April to last of October.
    Us,
}

const DAY_MS: i64 = 86_400_000;
const TWO_O_CLOCK: i64 = 2 * 3_600_000;

impl Zone {
    /// UTC.
    pub const UTC: Self = Self { offset_min: 0, daylight: None };

    /// A zone by the name that a profile gives it: `+05:30`, `UTC`, or one of the IANA zones of North America and India.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let us = |hours: i16| {
            Some(Self { offset_min: hours.saturating_mul(60), daylight: Some(Daylight::Us) })
        };
        match name {
            "UTC" | "Etc/UTC" => Some(Self::UTC),
            "America/Halifax" => us(-4),
            "America/New_York" | "America/Toronto" | "America/Detroit" => us(-5),
            "America/Chicago" | "America/Winnipeg" => us(-6),
            "America/Denver" | "America/Edmonton" => us(-7),
            "America/Los_Angeles" | "America/Vancouver" => us(-8),
            "America/Phoenix" => Some(Self { offset_min: -420, daylight: None }),
            "Asia/Kolkata" => Some(Self { offset_min: 330, daylight: None }),
            fixed => {
                let (sign, rest) = match fixed.as_bytes() {
                    [b'+', rest @ ..] => (1, rest),
                    [b'-', rest @ ..] => (-1, rest),
                    _ => return None,
                };
                let [h1, h2, b':', m1, m2] = *rest else { return None };
                let hours = caravan_mappings_x12::date::digits(&[h1, h2])?;
                let minutes = caravan_mappings_x12::date::digits(&[m1, m2])?;
                let total = i16::try_from(hours * 60 + minutes).ok()?;
                (total <= 14 * 60 && minutes < 60)
                    .then_some(Self { offset_min: sign * total, daylight: None })
            }
        }
    }

    /// The moment of a local date and time (milliseconds since midnight) in this zone.
    ///
    /// In the hour that comes twice in autumn, the first is meant.
    #[must_use]
    pub fn moment(&self, date: Date, time_ms: u32, source: ZoneSource) -> Moment {
        let local = date.days().saturating_mul(DAY_MS).saturating_add(i64::from(time_ms));
        let summer = self.daylight.is_some() && is_us_summer(date, local);
        let offset_min = if summer { self.offset_min.saturating_add(60) } else { self.offset_min };
        let instant_ms = local.saturating_sub(i64::from(offset_min).saturating_mul(60_000));
        Moment { instant_ms, offset_min, zone: source }
    }
}

/// Whether local time `local` (ms since 1970 on the wall) lies in daylight saving time.
fn is_us_summer(date: Date, local: i64) -> bool {
    let sunday_from = |month: u8, day: u8| {
        let first = Date { year: date.year, month, day };
        let ahead = (7 - i64::from(first.weekday())) % 7;
        (first.days() + ahead).saturating_mul(DAY_MS).saturating_add(TWO_O_CLOCK)
    };
    let (start, end) = if date.year >= 2007 {
        (sunday_from(3, 8), sunday_from(11, 1))
    } else {
        (sunday_from(4, 1), sunday_from(10, 25))
    };
    start <= local && local < end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, date: &str, hour: u32, expected: &str) {
        let date = Date::parse(date.as_bytes()).unwrap();
        let moment = Zone::named(zone).unwrap().moment(date, hour * 3_600_000, ZoneSource::Sent);
        assert_eq!(moment.to_rfc3339(), expected);
    }

    #[test]
    fn daylight_saving_follows_the_calendar() {
        check("America/New_York", "20200910", 11, "2020-09-10T11:00:00-04:00");
        check("America/New_York", "20200101", 11, "2020-01-01T11:00:00-05:00");
        // The second Sunday of March 2020 is the 8th, the first of November 2019 the 3rd.
        check("America/New_York", "20200308", 1, "2020-03-08T01:00:00-05:00");
        check("America/New_York", "20200308", 3, "2020-03-08T03:00:00-04:00");
        check("America/Denver", "20191103", 1, "2019-11-03T01:00:00-06:00");
        check("America/Denver", "20191103", 2, "2019-11-03T02:00:00-07:00");
        check("America/Chicago", "20060405", 2, "2006-04-05T02:00:00-05:00");
        check("America/Chicago", "20060320", 2, "2006-03-20T02:00:00-06:00");
        check("+05:30", "20200910", 11, "2020-09-10T11:00:00+05:30");
    }

    #[test]
    fn what_is_no_zone_is_none() {
        for text in ["", "Mars/Olympus", "+5:30", "+15:00", "+05:75"] {
            assert_eq!(Zone::named(text), None, "{text}");
        }
    }
}
