//! Sessions: found by the hash of their token before the tenant is known.

use core::time::Duration;

use caravan_model::TenantId;
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::error::Error;

/// Without a request for so long, a session is over.
pub(crate) const IDLE: Duration = Duration::from_secs(30 * 60);
/// After so long it is over in any case.
pub(crate) const ABSOLUTE: Duration = Duration::from_secs(12 * 3_600);

/// A session that holds now.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) tenant: TenantId,
    pub(crate) user: Uuid,
    pub(crate) role: String,
    /// The identity provider that began it.
    pub(crate) provider: Option<Uuid>,
    /// Its name where sessions are listed; opens nothing.
    pub(crate) id: Uuid,
}

/// A session as its user sees it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) provider: Option<Uuid>,
    pub(crate) address: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) created_us: i64,
    pub(crate) seen_ms: i64,
    pub(crate) expires_ms: i64,
}

/// How a session begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct New<'a> {
    pub(crate) digest: &'a [u8; 32],
    pub(crate) provider: Option<Uuid>,
    pub(crate) address: Option<&'a str>,
    pub(crate) agent: Option<&'a str>,
}

/// The session of that token hash, if it, its user, the membership and the tenant hold; notes its use, to the minute.
pub(crate) async fn find(tx: &mut SystemTx, digest: &[u8; 32]) -> Result<Option<Held>, Error> {
    let row = sqlx::query(
        "SELECT s.tenant_id, s.user_id, s.provider_id, s.session_id, m.role, s.seen_at < now() - interval '1 minute' AS stale
           FROM sessions s
           JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
           JOIN users u ON u.user_id = s.user_id
           JOIN tenants t ON t.tenant_id = s.tenant_id
          WHERE s.digest = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
            AND s.seen_at > now() - make_interval(secs => $2)
            AND m.status = 'active' AND u.status = 'active' AND t.status = 'active'
            AND (t.passwords OR s.provider_id IS NOT NULL)",
    )
    .bind(digest.as_slice())
    .bind(IDLE.as_secs_f64())
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let held = Held {
        tenant: TenantId(row.try_get("tenant_id")?),
        user: row.try_get("user_id")?,
        role: row.try_get("role")?,
        provider: row.try_get("provider_id")?,
        id: row.try_get("session_id")?,
    };
    if row.try_get("stale")? {
        sqlx::query("UPDATE sessions SET seen_at = now() WHERE tenant_id = $1 AND digest = $2")
            .bind(held.tenant.0)
            .bind(digest.as_slice())
            .execute(tx.conn())
            .await?;
    }
    Ok(Some(held))
}

/// Begins a session.
pub(crate) async fn begin(
    tx: &mut SystemTx,
    tenant: TenantId,
    user: Uuid,
    new: New<'_>,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO sessions (tenant_id, digest, user_id, expires_at, provider_id, address, agent)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4), $5, $6, $7)",
    )
    .bind(tenant.0)
    .bind(new.digest.as_slice())
    .bind(user)
    .bind(ABSOLUTE.as_secs_f64())
    .bind(new.provider)
    .bind(new.address)
    .bind(new.agent)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A user's sessions in the tenant that hold now, behind `after` (when it began, and its id), the newest first.
pub(crate) async fn list(
    tx: &mut TenantTx,
    user: Uuid,
    after: Option<(i64, Uuid)>,
    max: i64,
) -> Result<Vec<Listed>, Error> {
    let tenant = tx.tenant();
    let (after_us, after_id) = after.unzip();
    let rows = sqlx::query(
        "SELECT session_id, provider_id, address, agent, created_us, seen_ms, expires_ms
           FROM (SELECT session_id, provider_id, address, agent, (extract(epoch FROM created_at) * 1000000)::bigint AS created_us,
                        (extract(epoch FROM seen_at) * 1000)::bigint AS seen_ms,
                        (extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms
                   FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > now()
                    AND seen_at > now() - make_interval(secs => $3)) held
          WHERE $4::bigint IS NULL OR (created_us, session_id) < ($4, $5)
          ORDER BY created_us DESC, session_id DESC LIMIT $6",
    )
    .bind(tenant.0)
    .bind(user)
    .bind(IDLE.as_secs_f64())
    .bind(after_us)
    .bind(after_id)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    let listed = |row: &PgRow| {
        Ok::<_, sqlx::Error>(Listed {
            id: row.try_get("session_id")?,
            provider: row.try_get("provider_id")?,
            address: row.try_get("address")?,
            agent: row.try_get("agent")?,
            created_us: row.try_get("created_us")?,
            seen_ms: row.try_get("seen_ms")?,
            expires_ms: row.try_get("expires_ms")?,
        })
    };
    Ok(rows.iter().map(listed).collect::<Result<_, _>>()?)
}

/// Ends one session of a user in the tenant; says whether it held.
pub(crate) async fn end_one(tx: &mut TenantTx, user: Uuid, id: Uuid) -> Result<bool, Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "UPDATE sessions SET revoked_at = now()
          WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3 AND revoked_at IS NULL AND expires_at > now()",
    )
    .bind(tenant.0)
    .bind(user)
    .bind(id)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the session of that token hash, in whichever tenant it is; says whose it was.
pub(crate) async fn end(
    tx: &mut SystemTx,
    digest: &[u8; 32],
) -> Result<Option<(TenantId, Uuid)>, Error> {
    let row: Option<(Uuid, Uuid)> = sqlx::query_as(
        "UPDATE sessions SET revoked_at = now() WHERE digest = $1 AND revoked_at IS NULL RETURNING tenant_id, user_id",
    )
    .bind(digest.as_slice())
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(tenant, user)| (TenantId(tenant), user)))
}

/// Ends all sessions of a user, in one tenant or in all.
pub(crate) async fn end_all(
    connection: &mut PgConnection,
    tenant: Option<TenantId>,
    user: Uuid,
) -> Result<u64, Error> {
    let done = sqlx::query(
        "UPDATE sessions SET revoked_at = now()
          WHERE user_id = $1 AND ($2::uuid IS NULL OR tenant_id = $2) AND revoked_at IS NULL",
    )
    .bind(user)
    .bind(tenant.map(|tenant| tenant.0))
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Ends all sessions that a provider began.
pub(crate) async fn end_of_provider(tx: &mut TenantTx, provider: Uuid) -> Result<u64, Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "UPDATE sessions SET revoked_at = now() WHERE tenant_id = $1 AND provider_id = $2 AND revoked_at IS NULL",
    )
    .bind(tenant.0)
    .bind(provider)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Ends all sessions of a tenant that a password began.
pub(crate) async fn end_of_passwords(tx: &mut TenantTx) -> Result<u64, Error> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "UPDATE sessions SET revoked_at = now() WHERE tenant_id = $1 AND provider_id IS NULL AND revoked_at IS NULL",
    )
    .bind(tenant.0)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Lets go what ended long ago; the audit trail keeps who came when.
pub(crate) async fn clean(tx: &mut SystemTx) -> Result<(), Error> {
    for statement in [
        "DELETE FROM sessions WHERE expires_at < now() - interval '7 days'",
        "DELETE FROM invitations WHERE expires_at < now() - interval '7 days'",
        "DELETE FROM spent_logins WHERE expires_at < now()",
        "DELETE FROM resets WHERE expires_at < now()",
    ] {
        sqlx::query(statement).execute(tx.conn()).await?;
    }
    Ok(())
}
