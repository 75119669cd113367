//! A tenant's identity providers, and the logins by them that were completed.

use std::collections::BTreeMap;

use caravan_model::TenantId;
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::error::Error;

/// A provider, its secret sealed.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) id: Uuid,
    pub(crate) tenant: TenantId,
    pub(crate) set: Settings,
    pub(crate) secret: Vec<u8>,
    pub(crate) version: i64,
    pub(crate) created_ms: i64,
}

/// What a tenant says of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client: String,
    pub(crate) domains: Vec<String>,
    pub(crate) default_role: Option<String>,
    pub(crate) role_claim: Option<String>,
    pub(crate) roles: BTreeMap<String, String>,
}

impl core::fmt::Debug for Provider {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Provider")
            .field("id", &self.id)
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "SELECT p.provider_id, p.tenant_id, p.name, p.issuer, p.client_id, p.client_secret, p.domains,
    p.default_role, p.role_claim, p.role_map, p.version, (extract(epoch FROM p.created_at) * 1000)::bigint AS created_ms
  FROM identity_providers p";

fn provider(row: &PgRow) -> Result<Provider, sqlx::Error> {
    let roles: Json<BTreeMap<String, String>> = row.try_get("role_map")?;
    let set = Settings {
        name: row.try_get("name")?,
        issuer: row.try_get("issuer")?,
        client: row.try_get("client_id")?,
        domains: row.try_get("domains")?,
        default_role: row.try_get("default_role")?,
        role_claim: row.try_get("role_claim")?,
        roles: roles.0,
    };
    Ok(Provider {
        id: row.try_get("provider_id")?,
        tenant: TenantId(row.try_get("tenant_id")?),
        set,
        secret: row.try_get("client_secret")?,
        version: row.try_get("version")?,
        created_ms: row.try_get("created_ms")?,
    })
}

/// A tenant's providers behind `after`, by id, which is by age.
pub(crate) async fn list(
    tx: &mut TenantTx,
    after: Option<Uuid>,
    max: i64,
) -> Result<Vec<Provider>, Error> {
    let tenant = tx.tenant();
    let statement = format!(
        "{COLUMNS} WHERE p.tenant_id = $1 AND ($2::uuid IS NULL OR p.provider_id > $2) ORDER BY p.provider_id LIMIT $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(tenant.0)
        .bind(after)
        .bind(max)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.iter().map(provider).collect::<Result<_, _>>()?)
}

/// The sealed secrets of a tenant's providers, locked until the commit.
pub(crate) async fn sealed(tx: &mut TenantTx) -> Result<Vec<(Uuid, Vec<u8>)>, Error> {
    let tenant = tx.tenant();
    let all =
        "SELECT provider_id, client_secret FROM identity_providers WHERE tenant_id = $1 FOR UPDATE";
    Ok(sqlx::query_as(all).bind(tenant.0).fetch_all(tx.conn()).await?)
}

/// Replaces a sealed secret by the same one, sealed anew: to everybody else nothing has changed.
pub(crate) async fn set_sealed(tx: &mut TenantTx, id: Uuid, sealed: &[u8]) -> Result<(), Error> {
    let tenant = tx.tenant();
    let set = "UPDATE identity_providers SET client_secret = $3 WHERE tenant_id = $1 AND provider_id = $2";
    sqlx::query(set).bind(tenant.0).bind(id).bind(sealed).execute(tx.conn()).await?;
    Ok(())
}

/// One provider, locked until the commit.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Provider>, Error> {
    let statement = format!("{COLUMNS} WHERE p.tenant_id = $1 AND p.provider_id = $2 FOR UPDATE");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(tenant.0)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(row.as_ref().map(provider).transpose()?)
}

/// The provider that a login names, before its tenant is known; none where the tenant is closed, or where chance gave two tenants
/// one id.
pub(crate) async fn of_login(tx: &mut SystemTx, id: Uuid) -> Result<Option<Provider>, Error> {
    let statement = format!(
        "{COLUMNS} JOIN tenants t ON t.tenant_id = p.tenant_id WHERE p.provider_id = $1 AND t.status = 'active' LIMIT 2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(id).fetch_all(tx.conn()).await?;
    match rows.as_slice() {
        [row] => Ok(Some(provider(row)?)),
        _ => Ok(None),
    }
}

/// A provider as it is shown to whoever signs in.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) id: Uuid,
    pub(crate) name: String,
}

/// A tenant's providers by name, for the page where one signs in.
pub(crate) async fn ways(tx: &mut SystemTx, tenant: TenantId) -> Result<Vec<Way>, Error> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT provider_id, name FROM identity_providers WHERE tenant_id = $1 ORDER BY name, provider_id LIMIT 100",
    )
    .bind(tenant.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id, name)| Way { id, name }).collect())
}

/// How many a tenant has; others that make one wait until the commit.
pub(crate) async fn count(tx: &mut TenantTx) -> Result<i64, Error> {
    let tenant = tx.tenant();
    sqlx::query("SELECT 1 FROM tenants WHERE tenant_id = $1 FOR UPDATE")
        .bind(tenant.0)
        .execute(tx.conn())
        .await?;
    let count = "SELECT count(*) FROM identity_providers WHERE tenant_id = $1";
    Ok(sqlx::query_scalar(count).bind(tenant.0).fetch_one(tx.conn()).await?)
}

/// Makes a provider, or puts what is said of it in place of what was.
pub(crate) async fn put(
    tx: &mut TenantTx,
    id: Uuid,
    set: &Settings,
    secret: &[u8],
) -> Result<(), Error> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO identity_providers AS p
           (tenant_id, provider_id, name, issuer, client_id, client_secret, domains, default_role, role_claim, role_map)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant_id, provider_id) DO UPDATE
            SET name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id,
                client_secret = excluded.client_secret, domains = excluded.domains, default_role = excluded.default_role,
                role_claim = excluded.role_claim, role_map = excluded.role_map, version = p.version + 1",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(&set.name)
    .bind(&set.issuer)
    .bind(&set.client)
    .bind(secret)
    .bind(&set.domains)
    .bind(&set.default_role)
    .bind(&set.role_claim)
    .bind(Json(&set.roles))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a provider away.
pub(crate) async fn remove(tx: &mut TenantTx, id: Uuid) -> Result<(), Error> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM identity_providers WHERE tenant_id = $1 AND provider_id = $2")
        .bind(tenant.0)
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes that a login was completed; false when it was before.
pub(crate) async fn spend(
    tx: &mut SystemTx,
    tenant: TenantId,
    digest: &[u8; 32],
    expires_s: i64,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO spent_logins (tenant_id, digest, expires_at) VALUES ($1, $2, to_timestamp($3::bigint)) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(digest.as_slice())
    .bind(expires_s)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
