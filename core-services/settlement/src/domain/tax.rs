//! Tax on freight by dated rules in `data/tax-india.toml`: goods and services tax of a goods transport agency, and tax deducted
//! at source. The bill's day picks the rule.

mod gst;
mod rules;
mod tds;

#[cfg(test)]
mod tests;

pub(crate) use gst::gst;
pub(crate) use rules::{Rules, rules};
pub(crate) use tds::{Year, tds};

/// How a goods transport agency pays its tax, by its own yearly choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GstOption {
    /// The recipient pays it.
    Reverse,
    /// The agency charges it and takes no input credit.
    ForwardWithoutCredit,
    /// The agency charges it and takes input credit.
    ForwardWithCredit,
}

impl GstOption {
    pub(crate) const ALL: [Self; 3] =
        [Self::Reverse, Self::ForwardWithoutCredit, Self::ForwardWithCredit];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reverse => "reverse",
            Self::ForwardWithoutCredit => "forward-without-credit",
            Self::ForwardWithCredit => "forward-with-credit",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.as_str() == text)
    }
}

/// How a carrier is taxed, as its contract says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) gst: GstOption,
    /// State code of the agency's place of business: the first two digits of its GSTIN.
    pub(crate) supplier_state: String,
    /// State code of the recipient: of its GSTIN when registered, else where the goods are handed over.
    pub(crate) recipient_state: String,
    /// The carrier's PAN. Its fourth letter says what it is: P and H are persons and Hindu undivided families.
    pub(crate) pan: Option<String>,
    /// It has declared that it owns no more vehicles than the law's limit.
    pub(crate) small_operator: bool,
}

/// No rule in the data covers the day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("no rule {what} holds on {date}")]
    NoRule { what: String, date: String },
    #[error("an amount is larger than can be reckoned")]
    Overflow,
    #[error("the tax rules of this program cannot be read: {0}")]
    Data(String),
}
