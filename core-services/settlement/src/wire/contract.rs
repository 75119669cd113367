//! A contract's terms as JSON: what HTTP takes and shows, what is stored, and the data of `caravan.rate-contract.published`.

mod read;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::utc;

pub(crate) use read::{Published, contract, place};

/// A place or an area; what is left out is any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateArea)]
pub(crate) struct Area {
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// Postal code; of an area its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) postal_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) city: Option<String>,
}

/// A rate for weights up to a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateSlab)]
pub(crate) struct Slab {
    /// Up to and with so many kg; left out for the open end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "100")]
    pub(crate) up_to: Option<String>,
    /// `shipment`, `kg`, `cwt` (100 lb), `tonne`, `km`, `mile` or `package`.
    #[schema(example = "kg")]
    pub(crate) per: String,
    /// Decimal in the contract's currency.
    #[schema(example = "4.75")]
    pub(crate) amount: String,
}

/// A lane with its rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateLane)]
pub(crate) struct Lane {
    /// Its number in the contract.
    pub(crate) line: u32,
    #[serde(default)]
    pub(crate) origin: Area,
    #[serde(default)]
    pub(crate) destination: Area,
    /// Vehicle or service that it is for; left out for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    /// In the order of weight.
    pub(crate) slabs: Vec<Slab>,
    /// Least linehaul.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<String>,
}

/// A step of a fuel surcharge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateFuelStep)]
pub(crate) struct FuelStep {
    /// From which value of the index on.
    pub(crate) at_least: String,
    /// Per cent of the linehaul.
    pub(crate) percent: String,
}

/// A fuel surcharge by an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateFuel)]
pub(crate) struct Fuel {
    /// The index's name, as in `/v1/fuel-indexes`.
    pub(crate) index: String,
    pub(crate) steps: Vec<FuelStep>,
}

/// A charge beside linehaul and fuel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateAccessorial)]
pub(crate) struct Accessorial {
    pub(crate) line: u32,
    /// `detention`, `loading`, `unloading`, `oda`, `discount`, …
    pub(crate) code: String,
    /// As of a slab, or `hour`, or `percent` of the linehaul.
    pub(crate) per: String,
    pub(crate) amount: String,
    /// `pickup` or `delivery`, for time; left out for both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    /// Free time in minutes.
    #[serde(default)]
    pub(crate) free_minutes: i64,
    /// The step that is charged once begun, in minutes.
    #[serde(default = "an_hour")]
    pub(crate) step_minutes: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maximum: Option<String>,
    /// Due on every shipment, asked for or not.
    #[serde(default)]
    pub(crate) always: bool,
    /// The carrier's codes for it on its bills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bill_codes: Vec<String>,
}

fn an_hour() -> i64 {
    60
}

/// How far a bill may be off; a line passes when either holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateTolerance)]
pub(crate) struct Tolerance {
    pub(crate) absolute: String,
    pub(crate) percent: String,
}

/// How the carrier is taxed in India.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateTax)]
pub(crate) struct Tax {
    /// `reverse`, `forward-without-credit` or `forward-with-credit`: the agency's choice of the year.
    pub(crate) gst: String,
    /// State code of the carrier's GSTIN.
    #[schema(example = "27")]
    pub(crate) supplier_state: String,
    /// State code of our GSTIN.
    #[schema(example = "29")]
    pub(crate) recipient_state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pan: Option<String>,
    /// The carrier declared that it owns at most ten vehicles.
    #[serde(default)]
    pub(crate) small_operator: bool,
}

/// The terms of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateTerms)]
pub(crate) struct Terms {
    /// The carrier's SCAC or its name in the catalogue.
    pub(crate) carrier: String,
    /// The contract's name, one of its own for each carrier.
    pub(crate) name: String,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub(crate) currency: String,
    /// First day of shipment, `YYYY-MM-DD`.
    pub(crate) valid_from: String,
    /// Last day of shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) valid_to: Option<String>,
    pub(crate) lanes: Vec<Lane>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fuel: Option<Fuel>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accessorials: Vec<Accessorial>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tolerance: Option<Tolerance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tax: Option<Tax>,
}

/// A version of a contract, as shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateContractVersion)]
pub(crate) struct VersionOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) contract_id: Uuid,
    pub(crate) version: i32,
    /// `draft` or `published`.
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published_at: Option<String>,
    pub(crate) updated_at: String,
    pub(crate) updated_by: String,
    #[serde(flatten)]
    terms: Shown,
}

/// Terms that are shown with more beside them: what the description of what is sent refuses.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
struct Shown(Terms);

impl PartialSchema for Shown {
    fn schema() -> RefOr<Schema> {
        let mut schema = Terms::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.additional_properties = None;
        }
        schema
    }
}

impl ToSchema for Shown {
    fn name() -> Cow<'static, str> {
        "RateTermsShown".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Terms::schemas(schemas);
    }
}

impl VersionOut {
    pub(crate) fn new(row: &crate::store::contracts::Version, terms: Terms) -> Self {
        Self {
            contract_id: row.contract,
            version: row.version,
            status: if row.published_ms.is_some() { "published" } else { "draft" },
            published_at: row.published_ms.map(utc),
            updated_at: utc(row.updated_ms),
            updated_by: row.updated_by.clone(),
            terms: Shown(terms),
        }
    }
}

/// A contract in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateContract)]
pub(crate) struct ContractOut {
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    pub(crate) carrier: String,
    pub(crate) name: String,
    /// Its versions, from the first to the last.
    pub(crate) versions: Vec<VersionSummary>,
}

/// A version in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RateContractVersionSummary)]
pub(crate) struct VersionSummary {
    pub(crate) version: i32,
    pub(crate) status: &'static str,
    pub(crate) currency: String,
    pub(crate) valid_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_to: Option<String>,
}
