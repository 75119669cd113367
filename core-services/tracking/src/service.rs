//! The long-running part: a member of the consumer group `tracking`.

use std::sync::Arc;

use caravan_event_log::{Consumer, EventLog};
use caravan_events::Kind;
use caravan_tenancy::Database;
use tokio_util::sync::CancellationToken;

use crate::consumer::Milestones;

/// The consumer group; its name is stored with its offsets, so it never changes.
const GROUP: &str = "tracking";

/// The tracking service, ready to [`Service::run`]. Several may run at once, in one process or many.
pub struct Service {
    consumer: Consumer,
}

impl Service {
    /// A service that reads `log` and writes to `database` (role `caravan_tracking`; two connections are plenty).
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, database: Database) -> Self {
        let topics = vec![Kind::MILESTONE_RECORDED];
        Self { consumer: Consumer::new(log, database, GROUP, topics, Arc::new(Milestones)) }
    }

    /// Works until `shutdown`, then finishes the batch in hand and returns. Failures are logged and tried again.
    pub async fn run(self, shutdown: CancellationToken) {
        self.consumer.run(shutdown).await;
    }
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service").field("consumer", &self.consumer).finish()
    }
}
