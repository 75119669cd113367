//! Conflicts: somebody looked and says how it was resolved.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Idempotent, IfMatch, Path, Problem};
use uuid::Uuid;

use super::WRITE;
use super::problems::{invalid, may};
use super::run::{Asked, now_ms};
use crate::domain::Command;
use crate::store;
use crate::wire::{OrderOut, ReasonIn};

/// Resolve a conflict.
///
/// Say how; what was asked for stays readable in it.
#[utoipa::path(
    post, path = "/v1/orders/{id}/conflicts/{conflict}/resolve", operation_id = "resolveOrderConflict", tag = "orders",
    params(
        ("id" = String, Path, format = "uuid"), ("conflict" = String, Path, format = "uuid"),
        ("idempotency-key" = Option<String>, Header),
    ),
    request_body = ReasonIn, security(("api_key" = ["orders:write"])),
    responses(
        (status = 200, body = OrderOut),
        (status = 404, description = "`order-not-found`, `conflict-not-found`"),
        (status = 422, description = "`order-invalid`"),
    ),
)]
pub(super) async fn resolve(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path((id, conflict)): Path<(Uuid, Uuid)>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<ReasonIn>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let reason = body.read(true).map_err(invalid)?.unwrap_or_default();
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let asked = Asked { database, caller, id, expected: if_match.optional(), attempt };
    let order = asked.locked(&mut tx).await?;
    let (tenant, by) = (tx.tenant(), asked.caller.principal.clone());
    let how = (by.as_str(), reason.as_str(), now_ms());
    if !store::resolve(tx.conn(), tenant, order.id, conflict, how).await? {
        let detail = format!(
            "The order has no open conflict {conflict}; GET the order to see those it has."
        );
        return Err(Problem::not_found("conflict-not-found", detail));
    }
    asked.finish(tx, order, Command::Resolve, Some(reason)).await
}
