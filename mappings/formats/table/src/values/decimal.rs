//! Exact decimals: what a cell says in digits is multiplied by a unit's factor without rounding.

use core::fmt;

/// `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

impl Decimal {
    /// Reads `-12.50`: digits with at most one point, at most 24 of them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = whole.bytes().chain(fraction.bytes());
        let mut mantissa = 0_i128;
        let mut count = 0_u32;
        for digit in all {
            if !digit.is_ascii_digit() || count >= 24 {
                return None;
            }
            count = count.checked_add(1)?;
            mantissa =
                mantissa.checked_mul(10)?.checked_add(i128::from(digit.checked_sub(b'0')?))?;
        }
        if count == 0 {
            return None;
        }
        let mantissa = if negative { mantissa.checked_neg()? } else { mantissa };
        Some(Self { mantissa, scale: u32::try_from(fraction.len()).ok()? })
    }

    /// Multiplies by `factor / 10^scale`; `None` when the result has too many digits.
    #[must_use]
    pub fn times(self, factor: i128, scale: u32) -> Option<Self> {
        Some(Self {
            mantissa: self.mantissa.checked_mul(factor)?,
            scale: self.scale.checked_add(scale)?,
        })
    }

    /// The sum; `None` when it has too many digits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = Ord::max(self.scale, other.scale);
        let at = |own: Self| {
            let factor = 10_i128.checked_pow(scale.checked_sub(own.scale)?)?;
            own.mantissa.checked_mul(factor)
        };
        Some(Self { mantissa: at(self)?.checked_add(at(other)?)?, scale })
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Whether it has no fraction.
    #[must_use]
    pub fn is_whole(self) -> bool {
        10_i128
            .checked_pow(self.scale)
            .is_some_and(|unit| self.mantissa.checked_rem(unit) == Some(0))
    }
}

impl fmt::Display for Decimal {
    /// The shortest plain text: no zeros at the end of a fraction, no point without one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::try_from(self.scale).map_err(|_| fmt::Error)?;
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let width = places.saturating_add(1);
        let digits = format!("{:0>width$}", self.mantissa.unsigned_abs());
        let (whole, fraction) =
            digits.split_at_checked(digits.len().saturating_sub(places)).ok_or(fmt::Error)?;
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_exact() {
        let times = |text: &str, factor, scale| {
            Decimal::parse(text).unwrap().times(factor, scale).unwrap().to_string()
        };
        assert_eq!(times("12.5", 1_000, 0), "12500");
        assert_eq!(times("0.001", 1, 3), "0.000001");
        assert_eq!(times("100", 45_359_237, 8), "45.359237");
        assert_eq!(times("-7.50", 1, 0), "-7.5");
        let sum = Decimal::parse("0.05").unwrap().plus(Decimal::parse("12.5").unwrap()).unwrap();
        assert_eq!(sum.to_string(), "12.55");
        assert!(Decimal::parse("7.00").unwrap().is_whole());
        assert!(!Decimal::parse("7.01").unwrap().is_whole());
    }

    #[test]
    fn what_is_no_decimal_is_none() {
        for text in ["", "-", ".", "1.2.3", "1e5", "12a", "1234567890123456789012345"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }
}
