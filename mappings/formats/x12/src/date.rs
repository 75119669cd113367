//! X12 dates and times as numbers: DT is `CCYYMMDD` (or `YYMMDD` before 004010), TM is `HHMM[SS[d[d]]]`.

/// The number that ASCII digits write; `None` for anything else or more than nine digits.
#[must_use]
pub fn digits(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() || bytes.len() > 9 {
        return None;
    }
    bytes.iter().try_fold(0_u32, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number.wrapping_mul(10).wrapping_add(u32::from(digit)))
    })
}

/// A day of the Gregorian calendar, known to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days in a month; 0 for a month that does not exist.
#[must_use]
pub const fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

impl Date {
    /// The day of a DT element. Six digits take the century of the window 1970 to 2069.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let number = digits(bytes)?;
        let (century, short) = match bytes.len() {
            8 => (None, number % 1_000_000),
            6 => (Some(if number >= 700_000 { 1900 } else { 2000 }), number),
            _ => return None,
        };
        let year = match century {
            Some(century) => century + i32::try_from(short / 10_000).ok()?,
            None => i32::try_from(number / 10_000).ok()?,
        };
        let month = u8::try_from(short / 100 % 100).ok()?;
        let day = u8::try_from(short % 100).ok()?;
        (day >= 1 && day <= days_in_month(year, month) && year >= 1).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i64 {
        // Counted in years that begin in March, so that the leap day is a year's last.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    /// The day that is `days` after 1970-01-01; the epoch itself when no year can hold it.
    #[must_use]
    pub fn from_days(days: i64) -> Self {
        let days = days.clamp(-719_162, 2_932_896) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(1970),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }

    /// Day of the week, 0 for Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        u8::try_from((self.days() + 4).rem_euclid(7)).unwrap_or(0)
    }
}

/// Milliseconds since midnight that a TM element names.
#[must_use]
pub fn parse_time(bytes: &[u8]) -> Option<u32> {
    if !matches!(bytes.len(), 4 | 6 | 7 | 8) {
        return None;
    }
    let part = |from: usize| digits(bytes.get(from..from.checked_add(2)?)?);
    let (hour, minute) = (part(0)?, part(2)?);
    let second = if bytes.len() >= 6 { part(4)? } else { 0 };
    let fraction = match bytes.get(6..).unwrap_or_default() {
        [] => 0,
        tenths @ [_] => digits(tenths)? * 100,
        hundredths => digits(hundredths)? * 10,
    };
    (hour < 24 && minute < 60 && second < 60)
        .then_some(hour * 3_600_000 + minute * 60_000 + second * 1_000 + fraction)
}

/// `CCYYMMDD` and `HHMM` in UTC of a time in milliseconds since 1970.
#[must_use]
pub fn stamp(now_ms: i64) -> (String, String) {
    let date = Date::from_days(now_ms.div_euclid(86_400_000));
    let minutes = now_ms.rem_euclid(86_400_000) / 60_000;
    (
        format!("{:04}{:02}{:02}", date.year, date.month, date.day),
        format!("{:02}{:02}", minutes / 60, minutes % 60),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_counts_up_by_one() {
        let mut days = Date { year: 1600, month: 1, day: 1 }.days();
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let date = Date { year, month, day };
                    assert_eq!(date.days(), days);
                    assert_eq!(Date::from_days(days), date);
                    days += 1;
                }
            }
        }
        assert_eq!(Date { year: 1970, month: 1, day: 1 }.days(), 0);
    }

    #[test]
    fn only_days_that_exist_are_dates() {
        let parse =
            |text: &str| Date::parse(text.as_bytes()).map(|date| (date.year, date.month, date.day));
        assert_eq!(parse("20200229"), Some((2020, 2, 29)));
        assert_eq!(parse("20210229"), None);
        assert_eq!(parse("20201301"), None);
        assert_eq!(parse("991231"), Some((1999, 12, 31)));
        assert_eq!(parse("2020-2-9"), None);
        assert_eq!(Date::parse(b"20191103").unwrap().weekday(), 0);
    }

    #[test]
    fn times_have_four_to_eight_digits() {
        let parse = |text: &str| parse_time(text.as_bytes());
        assert_eq!(parse("1135"), Some(41_700_000));
        assert_eq!(parse("11350599"), Some(41_705_990));
        assert_eq!(parse("1135051"), Some(41_705_100));
        assert_eq!(parse("2400"), None);
        assert_eq!(parse("11:3"), None);
        assert_eq!(stamp(1_599_737_700_000), ("20200910".into(), "1135".into()));
    }
}
