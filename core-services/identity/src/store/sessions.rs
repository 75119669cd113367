//! Sessions: found by the hash of their token before the tenant is known.

use core::time::Duration;

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
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
}

/// The session of that token hash, if it, its user, the membership and the tenant hold; notes its use, to the minute.
pub(crate) async fn find(tx: &mut SystemTx, digest: &[u8; 32]) -> Result<Option<Held>, Error> {
    let row = sqlx::query(
        "SELECT s.tenant_id, s.user_id, m.role, s.seen_at < now() - interval '1 minute' AS stale
           FROM sessions s
           JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
           JOIN users u ON u.user_id = s.user_id
           JOIN tenants t ON t.tenant_id = s.tenant_id
          WHERE s.digest = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
            AND s.seen_at > now() - make_interval(secs => $2)
            AND m.status = 'active' AND u.status = 'active' AND t.status = 'active'",
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
    digest: &[u8; 32],
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO sessions (tenant_id, digest, user_id, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4))",
    )
    .bind(tenant.0)
    .bind(digest.as_slice())
    .bind(user)
    .bind(ABSOLUTE.as_secs_f64())
    .execute(tx.conn())
    .await?;
    Ok(())
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

/// Lets go what ended long ago; the audit trail keeps who came when.
pub(crate) async fn clean(tx: &mut SystemTx) -> Result<(), Error> {
    for statement in [
        "DELETE FROM sessions WHERE expires_at < now() - interval '7 days'",
        "DELETE FROM invitations WHERE expires_at < now() - interval '7 days'",
    ] {
        sqlx::query(statement).execute(tx.conn()).await?;
    }
    Ok(())
}
