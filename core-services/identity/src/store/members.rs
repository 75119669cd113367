//! A tenant's users, and their invitations.

use core::time::Duration;

use caravan_model::TenantId;
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::error::Error;

/// A membership with its user's address.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) user: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) status: String,
    pub(crate) version: i64,
    pub(crate) created_ms: i64,
    /// Last use of any of its sessions.
    pub(crate) seen_ms: Option<i64>,
}

const COLUMNS: &str = "SELECT m.user_id, u.email, m.name, m.role, m.status, m.version,
    (extract(epoch FROM m.created_at) * 1000)::bigint AS created_ms,
    (SELECT (extract(epoch FROM max(s.seen_at)) * 1000)::bigint FROM sessions s
      WHERE s.tenant_id = m.tenant_id AND s.user_id = m.user_id) AS seen_ms
  FROM memberships m JOIN users u ON u.user_id = m.user_id WHERE m.tenant_id = $1";

fn member(row: &PgRow) -> Result<Member, sqlx::Error> {
    Ok(Member {
        user: row.try_get("user_id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        status: row.try_get("status")?,
        version: row.try_get("version")?,
        created_ms: row.try_get("created_ms")?,
        seen_ms: row.try_get("seen_ms")?,
    })
}

/// Members behind `after`, by id, which is by age.
pub(crate) async fn list(
    tx: &mut TenantTx,
    after: Option<Uuid>,
    max: i64,
) -> Result<Vec<Member>, Error> {
    let tenant = tx.tenant();
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{COLUMNS} AND ($2::uuid IS NULL OR m.user_id > $2) ORDER BY m.user_id LIMIT $3"
    )))
    .bind(tenant.0)
    .bind(after)
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.iter().map(member).collect::<Result<_, _>>()?)
}

/// One member.
pub(crate) async fn find(tx: &mut TenantTx, user: Uuid) -> Result<Option<Member>, Error> {
    let tenant = tx.tenant();
    one(tx.conn(), tenant, user, "").await
}

/// One member, locked until the commit.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
    user: Uuid,
) -> Result<Option<Member>, Error> {
    one(connection, tenant, user, "FOR UPDATE OF m").await
}

async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    user: Uuid,
    lock: &str,
) -> Result<Option<Member>, Error> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} AND m.user_id = $2 {lock}")))
        .bind(tenant.0)
        .bind(user)
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().map(member).transpose()?)
}

/// Locks a tenant's active owners who can come in and names them: two of them cannot then both go at the same time. Where no passwords
/// are taken, only who is known by a provider can.
pub(crate) async fn lock_owners(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<Uuid>, Error> {
    // A statement of its own: the next one must see what it waited for.
    let taken = "SELECT passwords FROM tenants WHERE tenant_id = $1 FOR SHARE";
    let passwords: Option<bool> =
        sqlx::query_scalar(taken).bind(tenant.0).fetch_optional(&mut *connection).await?;
    Ok(sqlx::query_scalar(
        "SELECT m.user_id FROM memberships m WHERE m.tenant_id = $1 AND m.role = 'owner' AND m.status = 'active'
            AND ($2 OR EXISTS (SELECT 1 FROM subjects s WHERE s.tenant_id = $1 AND s.user_id = m.user_id))
          ORDER BY m.user_id FOR UPDATE OF m",
    )
    .bind(tenant.0)
    .bind(passwords.unwrap_or(true))
    .fetch_all(connection)
    .await?)
}

/// What a membership is to become.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Becomes<'a> {
    pub(crate) name: &'a str,
    pub(crate) role: &'a str,
    pub(crate) status: &'a str,
}

/// Makes or changes a membership.
pub(crate) async fn put(
    connection: &mut PgConnection,
    tenant: TenantId,
    user: Uuid,
    becomes: Becomes<'_>,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO memberships AS m (tenant_id, user_id, name, role, status) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, user_id) DO UPDATE
            SET name = excluded.name, role = excluded.role, status = excluded.status, version = m.version + 1",
    )
    .bind(tenant.0)
    .bind(user)
    .bind(becomes.name)
    .bind(becomes.role)
    .bind(becomes.status)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that a provider gave the place: no password opens it from then on.
pub(crate) async fn taken_by_provider(
    connection: &mut PgConnection,
    tenant: TenantId,
    user: Uuid,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE memberships SET taken_by = 'provider' WHERE tenant_id = $1 AND user_id = $2",
    )
    .bind(tenant.0)
    .bind(user)
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces a user's invitation into a tenant.
pub(crate) async fn put_invitation(
    tx: &mut SystemTx,
    tenant: TenantId,
    user: Uuid,
    digest: &[u8; 32],
    valid_for: Duration,
) -> Result<i64, Error> {
    drop_invitations(tx.conn(), tenant, user).await?;
    Ok(sqlx::query_scalar(
        "INSERT INTO invitations (tenant_id, digest, user_id, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4))
         RETURNING (extract(epoch FROM expires_at) * 1000)::bigint",
    )
    .bind(tenant.0)
    .bind(digest.as_slice())
    .bind(user)
    .bind(valid_for.as_secs_f64())
    .fetch_one(tx.conn())
    .await?)
}

/// Takes a user's invitations into a tenant away.
pub(crate) async fn drop_invitations(
    connection: &mut PgConnection,
    tenant: TenantId,
    user: Uuid,
) -> Result<(), Error> {
    sqlx::query("DELETE FROM invitations WHERE tenant_id = $1 AND user_id = $2")
        .bind(tenant.0)
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}

/// Who is invited by the token of that hash, and where. The row is locked: a token opens once.
pub(crate) async fn invited(
    tx: &mut SystemTx,
    digest: &[u8; 32],
) -> Result<Option<(TenantId, Uuid)>, Error> {
    let row: Option<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT i.tenant_id, i.user_id
           FROM invitations i JOIN memberships m ON m.tenant_id = i.tenant_id AND m.user_id = i.user_id
           JOIN tenants t ON t.tenant_id = i.tenant_id JOIN users u ON u.user_id = i.user_id
          WHERE i.digest = $1 AND i.expires_at > now() AND m.status = 'invited' AND t.status = 'active' AND u.status = 'active'
            FOR UPDATE OF i, m",
    )
    .bind(digest.as_slice())
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(tenant, user)| (TenantId(tenant), user)))
}
