//! What may be shown of connections: everything but their secrets, of which name and age are told.

use std::collections::BTreeMap;

use caravan_model::ConnectionId;
use caravan_tenancy::TenantTx;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use crate::connection::{Connection, DoorKind};
use crate::store::{ConnectionStore, StoreError, connection};

/// Most connections that are listed.
const LIST_MAX: i64 = 1_000;

/// A connection with everything that may be shown of it.
#[derive(Debug, Clone)]
pub struct Managed {
    /// The connection itself.
    pub connection: Connection,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
    /// The last test of what is stored; none: saved untested.
    pub tested: Option<Tested>,
    /// Which secrets are set.
    pub secrets: Vec<SecretName>,
    /// SFTP user and its public keys.
    pub sftp: Option<(String, Vec<String>)>,
    /// Since when it has its webhook address.
    pub hook_ms: Option<i64>,
}

/// What the last test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tested {
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Whether every step passed.
    pub ok: bool,
}

/// A secret's name and age; its value is nobody's to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName {
    /// Slot of the manifest.
    pub slot: String,
    /// Field of the slot.
    pub field: String,
    /// When it was set, in milliseconds since 1970 UTC.
    pub set_ms: i64,
}

const SHOWN: &str = "SELECT c.*, (extract(epoch FROM c.created_at) * 1000)::bigint AS created_ms,
        (extract(epoch FROM c.updated_at) * 1000)::bigint AS updated_ms,
        (extract(epoch FROM c.tested_at) * 1000)::bigint AS tested_ms
   FROM hub.connections c WHERE c.tenant_id = $1";

impl ConnectionStore {
    /// The tenant's connections by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self, tx: &mut TenantTx) -> Result<Vec<Managed>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!("{SHOWN} ORDER BY c.name LIMIT $2")))
            .bind(tx.tenant().0)
            .bind(LIST_MAX)
            .fetch_all(tx.conn())
            .await?;
        shown(tx, &rows).await
    }

    /// One connection, whose row is locked until the transaction ends when `lock` is set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn one(
        &self,
        tx: &mut TenantTx,
        id: ConnectionId,
        lock: bool,
    ) -> Result<Option<Managed>, StoreError> {
        let lock = if lock { "FOR UPDATE OF c" } else { "" };
        let rows = sqlx::query(AssertSqlSafe(format!("{SHOWN} AND c.id = $2 {lock}")))
            .bind(tx.tenant().0)
            .bind(id.0)
            .fetch_all(tx.conn())
            .await?;
        Ok(shown(tx, &rows).await?.pop())
    }
}

/// The rows with their secrets' names and their doors.
async fn shown(tx: &mut TenantTx, rows: &[PgRow]) -> Result<Vec<Managed>, StoreError> {
    let tenant = tx.tenant();
    let mut all = rows
        .iter()
        .map(|row| {
            let tested: Option<i64> = row.try_get("tested_ms")?;
            let ok: Option<bool> = row.try_get("test_ok")?;
            Ok(Managed {
                connection: connection(tenant, row)?,
                created_ms: row.try_get("created_ms")?,
                updated_ms: row.try_get("updated_ms")?,
                tested: tested.zip(ok).map(|(at_ms, ok)| Tested { at_ms, ok }),
                secrets: Vec::new(),
                sftp: None,
                hook_ms: None,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let ids: Vec<Uuid> = all.iter().map(|one| one.connection.id.0).collect();
    let secrets = sqlx::query(
        "SELECT connection_id, slot, field, (extract(epoch FROM set_at) * 1000)::bigint AS set_ms
           FROM hub.connection_secrets WHERE tenant_id = $1 AND connection_id = ANY ($2) ORDER BY slot, field",
    )
    .bind(tenant.0)
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let doors = sqlx::query(
        "SELECT connection_id, kind, name, public_keys, (extract(epoch FROM made_at) * 1000)::bigint AS made_ms
           FROM hub.doors WHERE tenant_id = $1 AND connection_id = ANY ($2) ORDER BY made_at, name",
    )
    .bind(tenant.0)
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let mut by_id: BTreeMap<Uuid, &mut Managed> =
        all.iter_mut().map(|one| (one.connection.id.0, one)).collect();
    for row in &secrets {
        if let Some(one) = by_id.get_mut(&row.try_get::<Uuid, _>("connection_id")?) {
            one.secrets.push(SecretName {
                slot: row.try_get("slot")?,
                field: row.try_get("field")?,
                set_ms: row.try_get("set_ms")?,
            });
        }
    }
    for row in &doors {
        if let Some(one) = by_id.get_mut(&row.try_get::<Uuid, _>("connection_id")?) {
            read_door(one, row)?;
        }
    }
    Ok(all)
}

fn read_door(one: &mut Managed, row: &PgRow) -> Result<(), sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    if kind == DoorKind::Hook.as_str() {
        one.hook_ms = Some(row.try_get("made_ms")?);
        return Ok(());
    }
    let keys: Vec<String> = row.try_get("public_keys")?;
    // An account without keys is shut.
    if !keys.is_empty() {
        one.sftp = Some((row.try_get("name")?, keys));
    }
    Ok(())
}
