//! One cell by its field's kind: its value in one spelling, and the rules that it took to get there.

use super::{Column, Defaults, Rule, postal};
use crate::dictionary::FieldKind;
use crate::serial;
use crate::table::{Cell, DateSystem, Kind};
use crate::values::date::{self, Order, Written};
use crate::values::decimal::Decimal;
use crate::values::number;
use crate::values::text::{self, Cleaned};
use crate::values::unit::{self, Unit};

/// What the rest of the row and the table say.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) pickup: Side,
    pub(super) delivery: Side,
    pub(super) weight_unit: Option<Unit>,
    pub(super) volume_unit: Option<Unit>,
    pub(super) date_system: DateSystem,
    pub(super) defaults: &'a Defaults,
}

/// What the row says of one end of the journey.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) country: String,
    pub(super) city: Option<String>,
}

/// A cell, read. Without a value the last rule says why there is none.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) value: Option<String>,
    pub(super) rules: Vec<Rule>,
}

impl Read {
    fn failed(mut self, rule: Rule) -> Self {
        // Fixes on the way to a failure are of no interest.
        self.rules = vec![rule];
        self.value = None;
        self
    }

    fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    fn when(&mut self, needed: bool, rule: Rule) {
        if needed {
            self.rules.push(rule);
        }
    }
}

/// Reads a cell.
pub(super) fn read(cell: &Cell<'_>, column: &Column, context: &Context<'_>) -> Read {
    let mut read = Read::default();
    if cell.kind == Kind::Error {
        return read.failed(Rule::ErrorValue);
    }
    let plain = !matches!(column.kind, FieldKind::Text);
    let Cleaned { text, spaces, digits, mark } = text::clean(cell.text, plain);
    read.when(spaces, Rule::Spaces);
    read.when(digits, Rule::Digits);
    read.when(mark, Rule::TextMark);
    if text.is_empty() {
        return Read::default().value("");
    }
    match column.kind {
        FieldKind::Text => read.value(text),
        FieldKind::Identifier => identifier(cell, text, read),
        FieldKind::PostalCode => postal_code(cell, text, column, context, read),
        FieldKind::Country => match postal::country(&text) {
            Some(code) => {
                read.when(!text.eq_ignore_ascii_case(&code), Rule::CountryName);
                read.value(code)
            }
            None => read.failed(Rule::UnknownCountry),
        },
        FieldKind::Date => date(cell, &text, column, context, read),
        FieldKind::Unit => match unit::named(&text) {
            Some(unit) => read.value(unit.name),
            None => read.failed(Rule::UnknownUnit),
        },
        FieldKind::Count
        | FieldKind::Number
        | FieldKind::Weight
        | FieldKind::Volume
        | FieldKind::Money => numeric(cell, &text, column, context, read),
    }
}

/// A number that is a name. Spreadsheets keep 15 digits of a number: a longer one has lost its end.
fn identifier(cell: &Cell<'_>, text: String, mut read: Read) -> Read {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if cell.kind == Kind::Number && digits > 15 || is_scientific(&text) {
        return read.failed(Rule::LostDigits);
    }
    match text.split_once('.') {
        Some((whole, zeros))
            if !whole.is_empty()
                && whole.bytes().all(|byte| byte.is_ascii_digit())
                && !zeros.is_empty()
                && zeros.bytes().all(|byte| byte == b'0') =>
        {
            read.rules.push(Rule::PointZero);
            read.value(whole)
        }
        _ => read.value(text),
    }
}

/// `8.00012E+09`: what a long number looks like after a CSV file went through a spreadsheet.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let mantissa_ok = mantissa.contains('.')
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let exponent = exponent.strip_prefix('+').unwrap_or_default();
    mantissa_ok && !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

fn postal_code(
    cell: &Cell<'_>,
    text: String,
    column: &Column,
    context: &Context<'_>,
    read: Read,
) -> Read {
    let side = if column.name.starts_with("pickup") { &context.pickup } else { &context.delivery };
    let country = &side.country;
    let mut read = identifier(cell, text, read);
    let Some(text) = read.value.take() else { return read };
    let Some(format) = postal::format(country) else {
        return read.value(text.to_uppercase());
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let separators = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'));
    if !separators {
        return read.failed(Rule::PostalCode);
    }
    // ZIP+4: the first five are the code.
    let digits = match (country.as_str(), digits.split_at_checked(5)) {
        ("US", Some((zip, plus))) if plus.len() == 4 => zip.to_owned(),
        _ => digits,
    };
    read.when(digits.len() != text.len(), Rule::Separators);
    if digits.len() == format.digits {
        if digits.starts_with('0') && !format.zero_first {
            return read.failed(Rule::PostalCode);
        }
        return read.value(digits);
    }
    if digits.len().saturating_add(1) != format.digits {
        return read.failed(Rule::PostalCode);
    }
    if format.zero_first {
        read.rules.push(Rule::LeadingZero);
        return read.value(format!("0{digits}"));
    }
    match side.city.as_deref().and_then(|city| column.reading.codes.full(&digits, city)) {
        Some(full) => {
            read.rules.push(Rule::DigitMissing);
            let full = full.to_owned();
            read.value(full)
        }
        None => read.failed(Rule::DigitLost),
    }
}

fn numeric(
    cell: &Cell<'_>,
    text: &str,
    column: &Column,
    context: &Context<'_>,
    mut read: Read,
) -> Read {
    // A number of a workbook is plain already; its text must not be taken for grouped.
    let comma_is_decimal = column.reading.comma_is_decimal && cell.kind != Kind::Number;
    let Some(number) = number::read(text, comma_is_decimal) else {
        return read.failed(Rule::NotANumber);
    };
    read.when(number.grouped, Rule::Grouping);
    read.when(number.decimal_comma, Rule::DecimalComma);
    read.when(number.sign, Rule::CurrencySign);
    let Some(decimal) = Decimal::parse(&number.text) else { return read.failed(Rule::NotANumber) };
    if decimal.is_negative() || column.kind == FieldKind::Count && !decimal.is_whole() {
        return read.failed(Rule::OutOfRange);
    }
    let (base, of_row) = match column.kind {
        FieldKind::Weight => (unit::KILOGRAM, context.weight_unit),
        FieldKind::Volume => (unit::CUBIC_METRE, context.volume_unit),
        // "12 Nos" has no place in a number field.
        _ if number.unit.is_some() => return read.failed(Rule::NotANumber),
        _ => return read.value(decimal.to_string()),
    };
    // What stands nearest to the number counts: the cell, the row, the header.
    let unit = number.unit.or(of_row).or(column.reading.unit);
    let unit = match unit {
        Some(unit) if unit.measures != base.measures => return read.failed(Rule::UnknownUnit),
        Some(unit) => {
            read.when(unit != base, Rule::Unit);
            unit
        }
        None => {
            read.rules.push(Rule::UnitAssumed);
            base
        }
    };
    match decimal.times(unit.factor, unit.scale) {
        Some(converted) => read.value(converted.to_string()),
        None => read.failed(Rule::NotANumber),
    }
}

fn date(
    cell: &Cell<'_>,
    text: &str,
    column: &Column,
    context: &Context<'_>,
    mut read: Read,
) -> Read {
    if cell.kind == Kind::Date {
        return read.value(text);
    }
    if let Some(serial) = plain_serial(text) {
        let date = serial::date_of_serial(serial, context.date_system);
        return match date {
            Some(date) => {
                read.rules.push(Rule::DateSerial);
                read.value(date.to_string())
            }
            None => read.failed(Rule::NotADate),
        };
    }
    let Some(written) = date::read(text) else { return read.failed(Rule::NotADate) };
    let evidence = column.reading.dates;
    let usual = evidence.order().unwrap_or(context.defaults.date_order);
    let order = match written {
        Written::Clear(_) => usual,
        // A number above twelve is a day, whatever the other cells say.
        Written::Numbers { first, .. } if first > 12 => Order::DayFirst,
        Written::Numbers { second, .. } if second > 12 => Order::MonthFirst,
        Written::Numbers { first, second, .. } => {
            let mixed = evidence.day_first > 0 && evidence.month_first > 0;
            read.when(first != second && mixed, Rule::DateOrderMixed);
            let assumed =
                if evidence.order().is_some() { Rule::DateOrder } else { Rule::DateOrderAssumed };
            read.when(first != second && !mixed, assumed);
            usual
        }
    };
    match written.in_order(order) {
        Some(moment) => read.value(date::written(moment)),
        None => read.failed(Rule::NotADate),
    }
}

/// A day number of the years 1990 to 2099: nothing else in a date column is a date.
fn plain_serial(text: &str) -> Option<i64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.len() != 5 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let serial: i64 = whole.parse().ok()?;
    (31_412..=73_050).contains(&serial).then_some(serial)
}
