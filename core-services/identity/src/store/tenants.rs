//! Tenants, as their operator keeps them.

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::error::Error;

/// A tenant, with what an operator looks for.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: TenantId,
    pub(crate) name: String,
    pub(crate) short_name: String,
    pub(crate) status: String,
    pub(crate) members: i64,
    /// Addresses of the owners, also of those who have not accepted yet.
    pub(crate) owners: Vec<String>,
    pub(crate) created_ms: i64,
}

/// What a tenant's owners see and say of it.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) id: TenantId,
    pub(crate) name: String,
    pub(crate) short_name: String,
    /// Whether its people may come in by a password.
    pub(crate) passwords: bool,
    pub(crate) version: i64,
}

/// A tenant's settings.
pub(crate) async fn find(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Option<Settings>, Error> {
    one(connection, tenant, "").await
}

/// A tenant's settings, locked until the commit. Taken before any lock on its members.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Option<Settings>, Error> {
    one(connection, tenant, "FOR NO KEY UPDATE").await
}

async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    lock: &str,
) -> Result<Option<Settings>, Error> {
    let statement = format!(
        "SELECT tenant_id, name, short_name, passwords, version FROM tenants WHERE tenant_id = $1 {lock}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(tenant.0)
        .fetch_optional(connection)
        .await?;
    let settings = |row: PgRow| {
        Ok::<_, sqlx::Error>(Settings {
            id: TenantId(row.try_get("tenant_id")?),
            name: row.try_get("name")?,
            short_name: row.try_get("short_name")?,
            passwords: row.try_get("passwords")?,
            version: row.try_get("version")?,
        })
    };
    Ok(row.map(settings).transpose()?)
}

/// Says whether a tenant's people may come in by a password.
pub(crate) async fn set_passwords(
    connection: &mut PgConnection,
    tenant: TenantId,
    passwords: bool,
) -> Result<(), Error> {
    sqlx::query("UPDATE tenants SET passwords = $2, version = version + 1 WHERE tenant_id = $1")
        .bind(tenant.0)
        .bind(passwords)
        .execute(connection)
        .await?;
    Ok(())
}

/// Has others that make or name a tenant wait until the commit: that a name is one tenant's only is held by this alone.
pub(crate) async fn lock_names(tx: &mut SystemTx) -> Result<(), Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('identity.tenants.names', 0))")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether a tenant has that name, in whatever case, or that short name.
pub(crate) async fn taken(tx: &mut SystemTx, name: &str, short: &str) -> Result<bool, Error> {
    let taken =
        "SELECT EXISTS (SELECT 1 FROM tenants WHERE lower(name) = lower($1) OR short_name = $2)";
    Ok(sqlx::query_scalar(taken).bind(name).bind(short).fetch_one(tx.conn()).await?)
}

/// Whether a tenant has that short name.
pub(crate) async fn is_short_name(tx: &mut SystemTx, short: &str) -> Result<bool, Error> {
    let taken = "SELECT EXISTS (SELECT 1 FROM tenants WHERE short_name = $1)";
    Ok(sqlx::query_scalar(taken).bind(short).fetch_one(tx.conn()).await?)
}

/// Makes a tenant, or gives one that is there its name; says whether it was made.
pub(crate) async fn put(
    tx: &mut SystemTx,
    tenant: TenantId,
    name: &str,
    short: &str,
) -> Result<bool, Error> {
    let made = sqlx::query_scalar(
        "INSERT INTO tenants (tenant_id, name, short_name) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name RETURNING xmax = 0",
    )
    .bind(tenant.0)
    .bind(name)
    .bind(short)
    .fetch_one(tx.conn())
    .await?;
    Ok(made)
}

/// The active tenant of that short name.
pub(crate) async fn of_short_name(
    tx: &mut SystemTx,
    short: &str,
) -> Result<Option<TenantId>, Error> {
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT tenant_id FROM tenants WHERE short_name = $1 AND status = 'active'",
    )
    .bind(short)
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(TenantId))
}

/// Whether there is an active tenant of that id.
pub(crate) async fn is_active(tx: &mut SystemTx, tenant: TenantId) -> Result<bool, Error> {
    let active = "SELECT EXISTS (SELECT 1 FROM tenants WHERE tenant_id = $1 AND status = 'active')";
    Ok(sqlx::query_scalar(active).bind(tenant.0).fetch_one(tx.conn()).await?)
}

/// Tenants behind `after`, by id, which is by age.
pub(crate) async fn list(
    tx: &mut SystemTx,
    after: Option<TenantId>,
    max: i64,
) -> Result<Vec<Listed>, Error> {
    let rows = sqlx::query(
        "SELECT t.tenant_id, t.name, t.short_name, t.status, (extract(epoch FROM t.created_at) * 1000)::bigint AS created_ms,
                (SELECT count(*) FROM memberships m WHERE m.tenant_id = t.tenant_id AND m.status <> 'disabled') AS members,
                ARRAY(SELECT u.email FROM memberships m JOIN users u ON u.user_id = m.user_id
                       WHERE m.tenant_id = t.tenant_id AND m.role = 'owner' AND m.status <> 'disabled' ORDER BY u.email) AS owners
           FROM tenants t WHERE $1::uuid IS NULL OR t.tenant_id > $1 ORDER BY t.tenant_id LIMIT $2",
    )
    .bind(after.map(|tenant| tenant.0))
    .bind(max)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.iter().map(listed).collect::<Result<_, _>>()?)
}

fn listed(row: &PgRow) -> Result<Listed, sqlx::Error> {
    Ok(Listed {
        id: TenantId(row.try_get("tenant_id")?),
        name: row.try_get("name")?,
        short_name: row.try_get("short_name")?,
        status: row.try_get("status")?,
        members: row.try_get("members")?,
        owners: row.try_get("owners")?,
        created_ms: row.try_get("created_ms")?,
    })
}
