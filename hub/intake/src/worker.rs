//! Claims what is due and processes it: a lease and a counted attempt before the work starts.

use core::time::Duration;
use std::sync::Arc;

use caravan_model::{ConnectionId, TenantId};
use caravan_tenancy::SystemTx;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::documents::{DocumentKey, hash_of};
use crate::intake::Intake;

/// How long a document may stay with one worker without a sign of life.
pub(crate) const LEASE_S: i32 = 60;
/// How often the worker looks when nobody wakes it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Processes received documents until it is told to stop.
#[derive(Debug)]
pub struct Worker {
    intake: Intake,
    at_once: usize,
}

impl Worker {
    /// A worker that has at most `at_once` documents in hand.
    #[must_use]
    pub fn new(intake: Intake, at_once: usize) -> Self {
        Self { intake, at_once: at_once.max(1) }
    }

    /// Runs until `shutdown`. What is in hand then is finished first, but for documents of several portions: they are let go
    /// after the portion in hand, and read from their beginning by the next start. What they published keeps its ids.
    pub async fn run(self, shutdown: CancellationToken) {
        if let Err(error) = self.release().await {
            tracing::warn!(
                error = caravan_fault::error_chain(&error),
                "Leases of an earlier life could not be released."
            );
        }
        let places = Arc::new(Semaphore::new(self.at_once));
        let mut running = JoinSet::new();
        while !shutdown.is_cancelled() {
            while running.try_join_next().is_some() {}
            let free = places.available_permits();
            let claimed = if free == 0 { Vec::new() } else { self.claim(free).await };
            let idle = claimed.is_empty();
            for key in claimed {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
                let (intake, stop) = (self.intake.clone(), shutdown.clone());
                running.spawn(async move {
                    intake.process(key, &stop).await;
                    drop(place);
                });
            }
            if idle {
                tokio::select! {
                    () = self.intake.inner.arrived.notified() => {}
                    Some(_) = running.join_next() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = shutdown.cancelled() => {}
                }
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// An owner that starts again gives back what an earlier life of it held.
    async fn release(&self) -> Result<(), caravan_tenancy::Error> {
        let mut tx = SystemTx::begin(&self.intake.inner.database).await?;
        let released = sqlx::query(
            "UPDATE hub.documents SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = $1 AND status = 'processing'",
        )
        .bind(&self.intake.inner.owner)
        .execute(tx.conn())
        .await?
        .rows_affected();
        tx.commit().await?;
        if released > 0 {
            tracing::info!(
                released,
                "Documents that an earlier life had in hand are taken up again."
            );
        }
        Ok(())
    }

    async fn claim(&self, most: usize) -> Vec<DocumentKey> {
        match self.try_claim(most).await {
            Ok(keys) => keys,
            Err(error) => {
                tracing::error!(
                    error = caravan_fault::error_chain(&error),
                    "Due documents cannot be claimed."
                );
                Vec::new()
            }
        }
    }

    async fn try_claim(&self, most: usize) -> Result<Vec<DocumentKey>, caravan_tenancy::Error> {
        use sqlx::Row as _;
        let mut tx = SystemTx::begin(&self.intake.inner.database).await?;
        let rows = sqlx::query(
            "UPDATE hub.documents d
                SET status = 'processing', attempts = d.attempts + 1, lease_owner = $1,
                    lease_until = now() + make_interval(secs => $3)
              WHERE (d.tenant_id, d.connection_id, d.hash) IN (
                    SELECT c.tenant_id, c.connection_id, c.hash FROM hub.documents c
                     WHERE c.status IN ('received', 'processing') AND c.next_at <= now()
                       AND (c.lease_until IS NULL OR c.lease_until < now())
                     ORDER BY c.next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
              RETURNING d.tenant_id, d.connection_id, d.hash",
        )
        .bind(&self.intake.inner.owner)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .bind(f64::from(LEASE_S))
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        rows.iter()
            .map(|row| {
                Ok(DocumentKey {
                    tenant: TenantId(row.try_get("tenant_id")?),
                    connection: ConnectionId(row.try_get("connection_id")?),
                    hash: hash_of(row, "hash")?,
                })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()
            .map_err(Into::into)
    }
}
