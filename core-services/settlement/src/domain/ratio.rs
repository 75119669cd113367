//! Exact numbers: fractions of 128-bit integers, rounded once, where an amount becomes a line.
//!
//! **The rounding rule.** A computed amount is rounded to the currency's smallest unit when it becomes a line, half away from
//! zero; nothing before that is rounded, and sums are made of rounded lines.

use core::cmp::Ordering;
use core::fmt;

/// Most digits of a decimal text: what `i64` holds with certainty.
const DIGITS_MAX: usize = 18;
/// Places that [`fmt::Display`] shows of a number that has no end.
const PLACES_SHOWN: u32 = 6;

/// A fraction in lowest terms; the denominator is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    pub(crate) const ZERO: Self = Self::whole(0);

    /// A whole number.
    pub(crate) const fn whole(value: i128) -> Self {
        Self { numerator: value, denominator: 1 }
    }

    /// `numerator / denominator`; none when the denominator is zero.
    pub(crate) fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = gcd(numerator, denominator)?;
        let sign = denominator.signum();
        Some(Self {
            numerator: numerator.checked_div(divisor)?.checked_mul(sign)?,
            denominator: denominator.checked_div(divisor)?.checked_mul(sign)?,
        })
    }

    /// Reads a decimal text such as `-12.50`: at most 18 digits, no sign but `-`, no exponent, no separators.
    pub(crate) fn decimal(text: &str) -> Option<Self> {
        let text = text.trim();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let point_alone = text.contains('.') && fraction.is_empty();
        let count = digits.len().saturating_add(fraction.len());
        if digits.is_empty() || point_alone || count > DIGITS_MAX {
            return None;
        }
        if !all_digits(digits) || !all_digits(fraction) {
            return None;
        }
        let numerator = format!("{whole}{fraction}").parse().ok()?;
        Self::new(numerator, power_of_ten(u32::try_from(fraction.len()).ok()?)?)
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    pub(crate) fn mul(self, other: Self) -> Option<Self> {
        // Crosswise first, so that what cancels cannot overflow.
        let left = Self::new(self.numerator, other.denominator)?;
        let right = Self::new(other.numerator, self.denominator)?;
        Self::new(
            left.numerator.checked_mul(right.numerator)?,
            left.denominator.checked_mul(right.denominator)?,
        )
    }

    /// None when `other` is zero.
    pub(crate) fn div(self, other: Self) -> Option<Self> {
        self.mul(Self::new(other.denominator, other.numerator)?)
    }

    pub(crate) fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// The nearest integer, half away from zero; none when it is more than an `i64` holds.
    pub(crate) fn round(self) -> Option<i64> {
        let doubled = self.numerator.checked_abs()?.checked_mul(2)?;
        let magnitude =
            doubled.checked_add(self.denominator)?.checked_div(self.denominator.checked_mul(2)?)?;
        i64::try_from(magnitude.checked_mul(self.numerator.signum())?).ok()
    }

    /// The smallest integer that is not less.
    pub(crate) fn ceil(self) -> Option<i128> {
        let floor = self.numerator.checked_div_euclid(self.denominator)?;
        let exact = self.numerator.checked_rem_euclid(self.denominator)? == 0;
        if exact { Some(floor) } else { floor.checked_add(1) }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    /// By their continued fractions, which never overflows.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut left, mut right) =
            ((self.numerator, self.denominator), (other.numerator, other.denominator));
        let mut swapped = false;
        loop {
            let whole = left.0.div_euclid(left.1).cmp(&right.0.div_euclid(right.1));
            let (rest_left, rest_right) = (left.0.rem_euclid(left.1), right.0.rem_euclid(right.1));
            let found = if whole.is_ne() || rest_left == 0 || rest_right == 0 {
                whole.then(rest_left.cmp(&rest_right))
            } else {
                // a/b < c/d exactly when d/c < b/a, both fractions being between 0 and 1.
                (left, right) = ((left.1, rest_left), (right.1, rest_right));
                swapped = !swapped;
                continue;
            };
            return if swapped { found.reverse() } else { found };
        }
    }
}

impl fmt::Display for Ratio {
    /// A decimal: exact when it ends within 18 places, else six places and `…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = (0..=18_u32).find(|places| {
            power_of_ten(*places).is_some_and(|power| power % self.denominator == 0)
        });
        let places = exact.unwrap_or(PLACES_SHOWN);
        let scaled = power_of_ten(places)
            .and_then(|power| self.numerator.checked_mul(power))
            .and_then(|scaled| scaled.checked_div(self.denominator));
        let Some(scaled) = scaled else {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        };
        let places = usize::try_from(places).unwrap_or_default();
        let digits =
            format!("{:0>width$}", scaled.unsigned_abs(), width = places.saturating_add(1));
        let (whole, fraction) = digits
            .split_at_checked(digits.len().saturating_sub(places))
            .unwrap_or((digits.as_str(), ""));
        let sign = if self.is_negative() { "-" } else { "" };
        let point = if places > 0 { "." } else { "" };
        let more = if exact.is_none() { "…" } else { "" };
        write!(f, "{sign}{whole}{point}{fraction}{more}")
    }
}

pub(crate) fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// The greatest common divisor of `a` and a `b` that is not zero.
fn gcd(a: i128, b: i128) -> Option<i128> {
    let (mut a, mut b) = (a.checked_abs()?, b.checked_abs()?);
    if b == 0 {
        return None;
    }
    while b != 0 {
        (a, b) = (b, a.checked_rem(b)?);
    }
    Some(a)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Ratio;

    fn ratio(text: &str) -> Ratio {
        Ratio::decimal(text).unwrap()
    }

    #[test]
    fn half_is_rounded_away_from_zero() {
        for (text, rounded) in [("2.5", 3), ("-2.5", -3), ("2.49", 2), ("-0.5", -1), ("0.4", 0)] {
            assert_eq!(ratio(text).round(), Some(rounded), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_decimals_are_refused() {
        for bad in ["", "-", ".5", "1.", "1,5", "1e3", "+1", "0x1", "1234567890123456789"] {
            assert_eq!(Ratio::decimal(bad), None, "{bad}");
        }
    }

    #[test]
    fn shown_exactly_when_it_ends() {
        assert_eq!(ratio("4.750").to_string(), "4.75");
        assert_eq!(ratio("-0.05").to_string(), "-0.05");
        assert_eq!(Ratio::new(1, 3).unwrap().to_string(), "0.333333…");
        assert_eq!(Ratio::whole(7).to_string(), "7");
    }

    proptest! {
        #[test]
        fn order_is_that_of_cross_products(a in -9_999_i128..9_999, b in 1_i128..999, c in -9_999_i128..9_999, d in 1_i128..999) {
            let (left, right) = (Ratio::new(a, b).unwrap(), Ratio::new(c, d).unwrap());
            prop_assert_eq!(left.cmp(&right), (a * d).cmp(&(c * b)));
        }

        #[test]
        fn arithmetic_is_exact(a in -9_999_i128..9_999, b in 1_i128..999, c in 1_i128..9_999, d in 1_i128..999) {
            let (left, right) = (Ratio::new(a, b).unwrap(), Ratio::new(c, d).unwrap());
            prop_assert_eq!(left.mul(right).unwrap().div(right).unwrap(), left);
            prop_assert_eq!(left.add(right), Ratio::new(a * d + c * b, b * d));
        }
    }
}
