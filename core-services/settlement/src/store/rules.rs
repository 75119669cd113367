//! The tenant's rule of approval.

use caravan_model::TenantId;
use sqlx::PgConnection;

/// A rule as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct ApprovalRule {
    pub(crate) revision: i64,
    /// `off`, `matched` or `within-tolerance`.
    pub(crate) approve: String,
    pub(crate) up_to: Option<i64>,
    pub(crate) currency: Option<String>,
}

impl Default for ApprovalRule {
    fn default() -> Self {
        Self { revision: 0, approve: "off".to_owned(), up_to: None, currency: None }
    }
}

/// The rule in force; off when none was ever made.
pub(crate) async fn get(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<ApprovalRule, sqlx::Error> {
    sqlx::query_as(
        "SELECT revision, approve, up_to, currency FROM approval_rules WHERE tenant_id = $1",
    )
    .bind(tenant.0)
    .fetch_optional(connection)
    .await
    .map(Option::unwrap_or_default)
}

/// Makes or changes it.
pub(crate) async fn put(
    connection: &mut PgConnection,
    tenant: TenantId,
    rule: &ApprovalRule,
    by: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO approval_rules (tenant_id, revision, approve, up_to, currency, updated_by, updated_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant_id) DO UPDATE SET revision = excluded.revision, approve = excluded.approve,
           up_to = excluded.up_to, currency = excluded.currency, updated_by = excluded.updated_by,
           updated_ms = excluded.updated_ms",
    )
    .bind(tenant.0)
    .bind(rule.revision)
    .bind(&rule.approve)
    .bind(rule.up_to)
    .bind(&rule.currency)
    .bind(by)
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}
