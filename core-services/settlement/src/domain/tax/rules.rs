//! The rules as data, read once.

use std::sync::OnceLock;

use jiff::civil::Date;
use serde::Deserialize;

use super::Error;
use crate::domain::ratio::Ratio;

/// Every dated rule.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rules {
    pub(super) gst: Vec<GstRule>,
    pub(super) gst_rounding: Vec<RoundingRule>,
    pub(super) place_of_supply: Sourced,
    pub(super) union_territories: Territories,
    pub(super) tds: Vec<TdsRule>,
    pub(super) tds_base: Sourced,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sourced {
    pub(super) source: String,
    pub(super) verified: Verified,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Territories {
    pub(super) states: Vec<String>,
    pub(super) source: String,
    pub(super) verified: Verified,
}

/// How far a source was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verified {
    /// Its own text was read.
    Gazette,
    /// Professional press says so.
    Secondary,
    /// Nothing stored says so: to be confirmed.
    Memory,
}

impl Verified {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Gazette => "text read",
            Self::Secondary => "by secondary sources",
            Self::Memory => "unconfirmed",
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct GstRule {
    pub(super) rule: String,
    pub(super) option: String,
    #[serde(deserialize_with = "day")]
    pub(super) from: Date,
    #[serde(default, deserialize_with = "day_if_any")]
    pub(super) to: Option<Date>,
    #[serde(deserialize_with = "decimal")]
    pub(super) rate: Ratio,
    pub(super) payable_by: PayableBy,
    /// Whether the recipient may credit it as input tax.
    pub(super) input_credit: bool,
    pub(super) source: String,
    pub(super) verified: Verified,
}

/// To what a tax is rounded.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RoundingRule {
    pub(super) rule: String,
    pub(super) currency: String,
    #[serde(deserialize_with = "day")]
    pub(super) from: Date,
    #[serde(default, deserialize_with = "day_if_any")]
    pub(super) to: Option<Date>,
    /// In units of the currency.
    #[serde(deserialize_with = "decimal")]
    pub(super) unit: Ratio,
    pub(super) source: String,
    pub(super) verified: Verified,
}

/// Who pays the tax to the government.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PayableBy {
    /// Reverse charge: it is not on the carrier's bill.
    Recipient,
    /// Forward charge: it is.
    Supplier,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct TdsRule {
    pub(super) rule: String,
    pub(super) section: String,
    #[serde(deserialize_with = "day")]
    pub(super) from: Date,
    #[serde(default, deserialize_with = "day_if_any")]
    pub(super) to: Option<Date>,
    #[serde(deserialize_with = "decimal")]
    pub(super) rate_person: Ratio,
    #[serde(deserialize_with = "decimal")]
    pub(super) rate_other: Ratio,
    #[serde(deserialize_with = "decimal")]
    pub(super) rate_without_pan: Ratio,
    #[serde(deserialize_with = "decimal")]
    pub(super) single_over: Ratio,
    #[serde(deserialize_with = "decimal")]
    pub(super) year_over: Ratio,
    pub(super) small_operator_vehicles: u32,
    pub(super) source: String,
    pub(super) verified: Verified,
}

static RULES: OnceLock<Result<Rules, Error>> = OnceLock::new();

/// The rules that this program was built with.
pub(crate) fn rules() -> Result<&'static Rules, Error> {
    let read = || {
        toml::from_str(include_str!("../../../data/tax-india.toml"))
            .map_err(|error| Error::Data(error.to_string()))
    };
    RULES.get_or_init(read).as_ref().map_err(Clone::clone)
}

/// Whether a rule holds on `date`.
pub(super) fn holds(from: Date, to: Option<Date>, date: Date) -> bool {
    from <= date && to.is_none_or(|to| date <= to)
}

fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let date = toml::value::Datetime::deserialize(from)?;
    date.to_string().parse().map_err(serde::de::Error::custom)
}

fn day_if_any<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    day(from).map(Some)
}

fn decimal<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Ratio, D::Error> {
    let text = String::deserialize(from)?;
    Ratio::decimal(&text).ok_or_else(|| serde::de::Error::custom("not a decimal"))
}
