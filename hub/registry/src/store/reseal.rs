//! Stored secrets of connections, sealed anew once the vault's key was changed.

use caravan_model::TenantId;
use caravan_tenancy::TenantTx;
use caravan_vault::{Place, Resealed};
use sqlx::Row as _;
use uuid::Uuid;

use super::{ConnectionStore, SECRETS, StoreError};

impl ConnectionStore {
    /// Seals a tenant's secrets under the vault's own key, where they are under the other one.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn reseal(&self, tenant: TenantId) -> Result<Resealed, StoreError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        // Locked, so that a secret that is set meanwhile is not set back.
        let rows = sqlx::query(
            "SELECT connection_id, slot, field, sealed FROM hub.connection_secrets WHERE tenant_id = $1 FOR UPDATE",
        )
        .bind(tenant.0)
        .fetch_all(tx.conn())
        .await?;
        let mut resealed = Resealed::default();
        for row in rows {
            let id: Uuid = row.try_get("connection_id")?;
            let (slot, field): (String, String) = (row.try_get("slot")?, row.try_get("field")?);
            let sealed: Vec<u8> = row.try_get("sealed")?;
            let connection = id.to_string();
            let place = Place { table: SECRETS, tenant, row: &[&connection, &slot, &field] };
            let Some(anew) = resealed.count(self.vault.reseal(&place, &sealed)) else { continue };
            sqlx::query(
                "UPDATE hub.connection_secrets SET sealed = $5
                  WHERE tenant_id = $1 AND connection_id = $2 AND slot = $3 AND field = $4",
            )
            .bind(tenant.0)
            .bind(id)
            .bind(&slot)
            .bind(&field)
            .bind(anew)
            .execute(tx.conn())
            .await?;
        }
        tx.commit().await?;
        Ok(resealed)
    }
}
