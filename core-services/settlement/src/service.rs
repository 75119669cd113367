//! The long-running part: a member of the consumer group `settlement`, and the worker of re-rating jobs.

use std::sync::Arc;

use caravan_event_log::{Consumer, EventLog};
use caravan_events::Kind;
use caravan_tenancy::Database;
use tokio_util::sync::CancellationToken;

use crate::arrival::ORDER_KINDS;
use crate::consumer::Arrivals;
use crate::worker;

/// The consumer group; its name is stored with its offsets, so it never changes.
const GROUP: &str = "settlement";

/// The settlement service, ready to [`Service::run`]. Several may run at once, in one process or many.
pub struct Service {
    consumer: Consumer,
    database: Database,
}

impl Service {
    /// A service that reads `log` and writes to `database` (role `caravan_settlement`; three connections are plenty).
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, database: Database) -> Self {
        let mut topics = vec![Kind::MILESTONE_RECORDED, Kind::FREIGHT_INVOICE_RECEIVED];
        topics.extend(ORDER_KINDS.into_iter().map(Kind::new));
        let consumer = Consumer::new(log, database.clone(), GROUP, topics, Arc::new(Arrivals));
        Self { consumer, database }
    }

    /// Works until `shutdown`, then finishes the batch and the chunk in hand and returns. Failures are logged and tried again.
    pub async fn run(self, shutdown: CancellationToken) {
        let jobs = worker::run(self.database, shutdown.clone());
        tokio::join!(self.consumer.run(shutdown), jobs);
    }
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service").field("consumer", &self.consumer).finish_non_exhaustive()
    }
}
