//! Dates as people type them. Whether 03/04 is March or April is decided once for a column, by its clearest cells.

use jiff::civil::{Date, DateTime, Time};

/// What a date's text says before the order of day and month is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Only readable one way: an ISO date, or a month by its name.
    Clear(DateTime),
    /// Two numbers and a year.
    Numbers {
        /// The first number.
        first: i8,
        /// The second number.
        second: i8,
        /// The year, in full.
        year: i16,
        /// Time of day.
        time: Time,
    },
}

/// Which number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    /// 25/11/2026.
    DayFirst,
    /// 11/25/2026.
    MonthFirst,
}

/// What a column's cells say about the order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Cells whose first number can only be a day.
    pub day_first: u64,
    /// Cells whose second number can only be a day.
    pub month_first: u64,
    /// Cells that can be read both ways, with different results.
    pub either: u64,
}

impl Evidence {
    /// Takes the evidence of one cell.
    pub fn saw(&mut self, text: &str) {
        let Some(Written::Numbers { first, second, .. }) = read(text) else { return };
        match (first > 12, second > 12) {
            (true, false) => self.day_first = self.day_first.saturating_add(1),
            (false, true) => self.month_first = self.month_first.saturating_add(1),
            (false, false) if first != second => self.either = self.either.saturating_add(1),
            _ => {}
        }
    }

    /// The column's order, when its cells agree on one.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        match (self.day_first > 0, self.month_first > 0) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            _ => None,
        }
    }
}

impl Written {
    /// The date in `order`; `None` when there is no such date.
    #[must_use]
    pub fn in_order(self, order: Order) -> Option<DateTime> {
        match self {
            Self::Clear(moment) => Some(moment),
            Self::Numbers { first, second, year, time } => {
                let (day, month) = match order {
                    Order::DayFirst => (first, second),
                    Order::MonthFirst => (second, first),
                };
                Some(Date::new(year, month, day).ok()?.to_datetime(time))
            }
        }
    }
}

/// Reads a cleaned text. `None` when it is no date.
#[must_use]
pub fn read(text: &str) -> Option<Written> {
    let text = text.trim();
    let (date, time) = split_time(text)?;
    if let Some(date) = compact(date) {
        return Some(Written::Clear(date.to_datetime(time)));
    }
    let words: Vec<&str> =
        date.split(['/', '-', '.', ' ', ',']).filter(|word| !word.is_empty()).collect();
    // "25th Nov 2026", "Wed, 25 Nov 2026".
    let words: Vec<&str> = words.into_iter().filter(|word| !is_weekday(word)).collect();
    let [a, b, c] = words.as_slice() else { return None };
    if let Some(month) = month(b) {
        let year_first = a.len() == 4 && a.bytes().all(|byte| byte.is_ascii_digit());
        let (day, year) = if year_first { (*c, *a) } else { (*a, *c) };
        return Some(Written::Clear(
            Date::new(full_year(year)?, month, ordinal(day)?).ok()?.to_datetime(time),
        ));
    }
    if let Some(month) = month(a) {
        return Some(Written::Clear(
            Date::new(full_year(c)?, month, ordinal(b)?).ok()?.to_datetime(time),
        ));
    }
    if a.len() == 4 {
        // The year first is ISO's order in any country.
        return Some(Written::Clear(
            Date::new(full_year(a)?, small(b)?, small(c)?).ok()?.to_datetime(time),
        ));
    }
    let (first, second, year) = (small(a)?, small(b)?, full_year(c)?);
    let possible = (1..=31).contains(&first) && (1..=31).contains(&second);
    // One of them has to be a month.
    (possible && (first <= 12 || second <= 12)).then_some(Written::Numbers {
        first,
        second,
        year,
        time,
    })
}

pub(crate) fn looks_like(text: &str) -> bool {
    let cleaned = super::text::clean(text, true);
    read(&cleaned.text).is_some()
}

/// The date as text: with its time unless that is midnight.
#[must_use]
pub fn written(moment: DateTime) -> String {
    let date = moment.date();
    if moment.time() == Time::midnight() {
        return date.to_string();
    }
    let time = moment.time();
    format!("{date}T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// `20261125`.
fn compact(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn split_time(text: &str) -> Option<(&str, Time)> {
    let Some(colon) = text.find(':') else { return Some((text, Time::midnight())) };
    let head = text.get(..colon)?;
    let at = head.rfind([' ', 'T'])?;
    let (date, clock) = text.split_at_checked(at)?;
    let clock = clock.trim_start_matches([' ', 'T']).trim();
    let lower = clock.to_ascii_lowercase();
    let (clock, afternoon) = if let Some(rest) = lower.strip_suffix("pm") {
        (rest.trim(), Some(true))
    } else if let Some(rest) = lower.strip_suffix("am") {
        (rest.trim(), Some(false))
    } else {
        // A zone is not a place's time; only `Z` and fractions are written by programs.
        (lower.trim_end_matches('z'), None)
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, "0"),
        [hour, minute, second] => (*hour, *minute, second.split('.').next()?),
        _ => return None,
    };
    let hour: i8 = hour.trim().parse().ok()?;
    let hour = match (afternoon, hour) {
        (Some(true), 1..=11) => hour.checked_add(12)?,
        (Some(false), 12) => 0,
        _ => hour,
    };
    let time = Time::new(hour, minute.trim().parse().ok()?, second.trim().parse().ok()?, 0).ok()?;
    Some((date.trim(), time))
}

fn small(text: &str) -> Option<i8> {
    (text.len() <= 2).then(|| text.parse().ok()).flatten()
}

fn ordinal(text: &str) -> Option<i8> {
    let lower = text.to_ascii_lowercase();
    let digits =
        ["st", "nd", "rd", "th"].iter().find_map(|end| lower.strip_suffix(end)).unwrap_or(&lower);
    small(digits)
}

/// Two digits are the years 1970 to 2069; no order is older, and none is planned for later.
fn full_year(text: &str) -> Option<i16> {
    let year: i16 = text.strip_prefix('\'').unwrap_or(text).parse().ok()?;
    match text.len() {
        4 => (1900..=2199).contains(&year).then_some(year),
        2 => year.checked_add(if year < 70 { 2000 } else { 1900 }),
        _ => None,
    }
}

const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("january", 1),
    ("जनवरी", 1),
    ("जन", 1),
    ("feb", 2),
    ("february", 2),
    ("फरवरी", 2),
    ("फर", 2),
    ("mar", 3),
    ("march", 3),
    ("मार्च", 3),
    ("apr", 4),
    ("april", 4),
    ("अप्रैल", 4),
    ("may", 5),
    ("मई", 5),
    ("jun", 6),
    ("june", 6),
    ("जून", 6),
    ("jul", 7),
    ("july", 7),
    ("जुलाई", 7),
    ("aug", 8),
    ("august", 8),
    ("अगस्त", 8),
    ("sep", 9),
    ("sept", 9),
    ("september", 9),
    ("सितंबर", 9),
    ("सितम्बर", 9),
    ("oct", 10),
    ("october", 10),
    ("अक्टूबर", 10),
    ("अक्तूबर", 10),
    ("nov", 11),
    ("november", 11),
    ("नवंबर", 11),
    ("नवम्बर", 11),
    ("dec", 12),
    ("december", 12),
    ("दिसंबर", 12),
    ("दिसम्बर", 12),
];

fn month(text: &str) -> Option<i8> {
    let lower: String =
        text.chars().filter(|c| *c != '\u{093C}').flat_map(char::to_lowercase).collect();
    MONTHS.iter().find(|(name, _)| *name == lower).map(|(_, month)| *month)
}

fn is_weekday(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    lower.len() >= 3 && names.iter().any(|name| name.starts_with(&lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, order: Order, expected: Option<&str>) {
        let date = read(text).and_then(|date| date.in_order(order)).map(written);
        assert_eq!(date.as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_are_typed_in_many_ways() {
        use Order::{DayFirst, MonthFirst};
        check("25/11/2026", DayFirst, Some("2026-11-25"));
        check("25-11-26", DayFirst, Some("2026-11-25"));
        check("25.11.2026", DayFirst, Some("2026-11-25"));
        check("03/04/2026", DayFirst, Some("2026-04-03"));
        check("03/04/2026", MonthFirst, Some("2026-03-04"));
        check("2026-11-25", MonthFirst, Some("2026-11-25"));
        check("2026/11/25 14:30", DayFirst, Some("2026-11-25T14:30:00"));
        check("25-Nov-2026", MonthFirst, Some("2026-11-25"));
        check("Nov 25, 2026", DayFirst, Some("2026-11-25"));
        check("25th Nov 26", DayFirst, Some("2026-11-25"));
        check("Wed, 25 Nov 2026", DayFirst, Some("2026-11-25"));
        check("२५ नवंबर 2026", DayFirst, None);
        check("25 नवंबर 2026", DayFirst, Some("2026-11-25"));
        check("20261125", DayFirst, Some("2026-11-25"));
        check("25/11/2026 02:30 PM", DayFirst, Some("2026-11-25T14:30:00"));
        check("25/11/2026 12:05 am", DayFirst, Some("2026-11-25T00:05:00"));
        check("31/02/2026", DayFirst, None);
        check("32/01/2026", DayFirst, None);
        check("13/13/2026", DayFirst, None);
        check("11/25", DayFirst, None);
        check("tomorrow", DayFirst, None);
        check("25:61", DayFirst, None);
    }

    #[test]
    fn a_column_decides_its_order() {
        let order = |cells: &[&str]| {
            let mut evidence = Evidence::default();
            cells.iter().for_each(|cell| evidence.saw(cell));
            evidence.order()
        };
        assert_eq!(order(&["03/04/2026", "25/11/2026"]), Some(Order::DayFirst));
        assert_eq!(order(&["03/04/2026", "11/25/2026"]), Some(Order::MonthFirst));
        assert_eq!(order(&["03/04/2026"]), None);
        assert_eq!(order(&["25/11/2026", "11/25/2026"]), None);
    }
}
