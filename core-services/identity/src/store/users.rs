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
    /// When it was set; the same password under another cost is not another password.
    pub(crate) set_us: Option<i64>,
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
        "SELECT u.user_id, u.status = 'active' AS active, p.phc, (extract(epoch FROM p.changed_at) * 1000000)::bigint AS set_us
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
            set_us: row.try_get("set_us")?,
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

/// Locks a user until the commit and says when its password was set. Whoever lets a user into a place, or gives it another password,
/// takes this lock, so that neither is decided by what the other has just changed.
pub(crate) async fn lock(tx: &mut SystemTx, user: Uuid) -> Result<Option<i64>, Error> {
    sqlx::query("SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE")
        .bind(user)
        .execute(tx.conn())
        .await?;
    // A statement of its own: it must see what the one before waited for.
    let set = "SELECT (extract(epoch FROM changed_at) * 1000000)::bigint FROM passwords WHERE user_id = $1";
    Ok(sqlx::query_scalar(set).bind(user).fetch_optional(tx.conn()).await?)
}

/// The tenants that a user's password opens, or would if they were not closed and the user not disabled there.
pub(crate) async fn places(tx: &mut SystemTx, user: Uuid) -> Result<Vec<TenantId>, Error> {
    let found: Vec<Uuid> = sqlx::query_scalar(
        "SELECT tenant_id FROM memberships WHERE user_id = $1 AND taken_by = 'password' AND status <> 'invited'
          ORDER BY tenant_id LIMIT 200",
    )
    .bind(user)
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(TenantId).collect())
}

/// Sets a user's password. A token for another one is void from then on.
pub(crate) async fn set_password(tx: &mut SystemTx, user: Uuid, phc: &str) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO passwords (user_id, phc) VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, changed_at = now()",
    )
    .bind(user)
    .bind(phc)
    .execute(tx.conn())
    .await?;
    sqlx::query("DELETE FROM resets WHERE user_id = $1").bind(user).execute(tx.conn()).await?;
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

const SEATS: &str = "SELECT m.tenant_id, t.name AS tenant_name, m.name, m.role
    FROM memberships m JOIN tenants t ON t.tenant_id = m.tenant_id JOIN users u ON u.user_id = m.user_id
   WHERE m.user_id = $1 AND m.status = 'active' AND t.status = 'active' AND u.status = 'active'";

/// Where a user may act now by its password, by the tenants' names. A place that a tenant's provider gave is none of these, nor is one
/// in a tenant that takes no passwords.
pub(crate) async fn seats(tx: &mut SystemTx, user: Uuid) -> Result<Vec<Seat>, Error> {
    let statement = format!(
        "{SEATS} AND m.taken_by = 'password' AND t.passwords ORDER BY t.name, m.tenant_id LIMIT 200"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(user).fetch_all(tx.conn()).await?;
    Ok(rows.iter().map(seat).collect::<Result<_, _>>()?)
}

/// A user's place in one tenant, however it was taken.
pub(crate) async fn seat_in(
    tx: &mut SystemTx,
    tenant: TenantId,
    user: Uuid,
) -> Result<Option<Seat>, Error> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SEATS} AND m.tenant_id = $2")))
        .bind(user)
        .bind(tenant.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.as_ref().map(seat).transpose()?)
}

fn seat(row: &sqlx::postgres::PgRow) -> Result<Seat, sqlx::Error> {
    Ok(Seat {
        tenant: TenantId(row.try_get("tenant_id")?),
        tenant_name: row.try_get("tenant_name")?,
        name: row.try_get("name")?,
        role: row.try_get("role")?,
    })
}
