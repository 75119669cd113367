//! The JSON forms of what all records are made of.

use core::str::FromStr as _;

use caravan_model as model;
use serde::{Deserialize, Serialize};

use super::Error;

/// A time as reported: RFC 3339 with the offset, and who said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// For example `2020-09-10T11:35:00-04:00`.
    pub time: String,
    /// `sent`, `profile`, `place` or `assumed`.
    pub zone: String,
}

impl From<model::Moment> for Moment {
    fn from(moment: model::Moment) -> Self {
        Self { time: moment.to_rfc3339(), zone: moment.zone.as_str().to_owned() }
    }
}

impl TryFrom<Moment> for model::Moment {
    type Error = Error;
    fn try_from(moment: Moment) -> Result<Self, Error> {
        let zone = model::ZoneSource::from_str(&moment.zone)?;
        Self::from_rfc3339(&moment.time, zone).ok_or(Error::Time { text: moment.time })
    }
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Decimal text such as `124.17`; its places are the precision that was sent.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

impl From<model::Money> for Money {
    fn from(money: model::Money) -> Self {
        Self { amount: money.to_decimal(), currency: money.currency }
    }
}

impl TryFrom<Money> for model::Money {
    type Error = Error;
    fn try_from(money: Money) -> Result<Self, Error> {
        let (minor, exponent) =
            decimal(&money.amount).ok_or(Error::Amount { text: money.amount })?;
        Ok(Self { minor, currency: money.currency, exponent })
    }
}

/// Digits without the point, and how many stood after it.
fn decimal(text: &str) -> Option<(i64, u8)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let point_alone = text.contains('.') && fraction.is_empty();
    if digits.is_empty() || point_alone || !all_digits(digits) || !all_digits(fraction) {
        return None;
    }
    let minor = format!("{whole}{fraction}").parse().ok()?;
    Some((minor, u8::try_from(fraction.len()).ok()?))
}

macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type,)+ }

        impl From<model::$name> for $name {
            fn from(value: model::$name) -> Self {
                Self { $($field: value.$field,)+ }
            }
        }

        impl From<$name> for model::$name {
            fn from(value: $name) -> Self {
                Self { $($field: value.$field,)+ }
            }
        }
    };
}

mirror! {
    /// A number by which somebody knows the shipment.
    Reference {
        /// Kind: `shipment`, `pro`, `bol`, …
        kind: String,
        /// The number.
        value: String,
    }
}
mirror! {
    /// A quantity with its unit.
    Measure {
        /// Decimal text.
        value: String,
        /// Unit.
        unit: String,
    }
}
mirror! {
    /// A code as the party sent it.
    RawCode {
        /// The code list that gives it meaning.
        list: String,
        /// The code.
        code: String,
        /// The party's wording.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    }
}
mirror! {
    /// The bytes that a fact came from.
    Span {
        /// Index of the document within the call.
        document: u32,
        /// First byte.
        start: u64,
        /// One past the last byte.
        end: u64,
    }
}
mirror! {
    /// A place.
    Place {
        /// UN/LOCODE.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unlocode: Option<String>,
        /// City or facility name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// State, province or region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// Postal code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        postal_code: Option<String>,
        /// ISO 3166-1 alpha-2 when known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<String>,
        /// The party's facility code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        facility: Option<String>,
        /// Latitude in 1e-7 degrees.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lat_e7: Option<i32>,
        /// Longitude in 1e-7 degrees.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lon_e7: Option<i32>,
    }
}

/// A party named in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Role: `shipper`, `consignee`, …
    pub role: String,
    /// The role's code as sent.
    pub raw_role: String,
    /// Its number in the sender's system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Street lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub street: Vec<String>,
    /// City, region, postal code, country.
    pub place: Place,
}

impl From<model::Party> for Party {
    fn from(party: model::Party) -> Self {
        Self {
            role: party.role.as_str().to_owned(),
            raw_role: party.raw_role,
            id: party.id,
            name: party.name,
            street: party.street,
            place: party.place.into(),
        }
    }
}

impl TryFrom<Party> for model::Party {
    type Error = Error;
    fn try_from(party: Party) -> Result<Self, Error> {
        Ok(Self {
            role: model::PartyRole::from_str(&party.role)?,
            raw_role: party.raw_role,
            id: party.id,
            name: party.name,
            street: party.street,
            place: party.place.into(),
        })
    }
}

/// A named text: an attribute. A list and not an object, because order and repetition are the source's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Kebab-case name.
    pub name: String,
    /// Value.
    pub value: String,
}

impl From<(String, String)> for Named {
    fn from((name, value): (String, String)) -> Self {
        Self { name, value }
    }
}

impl From<Named> for (String, String) {
    fn from(named: Named) -> Self {
        (named.name, named.value)
    }
}

/// A named date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// `document`, `requested-delivery`, …
    pub name: String,
    /// When.
    pub at: Moment,
}

/// Every element converted; the two forms of a list.
pub(super) fn all<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}

/// Every element converted, or the first failure.
pub(super) fn try_all<A, B: TryFrom<A, Error = Error>>(list: Vec<A>) -> Result<Vec<B>, Error> {
    list.into_iter().map(B::try_from).collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn amounts_keep_their_places() {
        assert_eq!(decimal("124.17"), Some((12417, 2)));
        assert_eq!(decimal("-0.05"), Some((-5, 2)));
        assert_eq!(decimal("7"), Some((7, 0)));
        for bad in ["", "-", ".5", "1.", "1,5", "1.5.5", "+1", "1e3", "99999999999999999999"] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }
}
