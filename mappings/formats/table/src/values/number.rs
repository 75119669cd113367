//! Numbers as people type them: Indian and western grouping, comma or point for decimals, currency signs, units.
//!
//! Whether `1,234` is a thousand or one and a bit cannot be seen from that cell. A column decides: cells that can only
//! be read one way say which way the others are read, and without such a cell a comma groups.

use super::unit::{self, Unit};

/// What the cells of a column say about its separators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Separators {
    /// Cells in which a comma can only group.
    pub grouping: u64,
    /// Cells in which a comma can only be the decimal sign.
    pub decimal_comma: u64,
}

impl Separators {
    /// Takes the evidence of one cell.
    pub fn saw(&mut self, text: &str) {
        match shape(&parts(text).digits) {
            Shape::Grouped => self.grouping = self.grouping.saturating_add(1),
            Shape::DecimalComma => self.decimal_comma = self.decimal_comma.saturating_add(1),
            Shape::Plain | Shape::Either | Shape::Neither => {}
        }
    }

    /// Whether a comma is the decimal sign of this column.
    #[must_use]
    pub fn comma_is_decimal(&self) -> bool {
        self.decimal_comma > 0 && self.grouping == 0
    }
}

/// A number as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Plain decimal text.
    pub text: String,
    /// Grouping was taken away.
    pub grouped: bool,
    /// A comma was read as the decimal sign.
    pub decimal_comma: bool,
    /// A currency sign, or the `/-` that ends an amount in India, was taken away.
    pub sign: bool,
    /// The unit that stands behind the number.
    pub unit: Option<Unit>,
}

/// Reads a cleaned text; `comma_is_decimal` is the column's decision. `None` when it is no number.
#[must_use]
pub fn read(text: &str, comma_is_decimal: bool) -> Option<Number> {
    let parts = parts(text);
    let unit = match parts.suffix.as_str() {
        "" => None,
        suffix => Some(unit::named(suffix)?),
    };
    let (digits, grouped, decimal_comma) = match shape(&parts.digits) {
        Shape::Plain => (parts.digits, false, false),
        Shape::Grouped => (parts.digits.replace(',', ""), true, false),
        Shape::DecimalComma => (european(&parts.digits), parts.digits.contains('.'), true),
        Shape::Either if comma_is_decimal => (european(&parts.digits), false, true),
        Shape::Either => (parts.digits.replace(',', ""), true, false),
        Shape::Neither => return None,
    };
    // In a column with decimal commas, the point of 1.234 groups.
    let (digits, grouped) =
        if comma_is_decimal && !decimal_comma && !grouped && three_after_point(&digits) {
            (digits.replace('.', ""), true)
        } else {
            (digits, grouped)
        };
    let digits = digits.strip_prefix('.').map(|rest| format!("0.{rest}")).unwrap_or(digits);
    let text = format!("{}{digits}", if parts.negative { "-" } else { "" });
    Some(Number { text, grouped, decimal_comma, sign: parts.sign, unit })
}

/// Whether a text could be a number, with or without a unit.
pub(crate) fn looks_like(text: &str) -> bool {
    let cleaned = super::text::clean(text, true);
    read(&cleaned.text, false).is_some()
}

struct Parts {
    negative: bool,
    digits: String,
    suffix: String,
    sign: bool,
}

const SIGNS: &[&str] = &["₹", "rs.", "rs", "inr", "$", "€", "£", "usd", "eur", "रु.", "रु"];

fn parts(text: &str) -> Parts {
    let mut rest = text.trim();
    let mut sign = false;
    if let Some(own) = SIGNS.iter().find_map(|own| strip_prefix(rest, own)) {
        (rest, sign) = (own.trim_start(), true);
    }
    let mut negative = false;
    if let Some(inside) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        // Accountants write what is owed in brackets.
        (rest, negative) = (inside.trim(), true);
    } else if let Some(own) = rest.strip_prefix('-') {
        (rest, negative) = (own.trim_start(), true);
    } else if let Some(own) = rest.strip_prefix('+') {
        rest = own.trim_start();
    }
    if let Some(own) = rest.strip_suffix("/-") {
        (rest, sign) = (own.trim_end(), true);
    }
    let end =
        rest.find(|c: char| !matches!(c, '0'..='9' | ',' | '.' | ' ' | '\'')).unwrap_or(rest.len());
    let (digits, suffix) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let mut suffix = suffix.trim().to_owned();
    if SIGNS.iter().any(|own| suffix.eq_ignore_ascii_case(own)) {
        sign = true;
        suffix.clear();
    }
    // A space or apostrophe between digits groups, as a comma does.
    let digits = digits.trim().trim_end_matches(['.', ',']).replace([' ', '\''], ",");
    Parts { negative, digits, suffix, sign }
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Digits with at most one point.
    Plain,
    /// Commas that can only group.
    Grouped,
    /// A comma that can only be the decimal sign.
    DecimalComma,
    /// A comma that can be both.
    Either,
    /// No number.
    Neither,
}

fn shape(digits: &str) -> Shape {
    let (commas, points) = (digits.matches(',').count(), digits.matches('.').count());
    if !digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return Shape::Neither;
    }
    match (commas, points) {
        (0, 0 | 1) => Shape::Plain,
        (0, _) => {
            if groups(digits, '.') {
                Shape::DecimalComma
            } else {
                Shape::Neither
            }
        }
        (1, 0) => {
            let (whole, fraction) = digits.split_once(',').unwrap_or_default();
            match (whole.len(), fraction.len()) {
                (_, 0) | (0, _) => Shape::Neither,
                (1..=3, 3) if !whole.starts_with('0') => Shape::Either,
                (1..=2, 2) | (_, 1 | 2) => Shape::DecimalComma,
                _ => Shape::DecimalComma,
            }
        }
        (_, 0) => {
            if groups(digits, ',') {
                Shape::Grouped
            } else {
                Shape::Neither
            }
        }
        (_, _) => {
            let (comma, point) = (digits.rfind(',').unwrap_or(0), digits.rfind('.').unwrap_or(0));
            if comma < point && points == 1 {
                let whole = digits.split_once('.').map_or("", |(whole, _)| whole);
                if groups(whole, ',') { Shape::Grouped } else { Shape::Neither }
            } else if point < comma && commas == 1 {
                let whole = digits.split_once(',').map_or("", |(whole, _)| whole);
                if groups(whole, '.') { Shape::DecimalComma } else { Shape::Neither }
            } else {
                Shape::Neither
            }
        }
    }
}

/// Groups of three, or the Indian way: three at the end and twos before.
fn groups(digits: &str, separator: char) -> bool {
    let groups: Vec<&str> = digits.split(separator).collect();
    let [first, middle @ .., last] = groups.as_slice() else { return false };
    let numeric = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let western = (1..=3).contains(&first.len()) && middle.iter().all(|group| group.len() == 3);
    let indian = (1..=2).contains(&first.len()) && middle.iter().all(|group| group.len() == 2);
    numeric && last.len() == 3 && (western || indian)
}

fn european(digits: &str) -> String {
    digits.replace('.', "").replace(',', ".")
}

fn three_after_point(digits: &str) -> bool {
    digits.split_once('.').is_some_and(|(whole, fraction)| {
        fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, comma: bool, expected: Option<&str>) {
        assert_eq!(read(text, comma).map(|number| number.text).as_deref(), expected, "{text}");
    }

    #[test]
    fn people_type_numbers_in_many_ways() {
        check("1200", false, Some("1200"));
        check("1,00,000", false, Some("100000"));
        check("12,34,567.50", false, Some("1234567.50"));
        check("100,000", false, Some("100000"));
        check("1,234", false, Some("1234"));
        check("1,234", true, Some("1.234"));
        check("12,5", false, Some("12.5"));
        check("1.234,56", false, Some("1234.56"));
        check("1.234", true, Some("1234"));
        check("1.234", false, Some("1.234"));
        check("1 234 567", false, Some("1234567"));
        check("₹ 1,00,000/-", false, Some("100000"));
        check("Rs.500", false, Some("500"));
        check("(500)", false, Some("-500"));
        check(".5", false, Some("0.5"));
        check("12,34", false, Some("12.34"));
        check("1,23,45", false, None);
        check("1,2,3", false, None);
        check("12 boxes", false, None);
        check("N/A", false, None);
        check("", false, None);
    }

    #[test]
    fn a_unit_may_stand_behind() {
        let number = read("12.5 MT", false).unwrap();
        assert_eq!(
            (number.text.as_str(), number.unit.map(|unit| unit.name)),
            ("12.5", Some("tonne"))
        );
    }

    #[test]
    fn a_column_decides_what_its_commas_are() {
        let decides = |cells: &[&str]| {
            let mut separators = Separators::default();
            cells.iter().for_each(|cell| separators.saw(cell));
            separators.comma_is_decimal()
        };
        assert!(decides(&["1,234", "12,5"]));
        assert!(!decides(&["1,234", "1,00,000"]));
        assert!(!decides(&["1,234", "5,678"]));
        assert!(!decides(&["12,5", "1,00,000.00"]));
    }
}
