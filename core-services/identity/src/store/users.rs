//! Users over all tenants: found by address before a tenant is known.

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::Row as _;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::error::Error;

/// A user, and the hash of its password if it has one.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) active: bool,
    pub(crate) phc: Option<String>,
}

/// A tenant in which a user may act.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) tenant: TenantId,
    pub(crate) tenant_name: String,
    pub(crate) name: String,
    pub(crate) role: String,
}

/// The user of that address.
pub(crate) async fn by_email(tx: &mut SystemTx, email: &Email) -> Result<Option<User>, Error> {
    let row = sqlx::query(
        "SELECT u.user_id, u.status = 'active' AS active, p.phc
           FROM users u LEFT JOIN passwords p ON p.user_id = u.user_id WHERE u.email = $1",
    )
    .bind(email.as_str())
    .fetch_optional(tx.conn())
    .await?;
    let user = |row: sqlx::postgres::PgRow| {
        Ok::<_, sqlx::Error>(User {
            id: row.try_get("user_id")?,
            active: row.try_get("active")?,
            phc: row.try_get("phc")?,
        })
    };
    Ok(row.map(user).transpose()?)
}

/// A user's address.
pub(crate) async fn email_of(tx: &mut SystemTx, user: Uuid) -> Result<Option<String>, Error> {
    Ok(sqlx::query_scalar("SELECT email FROM users WHERE user_id = $1")
        .bind(user)
        .fetch_optional(tx.conn())
        .await?)
}

/// The user of that address, made if need be.
pub(crate) async fn ensure(tx: &mut SystemTx, email: &Email) -> Result<Uuid, Error> {
    sqlx::query(
        "INSERT INTO users (user_id, email) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING",
    )
    .bind(Uuid::now_v7())
    .bind(email.as_str())
    .execute(tx.conn())
    .await?;
    Ok(sqlx::query_scalar("SELECT user_id FROM users WHERE email = $1")
        .bind(email.as_str())
        .fetch_one(tx.conn())
        .await?)
}

/// Sets a user's password.
pub(crate) async fn set_password(tx: &mut SystemTx, user: Uuid, phc: &str) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO passwords (user_id, phc) VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, changed_at = now()",
    )
    .bind(user)
    .bind(phc)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stores the same password under another cost, unless it was changed meanwhile.
pub(crate) async fn renew_password(
    tx: &mut SystemTx,
    user: Uuid,
    old: &str,
    new: &str,
) -> Result<(), Error> {
    sqlx::query("UPDATE passwords SET phc = $3 WHERE user_id = $1 AND phc = $2")
        .bind(user)
        .bind(old)
        .bind(new)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Where a user may act now, by the tenants' names.
pub(crate) async fn seats(tx: &mut SystemTx, user: Uuid) -> Result<Vec<Seat>, Error> {
    let rows = sqlx::query(
        "SELECT m.tenant_id, t.name AS tenant_name, m.name, m.role
           FROM memberships m JOIN tenants t ON t.tenant_id = m.tenant_id JOIN users u ON u.user_id = m.user_id
          WHERE m.user_id = $1 AND m.status = 'active' AND t.status = 'active' AND u.status = 'active'
          ORDER BY t.name, m.tenant_id LIMIT 200",
    )
    .bind(user)
    .fetch_all(tx.conn())
    .await?;
    let seat = |row: &sqlx::postgres::PgRow| {
        Ok::<_, sqlx::Error>(Seat {
            tenant: TenantId(row.try_get("tenant_id")?),
            tenant_name: row.try_get("tenant_name")?,
            name: row.try_get("name")?,
            role: row.try_get("role")?,
        })
    };
    Ok(rows.iter().map(seat).collect::<Result<_, _>>()?)
}

/// Makes a tenant, or gives one its name.
pub(crate) async fn ensure_tenant(
    tx: &mut SystemTx,
    tenant: TenantId,
    name: &str,
) -> Result<bool, Error> {
    let made = sqlx::query_scalar(
        "INSERT INTO tenants (tenant_id, name) VALUES ($1, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name RETURNING xmax = 0",
    )
    .bind(tenant.0)
    .bind(name)
    .fetch_one(tx.conn())
    .await?;
    Ok(made)
}
