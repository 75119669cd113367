//! The HTTP side, for the tenant of the caller: endpoints, a test, deliveries with their tries, sending again.
//!
//! Looking needs `webhooks:read`, doing `webhooks:write`; and nobody chooses, redirects or wakes a kind of event that he may not read.

mod checks;
mod deliveries;
mod trial;
mod webhooks;

use axum::Router;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::Problem;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::notification::Parts;

const READ: &str = "webhooks:read";
pub(crate) const WRITE: &str = "webhooks:write";

#[derive(utoipa::OpenApi)]
#[openapi(tags((name = "webhooks", description = "Events brought to addresses of your own, signed by Standard Webhooks.")))]
struct Api;

fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(trial::test))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::show))
        .routes(routes!(deliveries::resend))
        .routes(routes!(deliveries::recover))
}

pub(crate) fn router(parts: Parts) -> Router {
    let (router, _) = routes().split_for_parts();
    router.with_state(parts)
}

/// The routes' OpenAPI 3.1 description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

/// Refuses a caller without `scope`.
fn may(caller: &Caller, scope: &str) -> Result<(), Problem> {
    if caller.may(scope) { Ok(()) } else { Err(Problem::scope_missing(scope)) }
}

fn not_found() -> Problem {
    let detail = "There is no such webhook; GET /v1/webhooks lists yours.";
    Problem::not_found("webhook-not-found", detail)
}

/// Writes the trail's entry, as the last statement but the commit.
async fn audit(
    tx: &mut TenantTx,
    caller: &Caller,
    action: &str,
    webhook: Uuid,
    detail: serde_json::Value,
) -> Result<(), Problem> {
    let subject = format!("webhook/{webhook}");
    let entry =
        caravan_audit::Entry { actor: &caller.principal, action, subject: &subject, detail };
    Ok(caravan_audit::record(tx, &entry).await?)
}
