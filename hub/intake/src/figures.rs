//! What somebody who looks after a tenant asks of the hub: what waits for a person, and which parties do not answer.

use core::time::Duration;
use std::collections::HashMap;

use caravan_hub_registry::StoreError;
use caravan_model::TenantId;
use caravan_tenancy::TenantTx;

use crate::intake::Intake;
use crate::object::Space;

/// A tenant's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Documents that wait for an operator.
    pub quarantined: u64,
    /// Breakers of the tenant's connections that were asked since this process began.
    pub breakers: Vec<BreakerFigure>,
}

/// A breaker of a tenant's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerFigure {
    /// The connection's name.
    pub connection: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// `closed`, `open` or `half-open`.
    pub state: &'static str,
    /// How long calls are still refused.
    pub refuses_for: Duration,
}

impl Intake {
    /// The figures of `tenant`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn figures(&self, tenant: TenantId) -> Result<Figures, StoreError> {
        let mut tx = TenantTx::begin(self.database(), tenant).await?;
        let quarantined: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM hub.documents WHERE tenant_id = $1 AND status = 'quarantined'",
        )
        .bind(tenant.0)
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        let connections = self.registry().connections().list(tenant).await?;
        let names: HashMap<String, String> =
            connections.into_iter().map(|each| (each.id.to_string(), each.name)).collect();
        // Breakers of other tenants' connections have no name here.
        let breakers = self.inner.services.egress().breakers().into_iter().filter_map(|seen| {
            Some(BreakerFigure {
                connection: names.get(&*seen.key.connection)?.clone(),
                endpoint: seen.key.endpoint.to_string(),
                state: seen.state,
                refuses_for: seen.refuses_for,
            })
        });
        let quarantined = u64::try_from(quarantined).unwrap_or_default();
        Ok(Figures { quarantined, breakers: breakers.collect() })
    }

    /// How full the disk is that documents lie on.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn space(&self) -> std::io::Result<Space> {
        self.inner.objects.space()
    }
}
