//! Parties of the catalogue, and what a connection to one is made of.

use axum::extract::State;
use caravan_hub_registry::{Component, Party};
use caravan_web::{Json, Page, Path, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::connections::wire::SampleIo;
use super::wire::PartyOut;
use crate::intake::Intake;

/// A party with what its connector does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartyListed {
    #[serde(flatten)]
    party: PartyOut,
    /// `tracking`, `files`, `webhooks`, `documents`, `tenders`, `settlements`; none while its connector is not installed.
    operations: Vec<&'static str>,
}

impl PartyListed {
    fn of(party: &Party, component: Option<&Component>) -> Self {
        let operations = component.map(|component| component.connector.operations());
        let has = operations.into_iter().flat_map(|operations| {
            [
                ("tracking", operations.tracking),
                ("files", operations.files),
                ("webhooks", operations.webhooks),
                ("documents", operations.documents),
                ("tenders", operations.tenders),
                ("settlements", operations.settlements),
            ]
        });
        let operations = has.filter_map(|(name, there)| there.then_some(name)).collect();
        Self { party: PartyOut::from(party), operations }
    }
}

/// A party with what its connector asks of a connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartyShown {
    #[serde(flatten)]
    party: PartyListed,
    /// What its connector does, in a few sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What the test of a connection asks about when nothing else is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<SampleIo>,
    /// JSON Schema (2020-12) of a connection to it: what a form is drawn from. Secrets are `writeOnly`, with a hint where their
    /// values are found; `x-bases` lists the connector's own base URLs by environment.
    #[schema(value_type = Object)]
    connection_schema: Value,
}

impl PartyShown {
    fn of(party: &Party, component: &Component) -> Self {
        let manifest = &component.manifest;
        Self {
            party: PartyListed::of(party, Some(component)),
            description: manifest.connector.description.clone(),
            sample: manifest.sample.as_ref().map(SampleIo::from),
            connection_schema: manifest.connection_schema(),
        }
    }
}

/// List the catalogue.
///
/// Every party that this Caravan can speak with, and how far that was verified.
#[utoipa::path(
    get, path = "/v1/parties", operation_id = "listParties", tag = "parties",
    security(("api_key" = ["parties:read"])),
    responses((status = 200, description = "All parties.", body = Page<PartyListed>)),
)]
pub(crate) async fn list(State(intake): State<Intake>) -> Json<Page<PartyListed>> {
    let registry = intake.registry();
    let listed = |party: &Party| PartyListed::of(party, registry.component(party));
    let items = registry.catalog().parties().iter().map(listed).collect();
    Json(Page { items, next: None })
}

/// Show a party.
///
/// With the JSON Schema of a connection to it.
#[utoipa::path(
    get, path = "/v1/parties/{party}", operation_id = "showParty", tag = "parties",
    params(("party" = String, Path, description = "Its key in the catalogue.")),
    security(("api_key" = ["parties:read"])),
    responses((status = 200, description = "The party.", body = PartyShown), (status = 404, description = "`party-not-found`")),
)]
pub(crate) async fn show(
    State(intake): State<Intake>,
    Path(id): Path<String>,
) -> Result<Json<PartyShown>, Problem> {
    let found = find(&intake, &id);
    let (party, component) = found.ok_or_else(|| {
        let detail = format!("there is no party {id:?}; `GET /v1/parties` lists those there are");
        Problem::not_found("party-not-found", detail)
    })?;
    Ok(Json(PartyShown::of(party, component)))
}

/// A party of the catalogue whose component is installed.
pub(crate) fn find<'a>(intake: &'a Intake, id: &str) -> Option<(&'a Party, &'a Component)> {
    let party = intake.registry().catalog().party(id)?;
    Some((party, intake.registry().component(party)?))
}
