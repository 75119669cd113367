//! One order with everything about it.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{IfNoneMatch, Path, Problem};
use uuid::Uuid;

use super::READ;
use super::problems::{may, not_found};
use crate::domain::OrderId;
use crate::invariants;
use crate::store;
use crate::wire::{HistoryOut, OrderOut};

/// Show an order.
///
/// With its whole history, its tenders and its conflicts.
#[utoipa::path(
    get, path = "/v1/orders/{id}", operation_id = "showOrder", tag = "orders",
    params(("id" = String, Path, format = "uuid", description = "The order's id.")),
    security(("api_key" = ["orders:read"])),
    responses((status = 200, body = OrderOut), (status = 304), (status = 404, description = "`order-not-found`")),
)]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_none_match: IfNoneMatch,
) -> Result<Response, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let (tenant, order_id) = (caller.tenant, OrderId(id));
    let order = store::one(tx.conn(), tenant, order_id, false).await?;
    let order = order.ok_or_else(|| not_found(id))?;
    let history = store::history(tx.conn(), tenant, order_id).await?;
    debug_assert!(invariants::replay(&history).is_ok());
    let mut shown = OrderOut::from(&order);
    shown.history = Some(history.iter().map(HistoryOut::from).collect());
    shown.tenders = Some(store::tenders(tx.conn(), tenant, order_id).await?);
    shown.conflicts = Some(store::conflicts(tx.conn(), tenant, order_id).await?);
    tx.commit().await?;
    Ok(if_none_match.or(order.version.into(), shown))
}
