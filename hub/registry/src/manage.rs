//! Connections as people keep them: shown with what is set and never with secrets, made, changed by version, put to rest.
//!
//! Every change runs in the caller's transaction, so that its audit entry commits with it.

use std::collections::BTreeMap;

use caravan_model::ConnectionId;
use caravan_tenancy::TenantTx;
use secrecy::SecretString;
use sqlx::types::Json;

use crate::connection::{DoorKind, Environment, NewConnection, Paused};
use crate::doors;
use crate::store::{ConnectionStore, StoreError, hook_name};

/// What becomes of a connection's webhook address.
#[derive(Debug)]
pub enum HookChange {
    /// It stays as it is.
    Keep,
    /// There is none any more.
    Remove,
    /// There is a new one, and no other.
    New(SecretString),
}

/// The new state of a connection.
#[derive(Debug)]
pub struct Change {
    /// Name.
    pub name: String,
    /// Production or sandbox.
    pub environment: Environment,
    /// Granted base URLs by endpoint name.
    pub endpoints: BTreeMap<String, String>,
    /// Settings.
    pub settings: serde_json::Value,
    /// Secrets by slot and field, set anew; those that are not named stay.
    pub secrets: BTreeMap<String, BTreeMap<String, SecretString>>,
    /// SFTP user and its keys; none: no account.
    pub sftp: Option<(String, Vec<String>)>,
    /// The webhook address.
    pub hook: HookChange,
}

impl ConnectionStore {
    /// Makes a connection. `tested` is what its test came to; none: it was not tested.
    ///
    /// # Errors
    /// [`StoreError::NameUsed`], [`StoreError::NameTaken`], or when the database or the vault fails.
    pub async fn create(
        &self,
        tx: &mut TenantTx,
        new: &NewConnection,
        tested: Option<bool>,
    ) -> Result<(), StoreError> {
        let made = sqlx::query(
            "INSERT INTO hub.connections
               (tenant_id, id, party, name, environment, endpoints, settings, test_ok, tested_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $8 IS NOT NULL THEN now() END)",
        )
        .bind(tx.tenant().0)
        .bind(new.id.0)
        .bind(&new.party)
        .bind(&new.name)
        .bind(new.environment.as_str())
        .bind(Json(&new.endpoints))
        .bind(Json(&new.settings))
        .bind(tested)
        .execute(tx.conn())
        .await;
        made.map_err(|error| named(error, &new.name))?;
        self.open(tx, new).await
    }

    /// Brings a connection into a new state and wakes it, unless people put it to rest. What it polls is asked at once.
    ///
    /// # Errors
    /// As [`ConnectionStore::create`].
    pub async fn change(
        &self,
        tx: &mut TenantTx,
        id: ConnectionId,
        change: &Change,
        tested: Option<bool>,
    ) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "UPDATE hub.connections SET name = $3, environment = $4, endpoints = $5, settings = $6, test_ok = $7,
               tested_at = CASE WHEN $7 IS NOT NULL THEN now() END,
               paused_class = CASE WHEN paused_class = $8 THEN paused_class END,
               paused_reason = CASE WHEN paused_class = $8 THEN paused_reason END,
               version = version + 1, updated_at = now()
             WHERE tenant_id = $1 AND id = $2",
        )
        .bind(tx.tenant().0)
        .bind(id.0)
        .bind(&change.name)
        .bind(change.environment.as_str())
        .bind(Json(&change.endpoints))
        .bind(Json(&change.settings))
        .bind(tested)
        .bind(Paused::DISABLED)
        .execute(tx.conn())
        .await;
        changed.map_err(|error| named(error, &change.name))?;
        for (slot, fields) in &change.secrets {
            for (field, secret) in fields {
                self.set_secret(tx, id, (slot, field), secret).await?;
            }
        }
        let user = change.sftp.as_ref().map(|(user, _)| user.as_str());
        doors::shut_sftp(tx, id, user).await?;
        if let Some((user, keys)) = &change.sftp {
            doors::open(tx, id, DoorKind::Sftp, user, keys).await?;
        }
        if !matches!(change.hook, HookChange::Keep) {
            doors::remove_hooks(tx, id).await?;
        }
        if let HookChange::New(token) = &change.hook {
            doors::open(tx, id, DoorKind::Hook, &hook_name(token), &[]).await?;
        }
        Ok(ask_at_once(tx, id).await?)
    }

    /// Has a connection rest (`Some`), or go on (`None`).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rest(
        &self,
        tx: &mut TenantTx,
        id: ConnectionId,
        why: Option<&Paused>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE hub.connections SET paused_class = $3, paused_reason = $4, version = version + 1, updated_at = now()
              WHERE tenant_id = $1 AND id = $2",
        )
        .bind(tx.tenant().0)
        .bind(id.0)
        .bind(why.map(|why| &why.class))
        .bind(why.map(|why| &why.reason))
        .execute(tx.conn())
        .await?;
        Ok(ask_at_once(tx, id).await?)
    }

    /// Notes what a test of `version` came to; a change meanwhile is another matter, and keeps its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tested(
        &self,
        tx: &mut TenantTx,
        id: ConnectionId,
        version: i64,
        ok: bool,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE hub.connections SET tested_at = now(), test_ok = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3",
        )
        .bind(tx.tenant().0)
        .bind(id.0)
        .bind(version)
        .bind(ok)
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}

/// The wait after a failure was for what the connection was then.
async fn ask_at_once(tx: &mut TenantTx, id: ConnectionId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE hub.polls SET next_at = now(), attempts = 0 WHERE tenant_id = $1 AND connection_id = $2",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .execute(tx.conn())
    .await
    .map(drop)
}

fn named(error: sqlx::Error, name: &str) -> StoreError {
    let taken = error
        .as_database_error()
        .is_some_and(|database| database.constraint() == Some("connections_tenant_id_name_key"));
    if taken { StoreError::NameUsed(name.to_owned()) } else { error.into() }
}
