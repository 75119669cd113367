//! A tenant's thresholds over HTTP: from when on goods are halted, silent, late or detained.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Idempotent, IfMatch, Problem, Tagged};
use serde_json::json;

use super::exceptions::{may, now_ms};
use crate::store::{self, thresholds};
use crate::wire::thresholds::{ThresholdsIn, ThresholdsOut};

/// Show the thresholds.
///
/// From when on goods are halted, silent, late or detained: what was said, and what it comes to.
#[utoipa::path(
    get, path = "/v1/shipments/thresholds", operation_id = "showThresholds", tag = "exceptions",
    security(("api_key" = ["shipments:read"])), responses((status = 200, body = ThresholdsOut)),
)]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
) -> Result<Tagged<ThresholdsOut>, Problem> {
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let (revision, said) = thresholds::get(tx.conn(), caller.tenant).await?;
    tx.commit().await?;
    Ok(Tagged { version: revision, body: said.into() })
}

/// Change the thresholds.
///
/// They replace those that were there; what is left out holds as by default. Every open shipment is looked at again: exceptions that
/// no rule finds any more are resolved, new ones opened. Needs `if-match`.
#[utoipa::path(
    put, path = "/v1/shipments/thresholds", operation_id = "changeThresholds", tag = "exceptions",
    params(("if-match" = String, Header), ("idempotency-key" = Option<String>, Header)),
    request_body = ThresholdsIn, security(("api_key" = ["shipments:write"])),
    responses(
        (status = 200, body = ThresholdsOut), (status = 412, description = "`version-conflict`, with `current`"),
        (status = 422, description = "`thresholds-invalid`"), (status = 428, description = "`precondition-required`"),
    ),
)]
pub(super) async fn change(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<ThresholdsIn>,
) -> Result<Response, Problem> {
    may(&caller)?;
    let expected = if_match.required()?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    // Two changes one after the other, and none between a consumer's reading of them and its writing.
    store::lock(tx.conn(), caller.tenant).await?;
    let (revision, before) = thresholds::get(tx.conn(), caller.tenant).await?;
    expected.check(revision, &ThresholdsOut::from(before.clone()))?;
    body.check()?;
    let revision = revision.saturating_add(1);
    let new = (revision, &body);
    thresholds::put(tx.conn(), caller.tenant, new, &caller.principal, now_ms()).await?;
    let answer = Answer::new(StatusCode::OK, &ThresholdsOut::from(body.clone()))?.version(revision);
    let response = attempt.store(&mut tx, answer).await?;
    let entry = caravan_audit::Entry {
        actor: &caller.principal,
        action: "thresholds.changed",
        subject: "thresholds",
        detail: json!({ "was": before, "is": body }),
    };
    caravan_audit::record(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(response)
}
