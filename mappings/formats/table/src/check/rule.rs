//! The rules: what can be wrong with a cell, whether a fix changes its meaning, and how to say it.

/// One thing that can be wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// Spaces at the ends, doubled or unusual ones.
    Spaces,
    /// Full-width digits or digits of another script.
    Digits,
    /// The apostrophe that keeps a number a text.
    TextMark,
    /// A number that is a name, stored with a decimal point.
    PointZero,
    /// Spaces or hyphens inside a postal code.
    Separators,
    /// A postal code one digit short, where codes may begin with zero.
    LeadingZero,
    /// A postal code one digit short where none begins with zero, and another row with the same city has the full one.
    DigitMissing,
    /// No fix: a postal code one digit short where none begins with zero.
    DigitLost,
    /// Grouping in a number.
    Grouping,
    /// A comma as decimal sign.
    DecimalComma,
    /// A currency sign in an amount.
    CurrencySign,
    /// A unit that was converted.
    Unit,
    /// No unit anywhere: kilograms or cubic metres were assumed.
    UnitAssumed,
    /// Day and month in the order that the column's other cells show.
    DateOrder,
    /// Day and month in the usual order, without evidence.
    DateOrderAssumed,
    /// Day and month in an order that other cells of the column contradict.
    DateOrderMixed,
    /// A date stored as a plain number of days.
    DateSerial,
    /// A country's name instead of its code.
    CountryName,
    /// No fix: not a date.
    NotADate,
    /// No fix: not a number.
    NotANumber,
    /// No fix: below zero, or with a fraction where there is none.
    OutOfRange,
    /// No fix: a postal code of the wrong length or letters.
    PostalCode,
    /// No fix: digits were lost when the number became too long.
    LostDigits,
    /// No fix: an unknown unit.
    UnknownUnit,
    /// No fix: an unknown country.
    UnknownCountry,
    /// No fix: an error value such as #N/A.
    ErrorValue,
    /// No fix: nothing where something is needed.
    Missing,
}

impl Rule {
    /// The id of the problem that this rule finds in a field's column.
    #[must_use]
    pub fn id(self, field: &str) -> String {
        format!("{field}.{}", self.name())
    }

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spaces => "spaces",
            Self::Digits => "digits",
            Self::TextMark => "text-mark",
            Self::PointZero => "point-zero",
            Self::Separators => "separators",
            Self::LeadingZero => "leading-zero",
            Self::DigitMissing => "digit-missing",
            Self::DigitLost => "digit-lost",
            Self::Grouping => "grouping",
            Self::DecimalComma => "decimal-comma",
            Self::CurrencySign => "currency-sign",
            Self::Unit => "unit",
            Self::UnitAssumed => "unit-assumed",
            Self::DateOrder => "date-order",
            Self::DateOrderAssumed => "date-order-assumed",
            Self::DateOrderMixed => "date-order-mixed",
            Self::DateSerial => "date-serial",
            Self::CountryName => "country-name",
            Self::NotADate => "not-a-date",
            Self::NotANumber => "not-a-number",
            Self::OutOfRange => "out-of-range",
            Self::PostalCode => "postal-code",
            Self::LostDigits => "lost-digits",
            Self::UnknownUnit => "unknown-unit",
            Self::UnknownCountry => "unknown-country",
            Self::ErrorValue => "error-value",
            Self::Missing => "missing",
        }
    }

    /// Whether it is applied without being asked for: it changes no meaning, or the column itself gave the evidence.
    #[must_use]
    pub fn recommended(self) -> bool {
        match self {
            Self::Spaces
            | Self::Digits
            | Self::TextMark
            | Self::PointZero
            | Self::Separators
            | Self::LeadingZero
            | Self::Grouping
            | Self::DecimalComma
            | Self::CurrencySign
            | Self::Unit
            | Self::UnitAssumed
            | Self::DateOrder
            | Self::DateOrderAssumed
            | Self::DateSerial
            | Self::CountryName => true,
            Self::DigitMissing
            | Self::DigitLost
            | Self::DateOrderMixed
            | Self::NotADate
            | Self::NotANumber
            | Self::OutOfRange
            | Self::PostalCode
            | Self::LostDigits
            | Self::UnknownUnit
            | Self::UnknownCountry
            | Self::ErrorValue
            | Self::Missing => false,
        }
    }

    /// What is wrong, for one row: `label` is the field's, `text` the cell's.
    #[must_use]
    pub fn sentence(self, label: &str, text: &str) -> String {
        let shown: String = text.chars().take(40).collect();
        match self {
            Self::Missing => format!("{label} is missing"),
            _ => format!("{label} {:?}: {}", shown, self.what()),
        }
    }

    /// What is wrong, for all rows of a problem, and what the fix does.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Spaces => "has extra spaces; they are taken away",
            Self::Digits => "has digits of another script; they are written as 0-9",
            Self::TextMark => "begins with an apostrophe; it is taken away",
            Self::PointZero => {
                "is a name that was stored as a decimal number; the .0 is taken away"
            }
            Self::Separators => "has spaces or hyphens in it; they are taken away",
            Self::LeadingZero => "has one digit too few; Excel ate a zero, which is put back",
            Self::DigitMissing => {
                "has one digit too few; Excel ate a zero, and another row with the same city has the code with it"
            }
            Self::DigitLost => {
                "has one digit too few; no code of this country begins with 0, so type the missing digit"
            }
            Self::Grouping => "has separators between its digits; they are taken away",
            Self::DecimalComma => "has a comma for the decimal point; it is written as a point",
            Self::CurrencySign => "has a currency sign; it is taken away",
            Self::Unit => "is in another unit; it is converted",
            Self::UnitAssumed => "has no unit; kilograms (cubic metres for volumes) are assumed",
            Self::DateOrder => {
                "has day and month as numbers; other cells of the column show which comes first"
            }
            Self::DateOrderAssumed => {
                "has day and month as numbers, and no cell shows which comes first; the usual order is assumed"
            }
            Self::DateOrderMixed => {
                "has day and month as numbers, and the column has both orders; the usual order would be taken"
            }
            Self::DateSerial => "is a date stored as a number of days; it is written as a date",
            Self::CountryName => "is a country's name; its code is written",
            Self::NotADate => "is not a date",
            Self::NotANumber => "is not a number",
            Self::OutOfRange => "cannot be below zero, and a count has no fraction",
            Self::PostalCode => "is not a postal code of its country",
            Self::LostDigits => {
                "lost digits when a spreadsheet stored it as a number; type it again as text"
            }
            Self::UnknownUnit => "has a unit that is not known",
            Self::UnknownCountry => "is not a country; use its two-letter code",
            Self::ErrorValue => "is an error of the spreadsheet; correct the formula",
            Self::Missing => "is missing",
        }
    }
}
