//! The data of `caravan.rate-contract.published` as far as choosing a carrier needs it; its owner is the settlement service.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Per, Slab, micro};

/// A published version of a contract.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Contract {
    pub(crate) contract_id: Uuid,
    pub(crate) version: i32,
    pub(crate) carrier: String,
    pub(crate) currency: String,
    /// `YYYY-MM-DD`.
    pub(crate) valid_from: String,
    #[serde(default)]
    pub(crate) valid_to: Option<String>,
    #[serde(default)]
    pub(crate) lanes: Vec<Lane>,
}

/// A lane.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Lane {
    pub(crate) line: i32,
    #[serde(default)]
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) origin: AreaData,
    #[serde(default)]
    pub(crate) destination: AreaData,
    #[serde(default)]
    pub(crate) slabs: Vec<SlabData>,
    #[serde(default)]
    pub(crate) minimum: Option<String>,
}

/// Where a lane begins or ends.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct AreaData {
    #[serde(default)]
    pub(crate) country: Option<String>,
    #[serde(default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) postal_code: Option<String>,
    #[serde(default)]
    pub(crate) city: Option<String>,
}

/// A price up to a weight.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SlabData {
    #[serde(default)]
    pub(crate) up_to: Option<String>,
    pub(crate) per: String,
    pub(crate) amount: String,
}

/// A contract's text that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Not JSON of this shape.
    #[error("the data is not a rate contract's JSON")]
    Json(#[from] serde_json::Error),
    /// A number or a word that is none.
    #[error("lane {line} has a slab that cannot be read")]
    Slab {
        /// The lane's line.
        line: i32,
    },
    /// A date that is none.
    #[error("{text:?} is not a date")]
    Date {
        /// The text.
        text: String,
    },
}

impl Contract {
    /// Reads and checks an event's data.
    ///
    /// # Errors
    /// [`Error`] says what cannot be used.
    pub(crate) fn read(data: &str) -> Result<Self, Error> {
        let contract: Self = serde_json::from_str(data)?;
        for date in [Some(&contract.valid_from), contract.valid_to.as_ref()].into_iter().flatten() {
            if date.parse::<jiff::civil::Date>().is_err() || date.len() != 10 {
                return Err(Error::Date { text: date.clone() });
            }
        }
        for lane in &contract.lanes {
            let minimum = lane.minimum.as_deref().is_none_or(|text| micro(text).is_some());
            if !minimum || lane.slabs.iter().any(|slab| slab.read().is_none()) {
                return Err(Error::Slab { line: lane.line });
            }
        }
        Ok(contract)
    }
}

impl SlabData {
    fn read(&self) -> Option<Slab> {
        let up_to_kg = self.up_to.as_deref().map(|text| micro(text).ok_or(())).transpose().ok()?;
        Some(Slab { up_to_kg, per: Per::parse(&self.per)?, amount: micro(&self.amount)? })
    }
}

/// The form in which a lane's slabs are stored.
pub(crate) fn slabs_json(slabs: &[SlabData]) -> Result<String, serde_json::Error> {
    serde_json::to_string(slabs)
}

/// Reads what [`slabs_json`] wrote; none when this version cannot.
pub(crate) fn slabs_from_json(text: &str) -> Option<Vec<Slab>> {
    let slabs: Vec<SlabData> = serde_json::from_str(text).ok()?;
    slabs.iter().map(SlabData::read).collect()
}

/// The form in which a part of an area is stored and compared: upper case, empty for everything.
pub(crate) fn area_text(text: Option<&str>) -> String {
    text.unwrap_or_default().trim().to_uppercase()
}
