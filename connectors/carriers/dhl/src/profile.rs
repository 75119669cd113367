//! DHL's profile: what its codes mean. The data is `mappings/profiles/dhl/profile.json`.

use caravan_connector_sdk::codes::Table;
use caravan_connector_sdk::meaning::Meaning;
use caravan_connector_sdk::text::Text;
use caravan_connector_sdk::{Failure, json};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The part of the profile that this connector reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Profile<'a> {
    /// Zone of times without offset, when the profile names one.
    #[serde(borrow)]
    pub(crate) zone: Text<'a>,
    #[serde(borrow)]
    pub(crate) tables: Tables<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tables<'a> {
    /// The five simplified codes of all divisions.
    #[serde(borrow, rename = "statusCode")]
    pub(crate) status_code: Table<'a, Meaning<'a>>,
    /// Two-letter codes in `status` of the division parcel-de: finer than the simplified code.
    /// Raw, because most calls never need it and every call reads the profile.
    #[serde(borrow, rename = "parcel-de")]
    parcel_de: Option<&'a RawValue>,
}

impl<'a> Tables<'a> {
    /// The table of parcel-de; empty when the profile has none.
    ///
    /// # Errors
    /// `Unreadable` when it is not a table.
    pub(crate) fn parcel_de(&self) -> Result<Table<'a, Meaning<'a>>, Failure> {
        match self.parcel_de {
            Some(raw) => json::read(raw.get().as_bytes(), 0),
            None => Ok(Table::default()),
        }
    }
}
