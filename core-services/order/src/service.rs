//! The long-running part: a member of the consumer group `order`, the watch over tenders that nobody
//! answers, and the worker of imports.

use std::sync::Arc;

use caravan_event_log::{Consumer, EventLog};
use caravan_events::Kind;
use caravan_tenancy::Database;
use tokio_util::sync::CancellationToken;

use crate::consumer::{Orders, TENDER_UNDELIVERABLE};
use crate::{import, silence};

/// The consumer group; its name is stored with its offsets, so it never changes.
const GROUP: &str = "order";

/// The order service, ready to [`Service::run`]. Several may run at once, in one process or many.
pub struct Service {
    consumer: Consumer,
    database: Database,
}

impl Service {
    /// A service that reads `log` and writes to `database` (role `caravan_order`; three connections are plenty).
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, database: Database) -> Self {
        let topics = vec![
            Kind::ORDER_RECEIVED,
            Kind::MILESTONE_RECORDED,
            Kind::TIMELINE_CORRECTED,
            Kind::TENDER_ANSWERED,
            Kind::new(TENDER_UNDELIVERABLE),
            Kind::RATE_CONTRACT_PUBLISHED,
        ];
        let consumer = Consumer::new(log, database.clone(), GROUP, topics, Arc::new(Orders));
        Self { consumer, database }
    }

    /// Works until `shutdown`, then finishes what is in hand and returns. Failures are logged and tried again.
    pub async fn run(self, shutdown: CancellationToken) {
        let watch = silence::run(self.database.clone(), shutdown.clone());
        let imports = import::job::run(self.database, shutdown.clone());
        tokio::join!(self.consumer.run(shutdown), watch, imports);
    }
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service").field("consumer", &self.consumer).finish_non_exhaustive()
    }
}
