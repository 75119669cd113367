//! Connections in the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_model::{ConnectionId, TenantId};
use caravan_tenancy::{Database, SystemTx, TenantTx};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Row as _;
use sqlx::types::Json;

use crate::connection::{Connection, Door, DoorKind, Environment, NewConnection, Paused};
use crate::vault::{Place, Vault, VaultError};

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

    /// Creates the connection, or brings the one with this id to the given state.
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
               paused_class = NULL, paused_reason = NULL",
        )
        .bind(tenant.0)
        .bind(new.id.0)
        .bind(&new.party)
        .bind(&new.name)
        .bind(new.environment.as_str())
        .bind(Json(&new.endpoints))
        .bind(Json(&new.settings))
        .execute(tx.conn())
        .await?;
        for (slot, fields) in &new.secrets {
            for (field, secret) in fields {
                let place = Place { tenant, connection: new.id, slot, field };
                sqlx::query(
                    "INSERT INTO hub.connection_secrets (tenant_id, connection_id, slot, field, sealed)
                     VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (tenant_id, connection_id, slot, field) DO UPDATE SET sealed = excluded.sealed",
                )
                .bind(tenant.0)
                .bind(new.id.0)
                .bind(slot)
                .bind(field)
                .bind(self.vault.seal(&place, secret.expose_secret())?)
                .execute(tx.conn())
                .await?;
            }
        }
        let sftp = new.sftp.iter().map(|(user, keys)| (DoorKind::Sftp, user.clone(), keys.clone()));
        let hook =
            new.hook_token.iter().map(|token| (DoorKind::Hook, hook_name(token), Vec::new()));
        for (kind, name, keys) in sftp.chain(hook) {
            claim_name(&mut tx, kind, &name, new.id).await?;
            sqlx::query(
                "INSERT INTO hub.doors (tenant_id, connection_id, kind, name, public_keys)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant_id, connection_id, kind, name) DO UPDATE SET public_keys = excluded.public_keys",
            )
            .bind(tenant.0)
            .bind(new.id.0)
            .bind(kind.as_str())
            .bind(name)
            .bind(keys)
            .execute(tx.conn())
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The tenant's connections, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, tenant: TenantId) -> Result<Vec<Connection>, StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        let rows =
            sqlx::query("SELECT * FROM hub.connections ORDER BY name").fetch_all(tx.conn()).await?;
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
        let row = sqlx::query("SELECT * FROM hub.connections WHERE id = $1")
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
        let mut secrets: BTreeMap<String, BTreeMap<String, SecretString>> = BTreeMap::new();
        for row in rows {
            let (slot, field): (String, String) = (row.try_get("slot")?, row.try_get("field")?);
            let sealed: Vec<u8> = row.try_get("sealed")?;
            let place = Place { tenant, connection: id, slot: &slot, field: &field };
            let secret = self.vault.unseal(&place, &sealed)?;
            secrets.entry(slot).or_default().insert(field, secret);
        }
        Ok(secrets)
    }

    /// Pauses a connection until somebody changes it: nothing is polled and nothing processed for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pause(
        &self,
        tenant: TenantId,
        id: ConnectionId,
        why: &Paused,
    ) -> Result<(), StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        sqlx::query(
            "UPDATE hub.connections SET paused_class = $2, paused_reason = $3 WHERE id = $1",
        )
        .bind(id.0)
        .bind(&why.class)
        .bind(&why.reason)
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whose SFTP account this user name is. The one look-up that comes before a tenant is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sftp_door(&self, user: &str) -> Result<Option<Door>, StoreError> {
        self.door(DoorKind::Sftp, user).await
    }

    /// Whose webhook address this token is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hook_door(&self, token: &SecretString) -> Result<Option<Door>, StoreError> {
        self.door(DoorKind::Hook, &hook_name(token)).await
    }

    async fn door(&self, kind: DoorKind, name: &str) -> Result<Option<Door>, StoreError> {
        let mut tx = SystemTx::begin(&self.database).await?;
        let row = sqlx::query("SELECT tenant_id, connection_id, public_keys FROM hub.doors WHERE kind = $1 AND name = $2")
            .bind(kind.as_str())
            .bind(name)
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

/// Makes a door's name this connection's, unless it is another's.
async fn claim_name(
    tx: &mut TenantTx,
    kind: DoorKind,
    name: &str,
    id: ConnectionId,
) -> Result<(), StoreError> {
    let new = sqlx::query(
        "INSERT INTO hub.door_names (kind, name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(kind.as_str())
    .bind(name)
    .execute(tx.conn())
    .await?
    .rows_affected();
    let ours: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM hub.doors WHERE connection_id = $1 AND kind = $2 AND name = $3)",
    )
    .bind(id.0)
    .bind(kind.as_str())
    .bind(name)
    .fetch_one(tx.conn())
    .await?;
    if new == 1 || ours { Ok(()) } else { Err(StoreError::NameTaken(kind.as_str())) }
}

/// A token is looked up by its hash, so that the table does not open doors to who reads it.
fn hook_name(token: &SecretString) -> String {
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.expose_secret().as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn connection(tenant: TenantId, row: &sqlx::postgres::PgRow) -> Result<Connection, StoreError> {
    let id = ConnectionId(row.try_get("id")?);
    let environment: String = row.try_get("environment")?;
    let class: Option<String> = row.try_get("paused_class")?;
    let reason: Option<String> = row.try_get("paused_reason")?;
    Ok(Connection {
        tenant,
        id,
        party: row.try_get("party")?,
        name: row.try_get("name")?,
        environment: Environment::parse(&environment).ok_or(StoreError::Form(id))?,
        endpoints: row.try_get::<Json<BTreeMap<String, String>>, _>("endpoints")?.0,
        settings: row.try_get::<Json<serde_json::Value>, _>("settings")?.0,
        paused: class.map(|class| Paused { class, reason: reason.unwrap_or_default() }),
    })
}
