//! Rate contracts, their versions, and fuel indexes.

use caravan_model::TenantId;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use super::unreadable;
use crate::domain::contract::{Contract, IndexValue};
use crate::domain::rate::Tariff;
use crate::domain::ratio::Ratio;
use crate::wire::contract::{Published, Terms, contract};

/// A version's row.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) contract: Uuid,
    pub(crate) version: i32,
    pub(crate) revision: i64,
    pub(crate) terms: String,
    pub(crate) published_ms: Option<i64>,
    pub(crate) updated_ms: i64,
    pub(crate) updated_by: String,
}

impl Version {
    pub(crate) fn terms(&self) -> Result<Terms, sqlx::Error> {
        serde_json::from_str(&self.terms).map_err(unreadable)
    }
}

/// A contract in the list, with the columns of each of its versions.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) carrier: String,
    pub(crate) name: String,
    pub(crate) versions: Vec<(i32, bool, String, String, Option<String>)>,
}

const VERSION: &str = "contract_id, version, revision, terms, published_ms, updated_ms, updated_by";

fn version(row: &PgRow) -> Result<Version, sqlx::Error> {
    Ok(Version {
        contract: row.try_get("contract_id")?,
        version: row.try_get("version")?,
        revision: row.try_get("revision")?,
        terms: row.try_get("terms")?,
        published_ms: row.try_get("published_ms")?,
        updated_ms: row.try_get("updated_ms")?,
        updated_by: row.try_get("updated_by")?,
    })
}

/// The contract of this carrier and name, made if it is new.
pub(crate) async fn ensure(
    connection: &mut PgConnection,
    tenant: TenantId,
    terms: &Terms,
    by: &str,
    now_ms: i64,
) -> Result<(Uuid, bool), sqlx::Error> {
    let (carrier, name) = (terms.carrier.trim().to_uppercase(), terms.name.trim());
    let made: Option<Uuid> = sqlx::query_scalar(
        "INSERT INTO rate_contracts (tenant_id, id, carrier, name, created_ms, created_by)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, carrier, name) WHERE created_ms >= 0 DO NOTHING RETURNING id",
    )
    .bind(tenant.0)
    .bind(Uuid::now_v7())
    .bind(&carrier)
    .bind(name)
    .bind(now_ms)
    .bind(by)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(id) = made {
        return Ok((id, true));
    }
    let id = sqlx::query_scalar(
        "SELECT id FROM rate_contracts WHERE tenant_id = $1 AND carrier = $2 AND name = $3 AND created_ms >= 0",
    )
    .bind(tenant.0)
    .bind(&carrier)
    .bind(name)
    .fetch_one(connection)
    .await?;
    Ok((id, false))
}

/// Carrier and name of a contract.
pub(crate) async fn identity(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<(String, String)>, sqlx::Error> {
    sqlx::query_as("SELECT carrier, name FROM rate_contracts WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.0)
        .bind(id)
        .fetch_optional(connection)
        .await
}

/// Adds a draft as the next version and returns it.
pub(crate) async fn draft(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    terms: &Terms,
    by: &str,
    now_ms: i64,
) -> Result<Version, sqlx::Error> {
    let text = serde_json::to_string(terms).map_err(unreadable)?;
    let row = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO rate_contract_versions
           (tenant_id, contract_id, version, revision, currency, valid_from, valid_to, terms, updated_ms, updated_by)
         SELECT $1, $2, COALESCE(max(version), 0) + 1, 1, $3, $4::date, $5::date, $6, $7, $8
           FROM rate_contract_versions WHERE tenant_id = $1 AND contract_id = $2
         RETURNING {VERSION}"
    )))
    .bind(tenant.0)
    .bind(id)
    .bind(&terms.currency)
    .bind(&terms.valid_from)
    .bind(&terms.valid_to)
    .bind(text)
    .bind(now_ms)
    .bind(by)
    .fetch_one(connection)
    .await?;
    version(&row)
}

/// Replaces a draft's terms.
pub(crate) async fn edit(
    connection: &mut PgConnection,
    tenant: TenantId,
    row: &Version,
    terms: &Terms,
    by: &str,
    now_ms: i64,
) -> Result<Version, sqlx::Error> {
    let text = serde_json::to_string(terms).map_err(unreadable)?;
    let row = sqlx::query(AssertSqlSafe(format!(
        "UPDATE rate_contract_versions
            SET revision = revision + 1, currency = $4, valid_from = $5::date, valid_to = $6::date, terms = $7,
                updated_ms = $8, updated_by = $9
          WHERE tenant_id = $1 AND contract_id = $2 AND version = $3 AND published_ms IS NULL
         RETURNING {VERSION}"
    )))
    .bind(tenant.0)
    .bind(row.contract)
    .bind(row.version)
    .bind(&terms.currency)
    .bind(&terms.valid_from)
    .bind(&terms.valid_to)
    .bind(text)
    .bind(now_ms)
    .bind(by)
    .fetch_one(connection)
    .await?;
    version(&row)
}

/// Publishes a draft: from now on it never changes.
pub(crate) async fn publish(
    connection: &mut PgConnection,
    tenant: TenantId,
    row: &Version,
    by: &str,
    now_ms: i64,
) -> Result<Version, sqlx::Error> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "UPDATE rate_contract_versions
            SET revision = revision + 1, published_ms = $4, updated_ms = $4, updated_by = $5
          WHERE tenant_id = $1 AND contract_id = $2 AND version = $3 AND published_ms IS NULL
         RETURNING {VERSION}"
    )))
    .bind(tenant.0)
    .bind(row.contract)
    .bind(row.version)
    .bind(now_ms)
    .bind(by)
    .fetch_one(connection)
    .await?;
    version(&row)
}

/// Deletes a draft.
pub(crate) async fn delete(
    connection: &mut PgConnection,
    tenant: TenantId,
    row: &Version,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM rate_contract_versions
          WHERE tenant_id = $1 AND contract_id = $2 AND version = $3 AND published_ms IS NULL",
    )
    .bind(tenant.0)
    .bind(row.contract)
    .bind(row.version)
    .execute(connection)
    .await
    .map(drop)
}

/// One version. Whoever changes it holds [`lock`](super::lock) of its tenant.
pub(crate) async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    number: i32,
) -> Result<Option<Version>, sqlx::Error> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "SELECT {VERSION} FROM rate_contract_versions
          WHERE tenant_id = $1 AND contract_id = $2 AND version = $3"
    )))
    .bind(tenant.0)
    .bind(id)
    .bind(number)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(version).transpose()
}

/// A tenant's contracts by carrier and name, behind `after`, at most `max`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    carrier: Option<&str>,
    after: Option<(String, String)>,
    max: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let (after_carrier, after_name) = after.unzip();
    let found: Vec<(Uuid, String, String)> = sqlx::query_as(
        "SELECT id, carrier, name FROM rate_contracts
          WHERE tenant_id = $1 AND created_ms >= 0 AND ($2::text IS NULL OR carrier = $2)
            AND ($3::text IS NULL OR (carrier, name) > ($3, $4))
          ORDER BY carrier, name LIMIT $5",
    )
    .bind(tenant.0)
    .bind(carrier)
    .bind(after_carrier)
    .bind(after_name)
    .bind(max)
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.0).collect();
    let versions: Vec<(Uuid, i32, bool, String, String, Option<String>)> = sqlx::query_as(
        "SELECT v.* FROM unnest($2::uuid[]) AS w (id) CROSS JOIN LATERAL (
           SELECT contract_id, version, published_ms IS NOT NULL, currency, valid_from::text, valid_to::text
             FROM rate_contract_versions WHERE tenant_id = $1 AND contract_id = w.id OFFSET 0) v
          ORDER BY v.contract_id, v.version",
    )
    .bind(tenant.0)
    .bind(&ids)
    .fetch_all(connection)
    .await?;
    let listed = |(id, carrier, name)| Listed {
        id,
        carrier,
        name,
        versions: versions
            .iter()
            .filter(|row| row.0 == id)
            .map(|(_, n, published, currency, from, to)| {
                (*n, *published, currency.clone(), from.clone(), to.clone())
            })
            .collect(),
    };
    Ok(found.into_iter().map(listed).collect())
}

/// Everything published with these carriers, or with all, ready to rate by.
pub(crate) async fn tariff(
    connection: &mut PgConnection,
    tenant: TenantId,
    carriers: Option<&[String]>,
) -> Result<Tariff, sqlx::Error> {
    let rows: Vec<(Uuid, i32, i64, String)> = sqlx::query_as(
        "SELECT v.* FROM (
           SELECT id FROM rate_contracts
            WHERE tenant_id = $1 AND created_ms >= 0 AND ($2::text[] IS NULL OR carrier = ANY ($2)) OFFSET 0) c
          CROSS JOIN LATERAL (
           SELECT contract_id, version, published_ms, terms FROM rate_contract_versions
            WHERE tenant_id = $1 AND contract_id = c.id AND published_ms IS NOT NULL OFFSET 0) v",
    )
    .bind(tenant.0)
    .bind(carriers)
    .fetch_all(&mut *connection)
    .await?;
    let mut contracts: Vec<Contract> = Vec::with_capacity(rows.len());
    for (id, number, published_ms, terms) in rows {
        let terms: Terms = serde_json::from_str(&terms).map_err(unreadable)?;
        let version = u32::try_from(number).map_err(unreadable)?;
        let read = contract(&terms, Published { id, version, published_ms });
        contracts.push(read.map_err(|_| unreadable("a published contract cannot be read"))?);
    }
    Ok(Tariff::new(contracts, indexes(connection, tenant, None).await?))
}

/// Recorded values of the fuel indexes, or of one of them.
pub(crate) async fn indexes(
    connection: &mut PgConnection,
    tenant: TenantId,
    name: Option<&str>,
) -> Result<Vec<IndexValue>, sqlx::Error> {
    let rows: Vec<(String, String, i64, String)> = sqlx::query_as(
        "SELECT name, from_date::text, recorded_ms, value FROM fuel_indexes
          WHERE tenant_id = $1 AND ($2::text IS NULL OR name = $2)
          ORDER BY name, from_date DESC, recorded_ms DESC",
    )
    .bind(tenant.0)
    .bind(name)
    .fetch_all(connection)
    .await?;
    let value = |(index, from, recorded_ms, value): (String, String, i64, String)| {
        Some(IndexValue {
            index,
            from: from.parse().ok()?,
            value: Ratio::decimal(&value)?,
            recorded_ms,
        })
    };
    let values: Option<Vec<IndexValue>> = rows.into_iter().map(value).collect();
    values.ok_or_else(|| unreadable("a fuel index cannot be read"))
}

/// Records values, each for a day on.
pub(crate) async fn record_index(
    connection: &mut PgConnection,
    tenant: TenantId,
    name: &str,
    values: &[(String, String)],
    by: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let dates: Vec<&str> = values.iter().map(|value| value.0.as_str()).collect();
    let texts: Vec<&str> = values.iter().map(|value| value.1.as_str()).collect();
    sqlx::query(
        "INSERT INTO fuel_indexes (tenant_id, name, from_date, recorded_ms, value, recorded_by)
         SELECT $1, $2, v.day::date, $3, v.value, $4 FROM unnest($5::text[], $6::text[]) AS v (day, value)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(name)
    .bind(now_ms)
    .bind(by)
    .bind(dates)
    .bind(texts)
    .execute(connection)
    .await
    .map(drop)
}
