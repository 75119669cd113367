//! A tenant's thresholds, and how far its shipments are brought to the last change of them.

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::wire::thresholds::ThresholdsIn;

/// Shipments that one step of [`apply`] looks through.
const STEP: i64 = 5_000;

/// Thresholds as stored, with their revision; 0 and nothing said while a tenant has none.
pub(crate) async fn get(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<(i64, ThresholdsIn), sqlx::Error> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT revision, data FROM thresholds WHERE tenant_id = $1")
            .bind(tenant.0)
            .fetch_optional(connection)
            .await?;
    match row {
        Some((revision, data)) => Ok((revision, read(&data)?)),
        None => Ok((0, ThresholdsIn::default())),
    }
}

/// What was stored.
pub(crate) fn read(data: &str) -> Result<ThresholdsIn, sqlx::Error> {
    serde_json::from_str(data).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Makes or changes them, from `revision` on; the tenant's shipments are then to be brought to them.
pub(crate) async fn put(
    connection: &mut PgConnection,
    tenant: TenantId,
    (revision, thresholds): (i64, &ThresholdsIn),
    by: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let data =
        serde_json::to_string(thresholds).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query(
        "INSERT INTO thresholds (tenant_id, revision, data, updated_by, updated_ms, applied_to)
         VALUES ($1, $2, $3, $4, $5, '00000000-0000-0000-0000-000000000000')
         ON CONFLICT (tenant_id) DO UPDATE SET revision = excluded.revision, data = excluded.data,
           updated_by = excluded.updated_by, updated_ms = excluded.updated_ms, applied_to = excluded.applied_to",
    )
    .bind(tenant.0)
    .bind(revision)
    .bind(data)
    .bind(by)
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// The tenants whose shipments are not all brought to their thresholds.
pub(crate) async fn changed(tx: &mut SystemTx) -> Result<Vec<TenantId>, sqlx::Error> {
    let tenants: Vec<Uuid> =
        sqlx::query_scalar("SELECT tenant_id FROM thresholds WHERE applied_to IS NOT NULL")
            .fetch_all(tx.conn())
            .await?;
    Ok(tenants.into_iter().map(TenantId).collect())
}

/// Has the next of a tenant's shipments looked at, for which the transaction holds the tenant's lock; those in a status of `over`
/// are let be.
pub(crate) async fn apply(
    tx: &mut SystemTx,
    tenant: TenantId,
    over: &[&str],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH step AS (
           SELECT s.id, s.status FROM thresholds t CROSS JOIN LATERAL (
             SELECT id, status FROM shipments
              WHERE tenant_id = $1 AND id > t.applied_to ORDER BY id LIMIT $2) AS s
            WHERE t.tenant_id = $1 AND t.applied_to IS NOT NULL),
         looked AS (
           UPDATE shipments s SET watch_ms = 0 FROM step
            WHERE s.tenant_id = $1 AND s.id = step.id AND step.status <> ALL ($3))
         UPDATE thresholds SET applied_to = (SELECT id FROM step ORDER BY id DESC LIMIT 1) WHERE tenant_id = $1",
    )
    .bind(tenant.0)
    .bind(STEP)
    .bind(over)
    .execute(tx.conn())
    .await
    .map(drop)
}
