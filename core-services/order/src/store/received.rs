//! Which of the ERPs' documents and carriers' answers were taken in: each event once.

use caravan_model::{RecordId, TenantId};
use sqlx::PgConnection;

use crate::domain::OrderId;

/// What became of an event.
#[derive(Debug, Clone)]
pub(crate) struct Receipt<'a> {
    pub(crate) event: RecordId,
    pub(crate) number: &'a str,
    pub(crate) purpose: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) order: Option<OrderId>,
    pub(crate) at_ms: i64,
}

/// Whether the event was taken in before.
pub(crate) async fn is_received(
    connection: &mut PgConnection,
    tenant: TenantId,
    event: RecordId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM received WHERE tenant_id = $1 AND event_id = $2)",
    )
    .bind(tenant.0)
    .bind(event.0)
    .fetch_one(connection)
    .await
}

/// Whether an order of this number was cancelled before we had it.
pub(crate) async fn cancelled_before(
    connection: &mut PgConnection,
    tenant: TenantId,
    number: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM received
                         WHERE tenant_id = $1 AND number = $2 AND purpose = 'cancel' AND outcome = 'unknown')",
    )
    .bind(tenant.0)
    .bind(number)
    .fetch_one(connection)
    .await
}

/// Notes what became of an event.
pub(crate) async fn write_receipt(
    connection: &mut PgConnection,
    tenant: TenantId,
    receipt: &Receipt<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO received (tenant_id, event_id, number, purpose, outcome, order_id, at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant.0)
    .bind(receipt.event.0)
    .bind(receipt.number)
    .bind(receipt.purpose)
    .bind(receipt.outcome)
    .bind(receipt.order.map(|order| order.0))
    .bind(receipt.at_ms)
    .execute(connection)
    .await
    .map(drop)
}
