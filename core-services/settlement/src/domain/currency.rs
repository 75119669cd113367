//! A currency, and how many decimal places its smallest unit has.

use core::fmt;

use super::ratio::{Ratio, power_of_ten};

/// ISO 4217 currencies whose smallest unit is not a hundredth (ISO 4217 list one, minor unit column).
const WHOLE: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// An ISO 4217 alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Currency([u8; 3]);

impl Currency {
    /// Three upper-case letters; whether the code is in use is not asked.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let code: [u8; 3] = text.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimal places of the smallest unit.
    pub(crate) fn exponent(self) -> u8 {
        if WHOLE.contains(&self.as_str()) {
            0
        } else if THOUSANDTHS.contains(&self.as_str()) {
            3
        } else {
            2
        }
    }

    /// How many smallest units a unit has.
    pub(crate) fn scale(self) -> Ratio {
        Ratio::whole(power_of_ten(u32::from(self.exponent())).unwrap_or(1))
    }

    /// `minor` smallest units as decimal text.
    pub(crate) fn text(self, minor: i64) -> String {
        let money = caravan_model::Money {
            minor,
            currency: self.as_str().to_owned(),
            exponent: self.exponent(),
        };
        money.to_decimal()
    }

    /// A decimal text in smallest units; none when it is no decimal or finer than the currency.
    pub(crate) fn minor(self, text: &str) -> Option<i64> {
        let scaled = Ratio::decimal(text)?.mul(self.scale())?;
        let minor = scaled.round()?;
        (Ratio::whole(minor.into()) == scaled).then_some(minor)
    }

    /// An amount as a party sent it, in smallest units; none when it is finer than the currency.
    pub(crate) fn exact(self, money: &caravan_model::Money) -> Option<i64> {
        self.minor(&money.to_decimal())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Currency;

    #[test]
    fn amounts_keep_to_the_currencys_smallest_unit() {
        let (inr, jpy) = (Currency::new("INR").unwrap(), Currency::new("JPY").unwrap());
        assert_eq!(inr.minor("12.50"), Some(1250));
        assert_eq!(inr.minor("12.505"), None, "finer than a paisa");
        assert_eq!(jpy.minor("100.00"), Some(100));
        assert_eq!(jpy.text(100), "100");
        assert_eq!(Currency::new("KWD").unwrap().text(-1), "-0.001");
        assert_eq!(Currency::new("inr"), None);
    }
}
