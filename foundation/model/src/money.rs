//! Amounts as integers of the smallest unit.

/// An amount of money: `minor / 10^exponent` of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Money {
    /// Amount in units of `10^-exponent`; negative for credits.
    pub minor: i64,
    /// ISO 4217 alphabetic code, upper case.
    pub currency: String,
    /// Decimal places that `minor` carries; it is the currency's own unless the source was finer.
    pub exponent: u8,
}

impl Money {
    /// Decimal text such as `124.17`, with exactly `exponent` places.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let places = usize::from(self.exponent);
        let digits =
            format!("{:0>width$}", self.minor.unsigned_abs(), width = places.saturating_add(1));
        let cut = digits.len().saturating_sub(places);
        match (digits.get(..cut), digits.get(cut..)) {
            (Some(whole), Some(fraction)) if places > 0 => format!("{sign}{whole}.{fraction}"),
            _ => format!("{sign}{digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_keeps_every_place() {
        let text = |minor, exponent| Money { minor, currency: "USD".into(), exponent }.to_decimal();
        assert_eq!(text(12417, 2), "124.17");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(7, 0), "7");
        assert_eq!(text(1005, 3), "1.005");
    }
}
