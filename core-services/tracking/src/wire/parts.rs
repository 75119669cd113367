//! What milestones are made of, as callers see it.

use caravan_events::wire;
use caravan_model as model;
use serde::Serialize;
use utoipa::ToSchema;

/// A number by which somebody knows the shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reference)]
pub(crate) struct ReferenceOut {
    #[schema(example = "pro")]
    kind: String,
    #[schema(example = "1234567")]
    value: String,
}

impl From<model::Reference> for ReferenceOut {
    fn from(reference: model::Reference) -> Self {
        Self { kind: reference.kind, value: reference.value }
    }
}

/// What a fact is about: the shipment, or one of its parts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MilestoneScope)]
pub(crate) struct ScopeOut {
    #[schema(example = "shipment")]
    kind: String,
    /// The part's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl From<wire::Scope> for ScopeOut {
    fn from(scope: wire::Scope) -> Self {
        Self { kind: scope.kind, id: scope.id }
    }
}

impl From<model::Scope> for ScopeOut {
    fn from(scope: model::Scope) -> Self {
        Self { kind: scope.kind.as_str().to_owned(), id: scope.id }
    }
}

/// A code as the party sent it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RawCode)]
pub(crate) struct RawCodeOut {
    /// The code list that gives it meaning.
    #[schema(example = "x12/1650")]
    list: String,
    #[schema(example = "X3")]
    code: String,
    /// The party's wording.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl From<wire::RawCode> for RawCodeOut {
    fn from(raw: wire::RawCode) -> Self {
        Self { list: raw.list, code: raw.code, text: raw.text }
    }
}

/// Where something happened, as far as it is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MilestonePlace)]
pub(crate) struct PlaceOut {
    /// UN/LOCODE.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlocode: Option<String>,
    /// City or facility name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    /// The party's facility code.
    #[serde(skip_serializing_if = "Option::is_none")]
    facility: Option<String>,
    /// Latitude in 1e-7 degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    lat_e7: Option<i32>,
    /// Longitude in 1e-7 degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    lon_e7: Option<i32>,
}

impl From<wire::Place> for PlaceOut {
    fn from(place: wire::Place) -> Self {
        let wire::Place { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 } =
            place;
        Self { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 }
    }
}
