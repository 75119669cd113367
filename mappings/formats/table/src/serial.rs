//! Numbers and dates between the floating point of a spreadsheet and our text.
//!
//! A spreadsheet stores a date as days since its epoch with the time as fraction. In the 1900 system day 60 is the
//! 29 February 1900, which never was: days above it are counted from 1899-12-30, days below from 1899-12-31.
//! Source: ECMA-376 part 1, 18.17.4.1.

use core::fmt::Write as _;

use calamine::ExcelDateTime;

use crate::table::{DateSystem, Kind};

const DAY_S: i64 = 86_400;

/// Writes a number as decimal text with at most 15 significant digits, which is what spreadsheets show and keep.
pub(crate) fn push_number(number: f64, text: &mut String) {
    let shortest = number.to_string();
    let digits = shortest.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit);
    let rounded = if digits.count() > 15 {
        // The shortest text that reads back as the same number shows noise such as 0.30000000000000004.
        format!("{number:.14e}").parse::<f64>().map_or(shortest, |rounded| rounded.to_string())
    } else {
        shortest
    };
    text.push_str(&rounded);
}

/// Writes a date, time or duration as calamine found it.
pub(crate) fn push_moment(moment: &ExcelDateTime, text: &mut String) -> Kind {
    let number = moment.as_f64();
    if moment.is_duration() {
        push_clock(seconds(number), text);
        return Kind::Time;
    }
    // Below one day there is no date: a time of day.
    if (0.0..1.0).contains(&number) {
        push_clock(seconds(number), text);
        return Kind::Time;
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let second = if milli >= 500 { second.saturating_add(1) } else { second };
    // Rounding up to a full minute is left as it is: 59.5 s is a reading of a stop watch, not a date of freight.
    let second = Ord::min(second, 59);
    push_date(i64::from(year), month.into(), day.into(), text);
    if (hour, minute, second) != (0, 0, 0)
        && write!(text, "T{hour:02}:{minute:02}:{second:02}").is_err()
    {
        return Kind::Text;
    }
    Kind::Date
}

/// The date of a day number that a cell holds as a plain number.
#[must_use]
pub fn date_of_serial(serial: i64, system: DateSystem) -> Option<jiff::civil::Date> {
    let (epoch, days) = match system {
        DateSystem::From1904 => (jiff::civil::date(1904, 1, 1), serial),
        DateSystem::From1900 if serial < 60 => (jiff::civil::date(1899, 12, 31), serial),
        DateSystem::From1900 if serial == 60 => return None,
        DateSystem::From1900 => (jiff::civil::date(1899, 12, 30), serial),
    };
    epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn seconds(days: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float that is too large saturates, by Rust's definition of `as`"
    )]
    let seconds = (days * 86_400.0).round() as i64;
    seconds
}

fn push_clock(seconds: i64, text: &mut String) {
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.saturating_abs();
    let (hours, rest) = (seconds / (DAY_S / 24), seconds % (DAY_S / 24));
    let written = write!(text, "{sign}{hours:02}:{:02}:{:02}", rest / 60, rest % 60);
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

fn push_date(year: i64, month: i64, day: i64, text: &mut String) {
    let written = write!(text, "{year:04}-{month:02}-{day:02}");
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn both_date_systems_and_the_day_that_never_was() {
        assert_eq!(date_of_serial(1, DateSystem::From1900), Some(date(1900, 1, 1)));
        assert_eq!(date_of_serial(59, DateSystem::From1900), Some(date(1900, 2, 28)));
        assert_eq!(date_of_serial(60, DateSystem::From1900), None);
        assert_eq!(date_of_serial(61, DateSystem::From1900), Some(date(1900, 3, 1)));
        assert_eq!(date_of_serial(45_986, DateSystem::From1900), Some(date(2025, 11, 25)));
        assert_eq!(date_of_serial(44_524, DateSystem::From1904), Some(date(2025, 11, 25)));
        assert_eq!(date_of_serial(i64::MAX, DateSystem::From1900), None);
    }

    #[test]
    fn numbers_are_written_as_a_spreadsheet_shows_them() {
        let text = |number: f64| {
            let mut text = String::new();
            push_number(number, &mut text);
            text
        };
        assert_eq!(text(110_001.0), "110001");
        assert_eq!(text(0.1 + 0.2), "0.3");
        assert_eq!(text(-12.5), "-12.5");
        assert_eq!(text(1.23e-7), "0.000000123");
        assert_eq!(text(331_234_567_890_123_400.0), "331234567890123000");
    }
}
