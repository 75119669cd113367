//! What came back from carriers: credit notes, and disputed bills that now come to less.

use caravan_model::TenantId;
use sqlx::PgConnection;

/// Credit notes, summed by currency in smallest units.
pub(crate) async fn by_notes(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT currency, sum(amount)::bigint FROM notes WHERE tenant_id = $1 AND kind = 'credit' GROUP BY currency",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await
}

/// A disputed bill that now comes to less; both amounts as the carrier wrote them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Lowered {
    pub(crate) currency: String,
    pub(crate) was: String,
    /// None when it was cancelled: nothing of it is paid.
    pub(crate) now: Option<String>,
}

/// Bills that were disputed and come to less than the version that was disputed first.
///
/// A bill whose correction changed the currency is left out: amounts of two currencies have no difference.
pub(crate) async fn by_disputes(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<Lowered>, sqlx::Error> {
    sqlx::query_as(
        "WITH disputed AS (
           SELECT invoice_id, min(opened_ms) AS opened_ms FROM disputes WHERE tenant_id = $1 GROUP BY invoice_id
         ), compared AS (
           SELECT i.currency, i.status,
                  was.data::jsonb -> 'total' AS was, now.data::jsonb -> 'total' AS now
             FROM disputed d
             JOIN invoices i ON i.tenant_id = $1 AND i.id = d.invoice_id
             JOIN LATERAL (
               SELECT data FROM invoice_versions v
                WHERE v.tenant_id = $1 AND v.invoice_id = i.id AND v.taken AND v.received_ms <= d.opened_ms
                ORDER BY v.version DESC LIMIT 1
             ) was ON true
             JOIN invoice_versions now ON now.tenant_id = $1 AND now.invoice_id = i.id AND now.version = i.version
         )
         SELECT currency, was ->> 'amount' AS was, CASE WHEN status <> 'cancelled' THEN now ->> 'amount' END AS now
           FROM compared
          WHERE was ->> 'currency' = now ->> 'currency'
            AND (status = 'cancelled' OR (now ->> 'amount')::numeric < (was ->> 'amount')::numeric)",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await
}
