//! A shipment for whoever has a link to it: no caller, no tenant, only a token.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use caravan_tenancy::{Database, SystemTx, TenantTx};
use caravan_web::{Json, Path, Problem};

use super::exceptions::now_ms;
use crate::store::{etas, links};
use crate::wire::outside::OutsideOut;
use crate::{telemetry, token};

/// Most facts that are looked at: whoever opens a link again and again is to cost little.
const FACTS_MAX: i64 = 500;

/// Show a shipment to who has a link.
///
/// Without a key or a session. What a consignee may know: where it stands, what happened, what was promised and is expected. A token that
/// is wrong, has expired or was revoked is answered alike.
#[utoipa::path(
    get, path = "/v1/public/shipments/{token}", operation_id = "showPublicShipment", tag = "shipments",
    params(("token" = String, Path, description = "Of the link.")), security(()),
    responses((status = 200, body = OutsideOut), (status = 404, description = "`link-unknown`")),
)]
pub(super) async fn show(
    State(database): State<Database>,
    Path(token): Path<String>,
) -> Result<Json<OutsideOut>, Problem> {
    let shown = shown(&database, &token).await?;
    telemetry::opened(shown.is_some());
    shown.map(Json).ok_or_else(|| {
        let detail = "This link opens nothing, or no longer; ask whoever sent it for another.";
        Problem::not_found("link-unknown", detail)
    })
}

async fn shown(database: &Database, token: &str) -> Result<Option<OutsideOut>, Problem> {
    let Some(digest) = token::digest(token) else { return Ok(None) };
    let mut tx = SystemTx::begin(database).await?;
    let opened = links::open(&mut tx, &digest, now_ms()).await?;
    tx.commit().await?;
    let Some((tenant, shipment)) = opened else { return Ok(None) };
    let mut tx = TenantTx::read(database, tenant).await?;
    let row = links::outside(&mut tx, shipment).await?;
    let seen = links::seen(&mut tx, shipment, FACTS_MAX).await?;
    let told = etas::history(&mut tx, shipment).await?;
    tx.commit().await?;
    Ok(row.map(|row| OutsideOut::new(row, seen, &told)))
}

/// Nobody keeps the answer, lists its address or passes it on: the address is what opens it.
pub(super) async fn unlisted(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
