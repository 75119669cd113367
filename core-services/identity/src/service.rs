//! The long-running part: lets go of what has ended.

use core::time::Duration;

use caravan_tenancy::SystemTx;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::identity::Identity;
use crate::store::{attempts, sessions};
use crate::telemetry;

/// How often.
const EVERY: Duration = Duration::from_secs(3_600);

/// The identity service's own work, ready to [`Service::run`].
#[derive(Debug)]
pub struct Service {
    identity: Identity,
}

impl Service {
    /// Cleans up behind `identity`.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self { identity }
    }

    /// Works until `shutdown`. Failures are logged and tried again an hour later.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = shutdown.cancelled() => return,
            }
            if let Err(error) = self.clean().await {
                telemetry::not_cleaned(&error);
            }
        }
    }

    async fn clean(&self) -> Result<(), Error> {
        let mut tx = SystemTx::begin(&self.identity.inner.database).await?;
        attempts::clean(&mut tx).await?;
        sessions::clean(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
