//! The long-running part and what it is made of: a member of the consumer group `notification`, the worker, the routes.

use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use caravan_event_log::{Consumer, EventLog};
use caravan_net::Jitter;
use caravan_tenancy::Database;
use caravan_vault::Vault;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::consumer::FanOut;
use crate::http;
use crate::secrets::Secrets;
use crate::sender::Sender;
use crate::worker::{self, Worker};

/// The consumer group; its name is stored with its offsets, so it never changes.
const GROUP: &str = "notification";

/// How deliveries are made.
#[derive(Debug, Clone)]
pub struct Config {
    /// Opens plain http and private networks. For tests and demos only.
    pub test_nets: bool,
    /// Calls that are out to one endpoint at once, of all processes together.
    pub calls_per_webhook: u16,
    /// Calls that are out at once, of this process.
    pub calls: u16,
    /// Until an answer must be there.
    pub deadline: Duration,
    /// The time of day.
    pub clock: Clock,
    /// Where chance comes from.
    pub jitter: Jitter,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            test_nets: false,
            calls_per_webhook: 8,
            calls: 256,
            deadline: Duration::from_secs(15),
            clock: Clock::system(),
            jitter: Jitter::Random,
        }
    }
}

/// The HTTP client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the client of outgoing webhooks cannot be set up")]
pub struct BuildError(#[source] reqwest::Error);

/// What routes and worker share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) secrets: Secrets,
    pub(crate) sender: Sender,
    pub(crate) clock: Clock,
    pub(crate) deadline: Duration,
    /// Told when something may be due.
    pub(crate) wake: Arc<Notify>,
}

/// The notification service, ready to [`Notification::run`]. Several may run at once, in one process or many.
#[derive(Debug)]
pub struct Notification {
    parts: Parts,
    consumer: Consumer,
    limits: worker::Limits,
}

impl Config {
    /// A service that reads `log` and writes to `database` (role `caravan_notification`), with endpoints' secrets sealed by `vault`.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(
        self,
        log: Arc<dyn EventLog>,
        database: Database,
        vault: Arc<Vault>,
    ) -> Result<Notification, BuildError> {
        let calls = usize::from(self.calls_per_webhook);
        let sender = Sender::new(self.test_nets, calls, self.deadline).map_err(BuildError)?;
        let parts = Parts {
            database: database.clone(),
            secrets: Secrets::new(vault),
            sender,
            clock: self.clock.clone(),
            deadline: self.deadline,
            wake: Arc::default(),
        };
        let handler = FanOut { clock: self.clock, wake: Arc::clone(&parts.wake) };
        // Every kind: an endpoint may ask for any.
        let consumer = Consumer::new(log, database, GROUP, Vec::new(), Arc::new(handler));
        let limits = worker::Limits {
            per_webhook: self.calls_per_webhook,
            in_all: self.calls,
            jitter: self.jitter,
        };
        Ok(Notification { parts, consumer, limits })
    }
}

impl Notification {
    /// `/v1/webhooks`. Reads `Caller` from the request's extensions; whoever mounts the router puts it there.
    pub fn router(&self) -> Router {
        http::router(self.parts.clone())
    }

    /// Works until `shutdown`, then finishes the batch and the calls in hand and returns. Failures are logged and tried again.
    pub async fn run(self, shutdown: CancellationToken) {
        let worker = Worker::new(self.parts, self.limits);
        tokio::join!(self.consumer.run(shutdown.clone()), worker.run(shutdown));
    }
}
