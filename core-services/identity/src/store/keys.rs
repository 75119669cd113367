//! API keys: found by their public part before the tenant is known.

use caravan_model::TenantId;
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::error::Error;

/// A key that holds now, and the hash of its whole.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) tenant: TenantId,
    pub(crate) digest: Vec<u8>,
    pub(crate) scopes: Vec<String>,
    pub(crate) networks: Vec<String>,
}

/// A key as it is listed.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) key_id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) networks: Vec<String>,
    pub(crate) created_by: String,
    pub(crate) created_ms: i64,
    pub(crate) expires_ms: Option<i64>,
    pub(crate) revoked_ms: Option<i64>,
    pub(crate) last_used_ms: Option<i64>,
}

const COLUMNS: &str = "SELECT key_id, name, scopes, networks, created_by,
    (extract(epoch FROM created_at) * 1000)::bigint AS created_ms,
    (extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms,
    (extract(epoch FROM revoked_at) * 1000)::bigint AS revoked_ms,
    (extract(epoch FROM last_used_at) * 1000)::bigint AS last_used_ms
  FROM api_keys WHERE tenant_id = $1";

/// The keys with this public part that hold: one, or none, or by a chance of one in 62^8 two tenants'.
pub(crate) async fn holding(tx: &mut SystemTx, key_id: &str) -> Result<Vec<Held>, Error> {
    let rows = sqlx::query(
        "SELECT k.tenant_id, k.digest, k.scopes, k.networks FROM api_keys k
          WHERE k.key_id = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
            AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.tenant_id = k.tenant_id AND t.status <> 'active')",
    )
    .bind(key_id)
    .fetch_all(tx.conn())
    .await?;
    let held = |row: &PgRow| {
        Ok::<_, sqlx::Error>(Held {
            tenant: TenantId(row.try_get("tenant_id")?),
            digest: row.try_get("digest")?,
            networks: row.try_get("networks")?,
            scopes: row.try_get("scopes")?,
        })
    };
    Ok(rows.iter().map(held).collect::<Result<_, _>>()?)
}

/// Notes a key's use, to the minute.
pub(crate) async fn used(tx: &mut SystemTx, tenant: TenantId, key_id: &str) -> Result<(), Error> {
    sqlx::query(
        "UPDATE api_keys SET last_used_at = now() WHERE tenant_id = $1 AND key_id = $2
            AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
    )
    .bind(tenant.0)
    .bind(key_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A key to be stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct New<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) digest: &'a [u8; 32],
    pub(crate) scopes: &'a [&'a str],
    /// From where it may be used; empty is from everywhere.
    pub(crate) networks: &'a [String],
    pub(crate) created_by: &'a str,
    pub(crate) expires_ms: Option<i64>,
}

/// Stores a key, or brings one to these scopes and this expiry; says whether anything changed.
pub(crate) async fn put(tx: &mut TenantTx, new: New<'_>) -> Result<bool, Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "INSERT INTO api_keys AS k (tenant_id, key_id, name, digest, scopes, created_by, expires_at, networks)
         VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::double precision / 1000), $8)
         ON CONFLICT (tenant_id, key_id) DO UPDATE SET scopes = excluded.scopes, expires_at = excluded.expires_at
          WHERE k.scopes <> excluded.scopes OR k.expires_at IS DISTINCT FROM excluded.expires_at",
    )
    .bind(tenant.0)
    .bind(new.key_id)
    .bind(new.name)
    .bind(new.digest.as_slice())
    .bind(new.scopes)
    .bind(new.created_by)
    .bind(new.expires_ms)
    .bind(new.networks)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Revokes a key; says whether it held.
pub(crate) async fn revoke(tx: &mut TenantTx, key_id: &str) -> Result<bool, Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "UPDATE api_keys SET revoked_at = now() WHERE tenant_id = $1 AND key_id = $2 AND revoked_at IS NULL",
    )
    .bind(tenant.0)
    .bind(key_id)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Revokes every key that a principal made and that holds; names them.
pub(crate) async fn revoke_made_by(
    tx: &mut TenantTx,
    principal: &str,
) -> Result<Vec<String>, Error> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "UPDATE api_keys SET revoked_at = now() WHERE tenant_id = $1 AND created_by = $2 AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > now()) RETURNING key_id",
    )
    .bind(tenant.0)
    .bind(principal)
    .fetch_all(tx.conn())
    .await?)
}

/// Keys behind `after` (a creation time and an id), the newest first.
pub(crate) async fn list(
    tx: &mut TenantTx,
    after: Option<(i64, String)>,
    max: i64,
) -> Result<Vec<Listed>, Error> {
    let tenant = tx.tenant();
    let (after_ms, after_id) = after.unzip();
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{COLUMNS} AND ($2::bigint IS NULL
            OR ((extract(epoch FROM created_at) * 1000)::bigint, key_id) < ($2, $3))
          ORDER BY (extract(epoch FROM created_at) * 1000)::bigint DESC, key_id DESC LIMIT $4"
    )))
    .bind(tenant.0)
    .bind(after_ms)
    .bind(after_id)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.iter().map(listed).collect::<Result<_, _>>()?)
}

/// One key of the tenant, also one that holds no more.
pub(crate) async fn find(tx: &mut TenantTx, key_id: &str) -> Result<Option<Listed>, Error> {
    let tenant = tx.tenant();
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} AND key_id = $2")))
        .bind(tenant.0)
        .bind(key_id)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.as_ref().map(listed).transpose()?)
}

fn listed(row: &PgRow) -> Result<Listed, sqlx::Error> {
    Ok(Listed {
        key_id: row.try_get("key_id")?,
        name: row.try_get("name")?,
        scopes: row.try_get("scopes")?,
        networks: row.try_get("networks")?,
        created_by: row.try_get("created_by")?,
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
        last_used_ms: row.try_get("last_used_ms")?,
    })
}

/// Valid keys that a principal made: who loses its place may have left some.
pub(crate) async fn made_by(tx: &mut TenantTx, principal: &str) -> Result<Vec<String>, Error> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT key_id FROM api_keys WHERE tenant_id = $1 AND created_by = $2 AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > now()) ORDER BY key_id LIMIT 200",
    )
    .bind(tenant.0)
    .bind(principal)
    .fetch_all(tx.conn())
    .await?)
}
