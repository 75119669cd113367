//! Connections in the database.

mod reseal;

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_model::{ConnectionId, TenantId};
use caravan_tenancy::{Database, SystemTx, TenantTx};
use caravan_vault::{Place, Vault, VaultError};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Row as _;
use sqlx::types::Json;

use crate::connection::{Connection, Door, DoorKind, Environment, NewConnection, Paused};
use crate::doors;

/// Table of the secrets, as the vault knows it.
const SECRETS: &str = "connection_secrets";

/// Why connections could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The transaction failed.
    #[error("the connections cannot be reached")]
    Tenancy(#[from] caravan_tenancy::Error),
    /// A statement failed.
    #[error("the connections cannot be read or written")]
    Sql(#[from] sqlx::Error),
    /// A secret cannot be sealed or opened.
    #[error("a secret of the connection cannot be used")]
    Vault(#[from] VaultError),
    /// The door's name belongs to another connection.
    #[error("this {0} name is taken; choose another")]
    NameTaken(&'static str),
    /// Another connection of the tenant has this name.
    #[error("there is a connection {0:?} already")]
    NameUsed(String),
    /// A row holds what this version does not know.
    #[error("the connection {0} is stored in a form that this version does not know")]
    Form(ConnectionId),
}

/// Reads and writes connections.
#[derive(Debug, Clone)]
pub struct ConnectionStore {
    database: Database,
    vault: Arc<Vault>,
}

impl ConnectionStore {
    /// A store on the hub's database.
    #[must_use]
    pub fn new(database: Database, vault: Arc<Vault>) -> Self {
        Self { database, vault }
    }

    /// Creates the connection, or brings the one with this id to the given state and wakes it, unless people put it to rest.
    ///
    /// # Errors
    /// When the database or the vault fails; nothing is changed then.
    pub async fn put(&self, tenant: TenantId, new: &NewConnection) -> Result<(), StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        sqlx::query(
            "INSERT INTO hub.connections (tenant_id, id, party, name, environment, endpoints, settings)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (tenant_id, id) DO UPDATE SET party = excluded.party, name = excluded.name,
               environment = excluded.environment, endpoints = excluded.endpoints, settings = excluded.settings,
               paused_class = CASE WHEN connections.paused_class = $8 THEN $8 END,
               paused_reason = CASE WHEN connections.paused_class = $8 THEN connections.paused_reason END, version = connections.version + 1, updated_at = now()",
        )
        .bind(tenant.0)
        .bind(new.id.0)
        .bind(&new.party)
        .bind(&new.name)
        .bind(new.environment.as_str())
        .bind(Json(&new.endpoints))
        .bind(Json(&new.settings))
        .bind(Paused::DISABLED)
        .execute(tx.conn())
        .await?;
        self.open(&mut tx, new).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes secrets and doors of a connection that is there.
    pub(crate) async fn open(
        &self,
        tx: &mut TenantTx,
        new: &NewConnection,
    ) -> Result<(), StoreError> {
        for (slot, fields) in &new.secrets {
            for (field, secret) in fields {
                self.set_secret(tx, new.id, (slot, field), secret).await?;
            }
        }
        if let Some((user, keys)) = &new.sftp {
            doors::open(tx, new.id, DoorKind::Sftp, user, keys).await?;
        }
        if let Some(token) = &new.hook_token {
            doors::open(tx, new.id, DoorKind::Hook, &hook_name(token), &[]).await?;
        }
        Ok(())
    }

    pub(crate) async fn set_secret(
        &self,
        tx: &mut TenantTx,
        id: ConnectionId,
        (slot, field): (&str, &str),
        secret: &SecretString,
    ) -> Result<(), StoreError> {
        let tenant = tx.tenant();
        let connection = id.to_string();
        let place = Place { table: SECRETS, tenant, row: &[&connection, slot, field] };
        sqlx::query(
            "INSERT INTO hub.connection_secrets (tenant_id, connection_id, slot, field, sealed)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, connection_id, slot, field)
               DO UPDATE SET sealed = excluded.sealed, set_at = now()",
        )
        .bind(tenant.0)
        .bind(id.0)
        .bind(slot)
        .bind(field)
        .bind(self.vault.seal(&place, secret.expose_secret())?)
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// The tenant's connections, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, tenant: TenantId) -> Result<Vec<Connection>, StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        let rows = sqlx::query("SELECT * FROM hub.connections WHERE tenant_id = $1 ORDER BY name")
            .bind(tenant.0)
            .fetch_all(tx.conn())
            .await?;
        tx.commit().await?;
        rows.iter().map(|row| connection(tenant, row)).collect()
    }

    /// One connection, or none when this tenant has none with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(
        &self,
        tenant: TenantId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        let row = sqlx::query("SELECT * FROM hub.connections WHERE tenant_id = $1 AND id = $2")
            .bind(tenant.0)
            .bind(id.0)
            .fetch_optional(tx.conn())
            .await?;
        tx.commit().await?;
        row.map(|row| connection(tenant, &row)).transpose()
    }

    /// The connection's secrets, opened, by slot and field.
    ///
    /// # Errors
    /// When the database fails or a secret does not open.
    pub async fn secrets(
        &self,
        tenant: TenantId,
        id: ConnectionId,
    ) -> Result<BTreeMap<String, BTreeMap<String, SecretString>>, StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        let rows = sqlx::query(
            "SELECT slot, field, sealed FROM hub.connection_secrets WHERE connection_id = $1",
        )
        .bind(id.0)
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        let connection = id.to_string();
        let mut secrets: BTreeMap<String, BTreeMap<String, SecretString>> = BTreeMap::new();
        for row in rows {
            let (slot, field): (String, String) = (row.try_get("slot")?, row.try_get("field")?);
            let sealed: Vec<u8> = row.try_get("sealed")?;
            let place = Place { table: SECRETS, tenant, row: &[&connection, &slot, &field] };
            let secret = self.vault.unseal(&place, &sealed)?;
            secrets.entry(slot).or_default().insert(field, secret);
        }
        Ok(secrets)
    }

    /// Pauses a connection until somebody changes it: nothing is polled for it. `version` is the one that failed; a connection that
    /// was changed meanwhile goes on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pause(
        &self,
        tenant: TenantId,
        (id, version): (ConnectionId, i64),
        why: &Paused,
    ) -> Result<(), StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        sqlx::query(
            "UPDATE hub.connections SET paused_class = $4, paused_reason = $5
              WHERE tenant_id = $1 AND id = $2 AND version = $3 AND paused_class IS DISTINCT FROM $6",
        )
        .bind(tenant.0)
        .bind(id.0)
        .bind(version)
        .bind(&why.class)
        .bind(&why.reason)
        .bind(Paused::DISABLED)
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whose SFTP account this user name is, unless its connection is disabled. The one look-up that comes before a tenant is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sftp_door(&self, user: &str) -> Result<Option<Door>, StoreError> {
        self.door(DoorKind::Sftp, user).await
    }

    /// Whose webhook address this token is, unless its connection is disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hook_door(&self, token: &SecretString) -> Result<Option<Door>, StoreError> {
        self.door(DoorKind::Hook, &hook_name(token)).await
    }

    async fn door(&self, kind: DoorKind, name: &str) -> Result<Option<Door>, StoreError> {
        let mut tx = SystemTx::begin(&self.database).await?;
        let row = sqlx::query(
            "SELECT d.tenant_id, d.connection_id, d.public_keys FROM hub.doors d
               JOIN hub.connections c ON c.tenant_id = d.tenant_id AND c.id = d.connection_id
              WHERE d.kind = $1 AND d.name = $2 AND c.paused_class IS DISTINCT FROM $3",
        )
        .bind(kind.as_str())
        .bind(name)
        .bind(Paused::DISABLED)
        .fetch_optional(tx.conn())
        .await?;
        tx.commit().await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Door {
            tenant: TenantId(row.try_get("tenant_id")?),
            connection: ConnectionId(row.try_get("connection_id")?),
            public_keys: row.try_get("public_keys")?,
        }))
    }
}

/// A token is looked up by its hash, so that the table does not open doors to who reads it.
pub(crate) fn hook_name(token: &SecretString) -> String {
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.expose_secret().as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn connection(
    tenant: TenantId,
    row: &sqlx::postgres::PgRow,
) -> Result<Connection, StoreError> {
    let id = ConnectionId(row.try_get("id")?);
    let environment: String = row.try_get("environment")?;
    let class: Option<String> = row.try_get("paused_class")?;
    let reason: Option<String> = row.try_get("paused_reason")?;
    Ok(Connection {
        tenant,
        id,
        version: row.try_get("version")?,
        party: row.try_get("party")?,
        name: row.try_get("name")?,
        environment: Environment::parse(&environment).ok_or(StoreError::Form(id))?,
        endpoints: row.try_get::<Json<BTreeMap<String, String>>, _>("endpoints")?.0,
        settings: row.try_get::<Json<serde_json::Value>, _>("settings")?.0,
        paused: class.map(|class| Paused { class, reason: reason.unwrap_or_default() }),
    })
}
