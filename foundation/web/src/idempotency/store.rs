//! The rows of `idempotency_keys`, which the login role's search path finds in its service's own schema.

use axum::http::StatusCode;
use caravan_tenancy::TenantTx;
use sqlx::Row as _;

use super::{Answer, Attempt};

/// How many rows past their time one insert takes away with it.
const SWEPT_MAX: i64 = 100;

/// What a key got before.
pub(super) struct Stored {
    pub(super) digest: [u8; 32],
    pub(super) answer: Answer,
}

/// Whether this transaction is now the only one at this key; the lock ends with it. A hash collision refuses a stranger's request
/// for the moment, one in 2⁶⁴.
pub(super) async fn lock(
    tx: &mut TenantTx,
    attempt: &Attempt,
    key: &str,
) -> Result<bool, sqlx::Error> {
    let tenant = tx.tenant().to_string();
    sqlx::query_scalar(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(
           concat_ws(E'\\n', 'caravan.idempotency', current_schema(), $1, $2, $3, $4), 0))",
    )
    .bind(tenant)
    .bind(&attempt.principal)
    .bind(&attempt.route)
    .bind(key)
    .fetch_one(tx.conn())
    .await
}

/// The answer stored under `key` in the last 72 hours.
pub(super) async fn find(
    tx: &mut TenantTx,
    attempt: &Attempt,
    key: &str,
) -> Result<Option<Stored>, sqlx::Error> {
    let tenant = tx.tenant().0;
    let row = sqlx::query(
        "SELECT body_digest, status, location, version, body FROM idempotency_keys
          WHERE tenant_id = $1 AND principal = $2 AND route = $3 AND key = $4 AND created_at > now() - interval '72 hours'",
    )
    .bind(tenant)
    .bind(&attempt.principal)
    .bind(&attempt.route)
    .bind(key)
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let damaged = |column: &str| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: "not what was stored".into(),
    };
    let digest: Vec<u8> = row.try_get("body_digest")?;
    let status: i16 = row.try_get("status")?;
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    Ok(Some(Stored {
        digest: digest.try_into().map_err(|_| damaged("body_digest"))?,
        answer: Answer {
            status: status.ok_or_else(|| damaged("status"))?,
            location: row.try_get("location")?,
            version: row.try_get("version")?,
            body: row.try_get("body")?,
        },
    }))
}

/// Keeps `answer`, in the place of one that is past its time, and sweeps some others of the tenant that are.
pub(super) async fn insert(
    tx: &mut TenantTx,
    attempt: &Attempt,
    key: &str,
    answer: &Answer,
) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant().0;
    // Rows that another transaction is sweeping are its business.
    sqlx::query(
        "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM idempotency_keys WHERE tenant_id = $1 AND created_at <= now() - interval '72 hours'
            ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
    )
    .bind(tenant)
    .bind(SWEPT_MAX)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "INSERT INTO idempotency_keys (tenant_id, principal, route, key, body_digest, status, location, version, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, principal, route, key) DO UPDATE SET
           body_digest = excluded.body_digest, status = excluded.status, location = excluded.location,
           version = excluded.version, body = excluded.body, created_at = now()",
    )
    .bind(tenant)
    .bind(&attempt.principal)
    .bind(&attempt.route)
    .bind(key)
    .bind(attempt.digest.as_slice())
    .bind(i16::try_from(answer.status.as_u16()).unwrap_or(i16::MAX))
    .bind(&answer.location)
    .bind(answer.version)
    .bind(&answer.body)
    .execute(tx.conn())
    .await
    .map(drop)
}
