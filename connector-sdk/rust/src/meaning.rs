//! What a party's status code means to us: an entry of a profile's code table.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use caravan_model::{Direction, Leg, Status};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::text::Text;

/// `{"status": "returned", "leg": "return", "direction": "return", "reason": "refused-by-consignee"}`.
///
/// ```
/// use caravan_connector_sdk::{codes::Table, meaning::Meaning, model::Status};
/// let table: Table<Meaning> = serde_json::from_str(r#"{"SH005":{"status":"delivered","leg":"last-mile"}}"#).unwrap();
/// assert_eq!(table.get("SH005").map(|meaning| meaning.status), Some(Status::Delivered));
/// assert!(serde_json::from_str::<Meaning>(r#"{"status":"lost-in-space"}"#).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Meaning<'a> {
    /// What happened.
    #[serde(deserialize_with = "named")]
    pub status: Status,
    /// Part of the journey, when the code tells.
    #[serde(default, deserialize_with = "maybe_named")]
    pub leg: Option<Leg>,
    /// Forward, or return to origin, when the code tells.
    #[serde(default, deserialize_with = "maybe_named")]
    pub direction: Option<Direction>,
    /// Our reason, when the code tells.
    #[serde(borrow, default)]
    pub reason: Text<'a>,
}

fn named<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(Named(PhantomData))
}

fn maybe_named<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Text::deserialize(deserializer)?;
    let unknown = || D::Error::custom(format_args!("unknown value {:?}", text.as_str()));
    text.to_option().map(|text| text.parse().map_err(|_| unknown())).transpose()
}

struct Named<T>(PhantomData<T>);

impl<T: FromStr> Visitor<'_> for Named<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of the model's values")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(|_| E::custom(format_args!("unknown value {text:?}")))
    }
}
