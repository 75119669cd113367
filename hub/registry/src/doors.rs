//! Doors of connections. Their names are unique over all tenants, and stay taken for good: a name that one tenant gave to its
//! partner never leads to another tenant.

use caravan_model::ConnectionId;
use caravan_tenancy::TenantTx;

use crate::connection::DoorKind;
use crate::store::StoreError;

/// Opens a door of this name, or gives the one that is there these keys.
pub(crate) async fn open(
    tx: &mut TenantTx,
    id: ConnectionId,
    kind: DoorKind,
    name: &str,
    keys: &[String],
) -> Result<(), StoreError> {
    let tenant = tx.tenant();
    claim_name(tx, kind, name, id).await?;
    sqlx::query(
        "INSERT INTO hub.doors (tenant_id, connection_id, kind, name, public_keys)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, connection_id, kind, name) DO UPDATE SET public_keys = excluded.public_keys",
    )
    .bind(tenant.0)
    .bind(id.0)
    .bind(kind.as_str())
    .bind(name)
    .bind(keys)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Shuts the connection's SFTP accounts but the one of `but`: no key opens them any more, and the names stay its own.
pub(crate) async fn shut_sftp(
    tx: &mut TenantTx,
    id: ConnectionId,
    but: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE hub.doors SET public_keys = '{}'
          WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'sftp' AND name IS DISTINCT FROM $3",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(but)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Takes the connection's webhook addresses away.
pub(crate) async fn remove_hooks(tx: &mut TenantTx, id: ConnectionId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM hub.doors WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'hook'",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether the connection could have this SFTP account: nobody has it, or it is its own, or the tenant shut it elsewhere.
///
/// # Errors
/// When the database fails.
pub async fn account_is_free(
    tx: &mut TenantTx,
    user: &str,
    id: ConnectionId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT 1 FROM hub.door_names WHERE kind = 'sftp' AND name = $2)
             OR EXISTS (SELECT 1 FROM hub.doors WHERE tenant_id = $1 AND kind = 'sftp' AND name = $2
                                                  AND (connection_id = $3 OR public_keys = '{}'))",
    )
    .bind(tx.tenant().0)
    .bind(user)
    .bind(id.0)
    .fetch_one(tx.conn())
    .await
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
    if new == 1 {
        return Ok(());
    }
    // What the tenant shut at another connection of its own may move to this one.
    let moved = sqlx::query(
        "DELETE FROM hub.doors
          WHERE tenant_id = $1 AND connection_id <> $2 AND kind = $3 AND name = $4 AND kind = 'sftp' AND public_keys = '{}'",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(kind.as_str())
    .bind(name)
    .execute(tx.conn())
    .await?
    .rows_affected();
    let ours: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM hub.doors WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND name = $4)",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(kind.as_str())
    .bind(name)
    .fetch_one(tx.conn())
    .await?;
    if ours || moved > 0 { Ok(()) } else { Err(StoreError::NameTaken(kind.as_str())) }
}
