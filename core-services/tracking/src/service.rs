//! The long-running part: a member of the groups `tracking` and `tracking-orders`, and the watch over the clock.

use std::sync::Arc;

use caravan_event_log::{Consumer, EventLog};
use caravan_events::Kind;
use caravan_tenancy::Database;
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::consumer::Milestones;
use crate::promise::Promises;
use crate::watch;

/// The consumer group; its name is stored with its offsets, so it never changes.
const GROUP: &str = "tracking";
/// The group that reads what orders promise.
const ORDERS: &str = "tracking-orders";
/// Members of `tracking` in a process: while one waits for a disk, or for PostgreSQL, the others work.
const MEMBERS: usize = 3;

/// The tracking service, ready to [`Service::run`]. Several may run at once, in one process or many.
pub struct Service {
    members: Vec<Consumer>,
    orders: Consumer,
    database: Database,
}

impl Service {
    /// A service that reads `log` and writes to `database` (role `caravan_tracking`; six connections are plenty).
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, database: Database) -> Self {
        let promising = vec![
            Kind::ORDER_PLACED,
            Kind::ORDER_CHANGED,
            Kind::ORDER_TENDER_ANSWERED,
            Kind::ORDER_DISPATCHED,
            Kind::ORDER_CANCELLED,
        ];
        let promises = Arc::new(Promises);
        let orders = Consumer::new(Arc::clone(&log), database.clone(), ORDERS, promising, promises);
        let member = || {
            let (log, topics) = (Arc::clone(&log), vec![Kind::MILESTONE_RECORDED]);
            Consumer::new(log, database.clone(), GROUP, topics, Arc::new(Milestones))
        };
        let members = (0..MEMBERS).map(|_| member()).collect();
        Self { members, orders, database }
    }

    /// Works until `shutdown`, then finishes the batch in hand and returns. Failures are logged and tried again.
    pub async fn run(self, shutdown: CancellationToken) {
        let watch = watch::run(self.database, shutdown.clone());
        let members = self.members.into_iter().map(|member| member.run(shutdown.clone()));
        tokio::join!(join_all(members), self.orders.run(shutdown.clone()), watch);
    }
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service").field("members", &self.members).finish_non_exhaustive()
    }
}
