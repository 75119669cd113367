//! The one reader of the log that all streams of this process share.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use caravan_event_log::{EventLog, Stored};
use caravan_fault::error_chain;
use caravan_model::TenantId;
use tokio::sync::{Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::cursors::Cursors;
use crate::frame::Frame;
use crate::telemetry;

/// Wait between two looks without a hint.
const POLL: Duration = Duration::from_millis(200);
/// Wait after a failed look.
const RETRY: Duration = Duration::from_secs(1);
/// Events per look.
const BATCH: usize = 500;

/// The limits.
#[derive(Debug, Clone)]
pub struct Config {
    /// Streams at once in this process; more are answered 503.
    pub streams_max: usize,
    /// Frames that a tenant's streams may lag behind before they are dropped.
    pub lag_frames_max: usize,
    /// Streams that read what they missed from the log at the same moment; others wait.
    pub resuming_max: usize,
    /// Events of all tenants that are read for one resuming stream; what lies further back is a gap.
    pub resume_events_max: usize,
    /// How often a silent stream says that it is alive.
    pub beat: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            streams_max: 10_000,
            lag_frames_max: 1_024,
            resuming_max: 8,
            resume_events_max: 100_000,
            beat: Duration::from_secs(15),
        }
    }
}

/// The shared reader. Cheap to clone; [`Feed::run`] has to run once for the streams to move.
#[derive(Clone)]
pub struct Feed {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) resuming: Semaphore,
    /// Cancelled when the process stops: every stream then ends by itself.
    pub(crate) stopped: CancellationToken,
    state: Mutex<State>,
    started: watch::Sender<bool>,
}

/// Where the reader stands, and who listens. One lock over both, so that a subscriber misses nothing in between.
#[derive(Default)]
struct State {
    at: Option<Cursors>,
    tenants: HashMap<TenantId, broadcast::Sender<Arc<Frame>>>,
}

impl core::fmt::Debug for Feed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Feed").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Feed {
    /// A reader of `log`.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, config: Config) -> Self {
        let places = Arc::new(Semaphore::new(config.streams_max.clamp(1, Semaphore::MAX_PERMITS)));
        let resuming = Semaphore::new(config.resuming_max.clamp(1, Semaphore::MAX_PERMITS));
        let (started, _) = watch::channel(false);
        Self {
            inner: Arc::new(Inner {
                config,
                log,
                places,
                resuming,
                stopped: CancellationToken::new(),
                state: Mutex::default(),
                started,
            }),
        }
    }

    /// Reads until `shutdown`, then ends every stream. Stop it together with the listener: a stream keeps a connection open.
    pub async fn run(self, shutdown: CancellationToken) {
        shutdown.run_until_cancelled(self.read()).await;
        self.inner.stopped.cancel();
    }

    async fn read(&self) {
        let log = &self.inner.log;
        let mut wake = log.wake();
        let mut cursors = loop {
            match log.end().await {
                Ok(end) => break Cursors::at(log.partitions(), end),
                Err(error) => failed(&error).await,
            }
        };
        self.inner.take_in(&[], &mut cursors);
        self.inner.started.send_replace(true);
        loop {
            match log.fetch(&cursors.list(), &[], BATCH).await {
                Ok(fetched) if fetched.events.is_empty() && fetched.cursors.is_empty() => {
                    tokio::select! {
                        () = wake.appended() => {}
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
                Ok(fetched) => {
                    self.inner.take_in(&fetched.events, &mut cursors);
                    // Ahead of the last event only where there is none in between, so the next round is soon enough to tell.
                    for cursor in fetched.cursors {
                        cursors.pass(cursor.partition, cursor.position);
                    }
                }
                Err(error) => failed(&error).await,
            }
        }
    }

    /// A receiver of the tenant's frames, and where the reader stands: what it hands out after that reaches the receiver.
    pub(crate) async fn subscribe(
        &self,
        tenant: TenantId,
    ) -> (broadcast::Receiver<Arc<Frame>>, Cursors) {
        let mut started = self.inner.started.subscribe();
        loop {
            if let Some(subscribed) = self.inner.subscribe(tenant) {
                return subscribed;
            }
            // The sender lives as long as we do, so this only ends with news.
            if started.changed().await.is_err() {
                core::future::pending::<()>().await;
            }
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds it can panic half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self, tenant: TenantId) -> Option<(broadcast::Receiver<Arc<Frame>>, Cursors)> {
        let mut state = self.state();
        let at = state.at.clone()?;
        let lag = self.config.lag_frames_max.max(1);
        let sender = state.tenants.entry(tenant).or_insert_with(|| broadcast::channel(lag).0);
        Some((sender.subscribe(), at))
    }

    /// Hands `events` out and moves `cursors` past them, in the order of the log within each partition: the id of a frame must never
    /// be ahead of one that comes after it. One lock over all of it, so that who subscribes meanwhile stands before or behind the
    /// whole of it; it is held for about a microsecond an event.
    fn take_in(&self, events: &[Stored], cursors: &mut Cursors) {
        let mut state = self.state();
        for stored in events {
            cursors.pass(stored.partition, stored.position.clone());
            let Some(sender) = state.tenants.get(&stored.envelope.tenant) else { continue };
            match Frame::of(stored, cursors) {
                // Nobody may be left: the entry goes below.
                Ok(frame) => {
                    telemetry::fanned_out(sender.send(Arc::new(frame)).unwrap_or_default())
                }
                Err(error) => {
                    let id = stored.envelope.id.to_string();
                    tracing::error!(error = error_chain(&error), id, "An event cannot be shown.");
                }
            }
        }
        state.at = Some(cursors.clone());
        state.tenants.retain(|_, sender| sender.receiver_count() > 0);
    }
}

async fn failed(error: &caravan_event_log::Error) {
    tracing::error!(error = error_chain(error), "The log cannot be read for the live streams.");
    tokio::time::sleep(RETRY).await;
}
