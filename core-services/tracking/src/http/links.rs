//! Links to shipments: made for somebody without a login, listed, revoked.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Path, Problem, Query};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::exceptions::{may, now_ms};
use super::{CANDIDATES_MAX, the_one};
use crate::domain::ShipmentId;
use crate::store;
use crate::store::links::{self, Link};
use crate::token;
use crate::wire::links::{LinkIn, LinkMadeOut, LinksOut};
use crate::wire::{TimelineQuery, utc};

/// Most links of one shipment that open at a time.
const LINKS_MAX: usize = 20;

/// Make a link to a shipment's public page.
///
/// Whoever has it sees, without a login, where the shipment stands, what happened and when it is expected, and nothing else. The answer
/// holds the token, this once; it opens for 30 days unless said. An `Idempotency-Key` is not heeded: a stored answer would be a stored
/// secret.
#[utoipa::path(
    post, path = "/v1/shipments/{reference}/links", operation_id = "makeShipmentLink", tag = "shipments",
    params(("reference" = String, Path, description = "Any number that the shipment is known by."), TimelineQuery),
    request_body = LinkIn, security(("api_key" = ["shipments:write"])),
    responses(
        (status = 201, body = LinkMadeOut), (status = 404, description = "`shipment-not-found`"),
        (status = 409, description = "`reference-ambiguous`, with `candidates`; `links-many`"),
        (status = 422, description = "`link-invalid`"),
    ),
)]
pub(super) async fn make(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(reference): Path<String>,
    Query(TimelineQuery { kind }): Query<TimelineQuery>,
    Json(wanted): Json<LinkIn>,
) -> Result<Response, Problem> {
    may(&caller)?;
    let now_ms = now_ms();
    let (note, expires_ms) = wanted.checked(now_ms)?;
    let (token, digest) = token::new();
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    // Until the commit the shipment does not become another, and nobody else makes its last link.
    store::lock(tx.conn(), caller.tenant).await?;
    let shipment = shipment(&mut tx, &reference, kind.as_deref()).await?;
    links::forget_expired(&mut tx, shipment, now_ms).await?;
    if links::live(&mut tx, shipment, now_ms).await?.len() >= LINKS_MAX {
        let detail = format!("The shipment has {LINKS_MAX} links; revoke one that nobody needs.");
        return Err(Problem::conflict("links-many", detail));
    }
    let id = Uuid::now_v7();
    let created_by = caller.principal.clone();
    let link = Link { id, note, created_by, created_ms: now_ms, expires_ms };
    links::add(&mut tx, (shipment, &digest), &link).await?;
    let detail =
        json!({ "shipment": reference.trim(), "note": link.note, "expires_at": utc(expires_ms) });
    audit(&mut tx, &caller, "link.made", id, detail).await?;
    tx.commit().await?;
    let token = token.expose_secret().to_owned();
    let path = format!("/track/{token}");
    let made = LinkMadeOut { link: link.into(), token, path };
    let mut response = (StatusCode::CREATED, Json(made)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// List a shipment's links.
///
/// Those that open, without their tokens, the newest first.
#[utoipa::path(
    get, path = "/v1/shipments/{reference}/links", operation_id = "listShipmentLinks", tag = "shipments",
    params(("reference" = String, Path, description = "Any number that the shipment is known by."), TimelineQuery),
    security(("api_key" = ["shipments:read"])),
    responses(
        (status = 200, body = LinksOut), (status = 404, description = "`shipment-not-found`"),
        (status = 409, description = "`reference-ambiguous`, with `candidates`"),
    ),
)]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(reference): Path<String>,
    Query(TimelineQuery { kind }): Query<TimelineQuery>,
) -> Result<Json<LinksOut>, Problem> {
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let shipment = shipment(&mut tx, &reference, kind.as_deref()).await?;
    let live = links::live(&mut tx, shipment, now_ms()).await?;
    tx.commit().await?;
    Ok(Json(LinksOut { items: live.into_iter().map(Into::into).collect() }))
}

/// Revoke a link.
///
/// It opens nothing from then on.
#[utoipa::path(
    delete, path = "/v1/shipments/{reference}/links/{id}", operation_id = "revokeShipmentLink", tag = "shipments",
    params(
        ("reference" = String, Path, description = "Any number that the shipment is known by."),
        ("id" = String, Path, format = "uuid"), TimelineQuery,
    ),
    security(("api_key" = ["shipments:write"])),
    responses(
        (status = 204, description = "revoked"), (status = 404, description = "`shipment-not-found`, `link-not-found`"),
        (status = 409, description = "`reference-ambiguous`, with `candidates`"),
    ),
)]
pub(super) async fn revoke(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((reference, id)): Path<(String, Uuid)>,
    Query(TimelineQuery { kind }): Query<TimelineQuery>,
) -> Result<StatusCode, Problem> {
    may(&caller)?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    let shipment = shipment(&mut tx, &reference, kind.as_deref()).await?;
    if !links::revoke(&mut tx, shipment, id, now_ms()).await? {
        let detail = "The shipment has no such link that opens; GET …/links lists those that do.";
        return Err(Problem::not_found("link-not-found", detail));
    }
    audit(&mut tx, &caller, "link.revoked", id, json!({ "shipment": reference.trim() })).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The one shipment that is meant.
async fn shipment(
    tx: &mut TenantTx,
    reference: &str,
    kind: Option<&str>,
) -> Result<ShipmentId, Problem> {
    let reference = reference.trim();
    let found = store::candidates(tx, reference, kind, CANDIDATES_MAX).await?;
    the_one(reference, &found)
}

/// Says in the trail who made or ended a link; never its token.
async fn audit(
    tx: &mut TenantTx,
    caller: &Caller,
    action: &str,
    id: Uuid,
    detail: Value,
) -> Result<(), Problem> {
    let subject = format!("link/{id}");
    let actor = &caller.principal;
    let entry = caravan_audit::Entry { actor, action, subject: &subject, detail };
    Ok(caravan_audit::record(tx, &entry).await?)
}
