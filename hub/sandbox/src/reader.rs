//! A document being read: one instance, portion by portion, inside the document's budgets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use caravan_model::Batch;
use wasmtime::component::ResourceAny;

use crate::bindings::exports::caravan::connector::files;
use crate::connector::Loaded;
use crate::cpu::Meter;
use crate::guests::Io;
use crate::invoke::{Fresh, bounded};
use crate::{Budget, CallError, Limits, telemetry, wire};

const MIB: u64 = 1024 * 1024;

/// An instance that holds an open document.
pub(crate) struct Live {
    pub(crate) fresh: Fresh,
    pub(crate) guest: files::Guest,
    pub(crate) reader: ResourceAny,
}

/// Reads one document. Dropping it ends the instance.
pub struct Reader {
    loaded: Arc<Loaded>,
    live: Option<Box<Live>>,
    meter: Arc<Meter>,
    limits: Limits,
    wall_spent: Duration,
    cpu_document: Duration,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("live", &self.live.is_some())
            .field("spent", &self.meter.spent())
            .finish_non_exhaustive()
    }
}

impl Reader {
    pub(crate) fn new(
        loaded: Arc<Loaded>,
        live: Live,
        meter: Arc<Meter>,
        limits: Limits,
        size: u64,
    ) -> Self {
        let mib = u32::try_from(size.div_ceil(MIB)).unwrap_or(u32::MAX);
        let cpu_document =
            limits.cpu_document.saturating_add(limits.cpu_per_mib.saturating_mul(mib));
        Self {
            loaded,
            live: Some(Box::new(live)),
            meter,
            limits,
            wall_spent: Duration::ZERO,
            cpu_document,
        }
    }

    /// The next portion; `done` is set on the last. Every portion is charged to the document's budgets and to its own.
    ///
    /// # Errors
    /// `Ended` after the last portion, after a failure, and after a `next` that was dropped before it answered.
    pub async fn next(&mut self) -> Result<Batch, CallError> {
        let mut live = self.live.take().ok_or(CallError::Ended)?;
        let began = Instant::now();
        let spent = self.meter.spent();
        let wall = self.wall_left()?;
        self.meter.set_limit(spent.saturating_add(self.limits.cpu).min(self.cpu_document));
        live.fresh.store.data_mut().set_io(Io::of_caller(&self.loaded.core.guests));
        let meter = Arc::clone(&self.meter);
        let portion = async move {
            bounded(&meter, wall, async {
                let portion = {
                    let Live { fresh, guest, reader } = &mut *live;
                    guest.reader().call_next(&mut fresh.store, *reader).await?
                };
                let observed = live.fresh.store.data().observed();
                Ok((live, observed.weigh(portion.map(wire::batch).map_err(wire::failure))))
            })
            .await
        };
        let answer = self.loaded.core.guests.run(portion).await.and_then(|result| result);
        self.wall_spent = self.wall_spent.saturating_add(began.elapsed());
        let result = match answer {
            Ok((live, Ok(batch))) => {
                if !batch.done {
                    self.live = Some(live);
                }
                Ok(batch)
            }
            Ok((_, Err(failure))) => Err(CallError::Failed(failure)),
            Err(error) => Err(error),
        };
        telemetry::call_ended(
            "next",
            began.elapsed(),
            self.meter.spent().saturating_sub(spent),
            &result,
        );
        result
    }

    /// Linear memory of the document's instance in bytes; 0 once it has ended.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.live.as_ref().map_or(0, |live| live.fresh.store.data().memory_bytes())
    }

    /// Time used on guest threads so far.
    #[must_use]
    pub fn spent(&self) -> Duration {
        self.meter.spent()
    }

    /// What is left of the wall limit, which is for all portions together; what the caller does between them is not counted.
    fn wall_left(&self) -> Result<Duration, CallError> {
        let left = self.limits.wall.saturating_sub(self.wall_spent);
        if left.is_zero() { Err(CallError::Budget(Budget::Wall)) } else { Ok(left) }
    }
}
