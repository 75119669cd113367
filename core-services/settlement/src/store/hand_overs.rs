//! Hand-overs: files of approved bills, kept as they were given.

use caravan_model::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A hand-over without its file.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct HandOver {
    pub(crate) id: Uuid,
    pub(crate) invoices: i32,
    pub(crate) by: String,
    pub(crate) at_ms: i64,
}

/// Keeps one.
pub(crate) async fn add(
    connection: &mut PgConnection,
    tenant: TenantId,
    hand_over: &HandOver,
    content: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO hand_overs (tenant_id, id, invoices, content, by, at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.0)
    .bind(hand_over.id)
    .bind(hand_over.invoices)
    .bind(content)
    .bind(&hand_over.by)
    .bind(hand_over.at_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// The file of one.
pub(crate) async fn content(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT content FROM hand_overs WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.0)
        .bind(id)
        .fetch_optional(connection)
        .await
}

/// Hand-overs, the newest first, behind `after`, at most `max`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    after: Option<(i64, Uuid)>,
    max: i64,
) -> Result<Vec<HandOver>, sqlx::Error> {
    let (after_ms, after_id) = after.unzip();
    sqlx::query_as(
        "SELECT id, invoices, by, at_ms FROM hand_overs
          WHERE tenant_id = $1 AND ($2::bigint IS NULL OR at_ms < $2 OR (at_ms = $2 AND id > $3))
          ORDER BY at_ms DESC, id LIMIT $4",
    )
    .bind(tenant.0)
    .bind(after_ms)
    .bind(after_id)
    .bind(max)
    .fetch_all(connection)
    .await
}
