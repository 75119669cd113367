//! A connection's kept values in PostgreSQL: table `hub.connection_state`, one transaction a call.

use async_trait::async_trait;
use caravan_fault::error_chain;
use caravan_hub_sandbox::{StateError, StateItem};
use caravan_model::{ConnectionId, TenantId};
use caravan_tenancy::{Database, TenantTx};
use sqlx::Row as _;

use crate::state::{HOST_FAULT, KEYS_MAX, StateStore};

/// The values of one connection in the hub's schema.
#[derive(Debug, Clone)]
pub struct PostgresState {
    database: Database,
    tenant: TenantId,
    connection: ConnectionId,
}

impl PostgresState {
    /// The store of `connection`. `database` is the hub's.
    #[must_use]
    pub const fn new(database: Database, tenant: TenantId, connection: ConnectionId) -> Self {
        Self { database, tenant, connection }
    }

    async fn begin(&self) -> Result<TenantTx, StateError> {
        TenantTx::begin(&self.database, self.tenant).await.map_err(|error| unavailable(&error))
    }

    async fn version(&self, tx: &mut TenantTx, key: &str) -> Result<u64, StateError> {
        let row = sqlx::query(
            "SELECT version FROM hub.connection_state WHERE connection_id = $1 AND key = $2",
        )
        .bind(self.connection.0)
        .bind(key)
        .fetch_optional(tx.conn())
        .await
        .map_err(|error| unavailable(&error))?;
        row.map_or(Ok(0), |row| version_of(&row))
    }
}

const PUT_ALWAYS: &str = "INSERT INTO hub.connection_state AS kept (tenant_id, connection_id, key, value, version)
    SELECT $1, $2, $3, $4, 1
    WHERE EXISTS (SELECT 1 FROM hub.connection_state WHERE connection_id = $2 AND key = $3)
       OR (SELECT count(*) FROM hub.connection_state WHERE connection_id = $2) < $5
    ON CONFLICT (tenant_id, connection_id, key) DO UPDATE SET value = excluded.value, version = kept.version + 1
    RETURNING version";
const PUT_IF_ABSENT: &str =
    "INSERT INTO hub.connection_state (tenant_id, connection_id, key, value, version)
    SELECT $1, $2, $3, $4, 1
    WHERE (SELECT count(*) FROM hub.connection_state WHERE connection_id = $2) < $5
    ON CONFLICT (tenant_id, connection_id, key) DO NOTHING
    RETURNING version";
const PUT_IF_VERSION: &str = "UPDATE hub.connection_state SET value = $4, version = version + 1
    WHERE tenant_id = $1 AND connection_id = $2 AND key = $3 AND version = $5
    RETURNING version";

#[async_trait]
impl StateStore for PostgresState {
    async fn get(&self, key: &str) -> Result<Option<StateItem>, StateError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "SELECT value, version FROM hub.connection_state WHERE connection_id = $1 AND key = $2",
        )
        .bind(self.connection.0)
        .bind(key)
        .fetch_optional(tx.conn())
        .await
        .map_err(|error| unavailable(&error))?;
        tx.commit().await.map_err(|error| unavailable(&error))?;
        let Some(row) = row else { return Ok(None) };
        let value = row.try_get("value").map_err(|error| unavailable(&error))?;
        Ok(Some(StateItem { value, version: version_of(&row)? }))
    }

    async fn put(
        &self,
        key: &str,
        value: Vec<u8>,
        if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        let keys_max = i64::try_from(KEYS_MAX).unwrap_or(i64::MAX);
        let (statement, last) = match if_version {
            None => (PUT_ALWAYS, keys_max),
            Some(0) => (PUT_IF_ABSENT, keys_max),
            Some(version) => (PUT_IF_VERSION, i64::try_from(version).unwrap_or(i64::MAX)),
        };
        let mut tx = self.begin().await?;
        let row = sqlx::query(statement)
            .bind(self.tenant.0)
            .bind(self.connection.0)
            .bind(key)
            .bind(value)
            .bind(last)
            .fetch_optional(tx.conn())
            .await
            .map_err(|error| unavailable(&error))?;
        let Some(row) = row else {
            // Nothing was written: another version is there, or the connection has all the keys it may have.
            let now = self.version(&mut tx, key).await?;
            let conflict = if_version.is_some_and(|expected| expected != now);
            return Err(if conflict { StateError::Conflict(now) } else { StateError::TooLarge });
        };
        let version = version_of(&row)?;
        tx.commit().await.map_err(|error| unavailable(&error))?;
        Ok(version)
    }

    async fn delete(&self, key: &str) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM hub.connection_state WHERE connection_id = $1 AND key = $2")
            .bind(self.connection.0)
            .bind(key)
            .execute(tx.conn())
            .await
            .map_err(|error| unavailable(&error))?;
        tx.commit().await.map_err(|error| unavailable(&error))
    }
}

fn version_of(row: &sqlx::postgres::PgRow) -> Result<u64, StateError> {
    let version: i64 = row.try_get("version").map_err(|error| unavailable(&error))?;
    Ok(u64::try_from(version).unwrap_or(0))
}

/// The guest learns that it failed, the log why.
fn unavailable(error: &(dyn std::error::Error + 'static)) -> StateError {
    tracing::error!(error = error_chain(error), "connection state is unavailable");
    StateError::Other(HOST_FAULT.to_owned(), "the state store is unavailable".to_owned())
}
