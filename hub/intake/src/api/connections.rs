//! Parties of the catalogue, the tenant's connections, and what they watch.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use caravan_tenancy::{Caller, TenantTx};
use serde::Deserialize;
use serde_json::{Value, json};

use super::erp::connection_of;
use super::problem::Problem;
use crate::intake::Intake;
use crate::poll;

/// Most references in one request.
const REFERENCES_MAX: usize = 1_000;
/// Longest reference.
const REFERENCE_BYTES_MAX: usize = 64;

/// `GET /v1/parties`: the catalogue.
pub(crate) async fn parties(State(intake): State<Intake>) -> Json<Value> {
    let parties: Vec<Value> = intake
        .registry()
        .catalog()
        .parties()
        .iter()
        .map(|party| {
            json!({
                "id": party.id, "name": party.name, "modes": party.modes, "component": party.component,
                "profile": party.profile, "verification": party.verification.as_str(), "messages": party.messages,
                "scac": party.scac,
            })
        })
        .collect();
    Json(json!({ "parties": parties }))
}

/// `GET /v1/connections`: without their secrets, which nobody can read back.
pub(crate) async fn list(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, Problem> {
    let connections = intake.registry().connections().list(caller.tenant).await?;
    let shown: Vec<Value> = connections
        .iter()
        .map(|each| {
            let paused = each.paused.as_ref().map(|paused| json!({ "class": paused.class, "reason": paused.reason }));
            json!({
                "id": each.id.to_string(), "name": each.name, "party": each.party,
                "environment": each.environment.as_str(), "settings": each.settings, "paused": paused,
            })
        })
        .collect();
    Ok(Json(json!({ "connections": shown })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Watch {
    references: Vec<String>,
    /// Kind of the references; `tracking` unless said.
    kind: Option<String>,
    /// Seconds between two polls; 900 unless said, at least 1.
    interval_s: Option<i32>,
}

/// `POST /v1/connections/{connection}/watch`: poll the party about these references from now on.
pub(crate) async fn watch(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(connection): Path<String>,
    Json(watch): Json<Watch>,
) -> Result<Json<Value>, Problem> {
    if !caller.may("connections:write") {
        return Err(Problem::forbidden("connections:write"));
    }
    let connection = connection_of(&intake, &caller, &connection).await?;
    let references: Vec<String> =
        watch.references.iter().map(|text| text.trim().to_owned()).collect();
    if references.len() > REFERENCES_MAX {
        return Err(Problem::bad_request(
            "too-many-references",
            format!("at most {REFERENCES_MAX} references a request"),
        ));
    }
    if let Some(bad) =
        references.iter().find(|text| text.is_empty() || text.len() > REFERENCE_BYTES_MAX)
    {
        return Err(Problem::bad_request(
            "bad-reference",
            format!("{bad:?} is not 1 to {REFERENCE_BYTES_MAX} bytes long"),
        ));
    }
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let kind = watch.kind.as_deref().unwrap_or("tracking");
    let watched =
        poll::watch(&mut tx, connection, kind, references, watch.interval_s.unwrap_or(900)).await?;
    tx.commit().await?;
    Ok(Json(json!({ "watched": watched })))
}
