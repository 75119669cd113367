//! Parties of the catalogue, the tenant's connections, and what they watch.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Page, Path, Problem};

use super::erp::connection_of;
use super::unavailable;
use super::wire::{ConnectionOut, PartyOut, Watch, Watched};
use crate::intake::Intake;
use crate::poll;

/// Most references in one request.
const REFERENCES_MAX: usize = 1_000;
/// Longest reference.
const REFERENCE_BYTES_MAX: usize = 64;

/// List the catalogue.
///
/// Every party that this Caravan can speak with, and how far that was verified.
#[utoipa::path(
    get, path = "/v1/parties", operation_id = "listParties", tag = "parties",
    security(("api_key" = ["parties:read"])),
    responses((status = 200, description = "All parties.", body = Page<PartyOut>)),
)]
pub(crate) async fn parties(State(intake): State<Intake>) -> Json<Page<PartyOut>> {
    let items = intake.registry().catalog().parties().iter().map(PartyOut::from).collect();
    Json(Page { items, next: None })
}

/// List the connections.
///
/// Without their secrets, which nobody can read back.
#[utoipa::path(
    get, path = "/v1/connections", operation_id = "listConnections", tag = "connections",
    security(("api_key" = ["documents:read"])),
    responses((status = 200, description = "All connections of the tenant.", body = Page<ConnectionOut>)),
)]
pub(crate) async fn list(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Page<ConnectionOut>>, Problem> {
    let connections = intake.registry().connections().list(caller.tenant).await;
    let connections = connections.map_err(|error| unavailable(&error))?;
    let items = connections.into_iter().map(ConnectionOut::from).collect();
    Ok(Json(Page { items, next: None }))
}

/// Watch references.
///
/// The party is polled about them from now on.
#[utoipa::path(
    post, path = "/v1/connections/{connection}/watch", operation_id = "watchReferences", tag = "connections",
    params(("connection" = String, Path, description = "Id or name.")),
    request_body = Watch,
    security(("api_key" = ["documents:write", "connections:write"])),
    responses(
        (status = 200, description = "How many are watched.", body = Watched),
        (status = 400, description = "`bad-reference`, `too-many-references`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn watch(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(connection): Path<String>,
    Json(watch): Json<Watch>,
) -> Result<Json<Watched>, Problem> {
    if !caller.may("connections:write") {
        return Err(Problem::scope_missing("connections:write"));
    }
    let connection = connection_of(&intake, &caller, &connection).await?;
    let references: Vec<String> =
        watch.references.iter().map(|text| text.trim().to_owned()).collect();
    if references.len() > REFERENCES_MAX {
        let detail = format!("at most {REFERENCES_MAX} references a request");
        return Err(Problem::bad_request("too-many-references", detail));
    }
    if let Some(bad) =
        references.iter().find(|text| text.is_empty() || text.len() > REFERENCE_BYTES_MAX)
    {
        let detail = format!("{bad:?} is not 1 to {REFERENCE_BYTES_MAX} bytes long");
        return Err(Problem::bad_request("bad-reference", detail));
    }
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let kind = watch.kind.as_deref().unwrap_or("tracking");
    let interval_s = watch.interval_s.unwrap_or(900);
    let watched = poll::watch(&mut tx, connection, kind, references, interval_s).await?;
    tx.commit().await?;
    Ok(Json(Watched { watched }))
}
