//! A loaded connector: its operations, each in a fresh instance.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use caravan_model::{Batch, Outgoing, Reference, SettledBill, Tender, Verdict};
use tokio::sync::Semaphore;
use wasmtime::component::InstancePre;

use crate::bindings::exports::caravan::connector::{
    documents, files, invoices, meta, orders, settlements, tenders, tracking, webhooks,
};
use crate::cpu::Meter;
use crate::guests::Io;
use crate::host::HostState;
use crate::invoke::{Fresh, Recipe, Slots, bounded, instantiate};
use crate::reader::{Live, Reader};
use crate::sandbox::Core;
use crate::{
    Blob, Call, CallError, Class, Descriptor, Failure, Limits, LoadError, Operations,
    WebhookDelivery, WebhookRequest, telemetry, testing, wire,
};

/// A component that passed the gate, compiled and bound once.
pub struct Connector {
    loaded: Arc<Loaded>,
    descriptor: Descriptor,
    operations: Operations,
    content_hash: String,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector")
            .field("id", &self.descriptor.id)
            .field("content_hash", &self.content_hash)
            .finish_non_exhaustive()
    }
}

/// What a call needs of its connector.
pub(crate) struct Loaded {
    pub(crate) core: Arc<Core>,
    pub(crate) pre: InstancePre<HostState>,
    slots: Arc<Semaphore>,
    exports: Exports,
}

/// Where the exports are, found once.
#[derive(Clone)]
struct Exports {
    meta: meta::GuestIndices,
    tracking: Option<tracking::GuestIndices>,
    files: Option<files::GuestIndices>,
    webhooks: Option<webhooks::GuestIndices>,
    documents: Option<documents::GuestIndices>,
    tenders: Option<tenders::GuestIndices>,
    settlements: Option<settlements::GuestIndices>,
}

impl Connector {
    /// Finds the operations of `pre` and asks it who it is.
    pub(crate) fn bind(
        core: Arc<Core>,
        pre: InstancePre<HostState>,
        content_hash: String,
    ) -> Result<Self, LoadError> {
        if !has(&pre, "meta") {
            return Err(LoadError::NoMeta);
        }
        let contract = |source| LoadError::Contract { source };
        let exports = Exports {
            meta: meta::GuestIndices::new(&pre).map_err(contract)?,
            tracking: has(&pre, "tracking")
                .then(|| tracking::GuestIndices::new(&pre))
                .transpose()
                .map_err(contract)?,
            files: has(&pre, "files")
                .then(|| files::GuestIndices::new(&pre))
                .transpose()
                .map_err(contract)?,
            webhooks: has(&pre, "webhooks")
                .then(|| webhooks::GuestIndices::new(&pre))
                .transpose()
                .map_err(contract)?,
            documents: has(&pre, "documents")
                .then(|| documents::GuestIndices::new(&pre))
                .transpose()
                .map_err(contract)?,
            tenders: has(&pre, "tenders")
                .then(|| tenders::GuestIndices::new(&pre))
                .transpose()
                .map_err(contract)?,
            settlements: has(&pre, "settlements")
                .then(|| settlements::GuestIndices::new(&pre))
                .transpose()
                .map_err(contract)?,
        };
        let operations = Operations {
            tracking: exports.tracking.is_some(),
            files: exports.files.is_some(),
            webhooks: exports.webhooks.is_some(),
            documents: exports.documents.is_some(),
            orders: has(&pre, "orders") && orders::GuestIndices::new(&pre).is_ok(),
            invoices: has(&pre, "invoices") && invoices::GuestIndices::new(&pre).is_ok(),
            tenders: exports.tenders.is_some(),
            settlements: exports.settlements.is_some(),
        };
        let slots = Arc::new(Semaphore::new(core.per_connector));
        let loaded = Arc::new(Loaded { core, pre, slots, exports });
        let descriptor = loaded.introduce()?;
        Ok(Self { loaded, descriptor, operations, content_hash })
    }

    /// Which optional operations there are.
    #[must_use]
    pub fn operations(&self) -> Operations {
        self.operations
    }

    /// Who it says it is.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// SHA-256 of the component's bytes, 64 hex digits.
    #[must_use]
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }

    /// Asks the party where shipments are; one result a query, in their order.
    ///
    /// # Errors
    /// When the call as a whole failed; a single query's failure is in the list.
    pub async fn track(
        &self,
        call: Call,
        queries: Vec<Reference>,
    ) -> Result<Vec<Result<Batch, Failure>>, CallError> {
        let indices =
            self.loaded.exports.tracking.clone().ok_or(CallError::NoSuchOperation("tracking"))?;
        let limits = Limits::of(call.class);
        let context = wire::context(&call.context, limits.wall);
        let queries: Vec<_> = queries.into_iter().map(wire::reference_in).collect();
        let services = Arc::clone(&call.services);
        self.loaded
            .call("track", call, None, move |mut fresh| async move {
                let guest = indices.load(&mut fresh.store, &fresh.instance)?;
                let results = guest.call_track(&mut fresh.store, &context, &queries).await?;
                let observed = services.observed();
                let weighed = |result: Result<_, _>| {
                    observed.weigh(result.map(wire::batch).map_err(wire::failure))
                };
                Ok(results.into_iter().map(weighed).collect())
            })
            .await
    }

    /// Opens a document; the reader keeps its instance until the document's end.
    ///
    /// # Errors
    /// When the connector refuses the document or was stopped.
    pub async fn open(&self, call: Call, document: Arc<dyn Blob>) -> Result<Reader, CallError> {
        let indices =
            self.loaded.exports.files.clone().ok_or(CallError::NoSuchOperation("files"))?;
        let limits = Limits::of(call.class);
        let context = wire::context(&call.context, limits.wall);
        let size = document.size();
        let limits = Limits { wall: wall(&call, limits), ..limits };
        let meter = Meter::new(limits.cpu);
        let services = Arc::clone(&call.services);
        let opened = self
            .loaded
            .metered(
                "open",
                call,
                Some(document),
                Arc::clone(&meter),
                move |mut fresh| async move {
                    let guest = indices.load(&mut fresh.store, &fresh.instance)?;
                    let blob = wasmtime::component::Resource::new_own(0);
                    let reader = guest.call_open(&mut fresh.store, &context, blob).await?;
                    Ok(reader.map(|reader| Live { fresh, guest, reader }))
                },
            )
            .await?;
        let live = services.observed().weigh(opened.map_err(wire::failure))?;
        Ok(Reader::new(Arc::clone(&self.loaded), live, meter, limits, size))
    }

    /// Verifies and reads what the party posted.
    ///
    /// # Errors
    /// When the connector refuses the request or was stopped.
    pub async fn receive(
        &self,
        call: Call,
        request: WebhookRequest,
    ) -> Result<WebhookDelivery, CallError> {
        let indices =
            self.loaded.exports.webhooks.clone().ok_or(CallError::NoSuchOperation("webhooks"))?;
        let context = wire::context(&call.context, Limits::of(call.class).wall);
        let request = wire::webhook_request(request);
        let services = Arc::clone(&call.services);
        let delivery = self
            .loaded
            .call("receive", call, None, move |mut fresh| async move {
                let guest = indices.load(&mut fresh.store, &fresh.instance)?;
                let delivery = guest.call_receive(&mut fresh.store, &context, &request).await?;
                Ok(services.observed().weigh(delivery.map(wire::delivery).map_err(wire::failure)))
            })
            .await?;
        Ok(delivery?)
    }

    /// Writes the acknowledgement of one document from its verdicts.
    ///
    /// # Errors
    /// When the connector refuses or was stopped.
    pub async fn acknowledge(
        &self,
        call: Call,
        control_number: u32,
        verdicts: Vec<Verdict>,
    ) -> Result<Vec<Outgoing>, CallError> {
        let indices =
            self.loaded.exports.documents.clone().ok_or(CallError::NoSuchOperation("documents"))?;
        let context = wire::context(&call.context, Limits::of(call.class).wall);
        let acknowledgement = wire::acknowledgement(control_number, verdicts);
        let messages = self
            .loaded
            .call("acknowledge", call, None, move |mut fresh| async move {
                let guest = indices.load(&mut fresh.store, &fresh.instance)?;
                let messages =
                    guest.call_acknowledge(&mut fresh.store, &context, &acknowledgement).await?;
                Ok(messages
                    .map(|messages| messages.into_iter().map(wire::outgoing).collect())
                    .map_err(wire::failure))
            })
            .await?;
        Ok(messages?)
    }

    /// Writes the messages that bring a tender, or its withdrawal, to the party.
    ///
    /// # Errors
    /// When the connector cannot write it or was stopped.
    pub async fn offer(&self, call: Call, tender: Tender) -> Result<Vec<Outgoing>, CallError> {
        let indices =
            self.loaded.exports.tenders.clone().ok_or(CallError::NoSuchOperation("tenders"))?;
        let context = wire::context(&call.context, Limits::of(call.class).wall);
        let tender = wire::tender(tender);
        let services = Arc::clone(&call.services);
        let messages = self
            .loaded
            .call("offer", call, None, move |mut fresh| async move {
                let guest = indices.load(&mut fresh.store, &fresh.instance)?;
                let messages = guest.call_offer(&mut fresh.store, &context, &tender).await?;
                let messages = messages
                    .map(|messages| messages.into_iter().map(wire::outgoing).collect())
                    .map_err(wire::failure);
                Ok(services.observed().weigh(messages))
            })
            .await?;
        Ok(messages?)
    }

    /// Writes the messages that bring a settled bill into the party's books.
    ///
    /// # Errors
    /// When the connector cannot write it or was stopped.
    pub async fn hand_over(
        &self,
        call: Call,
        bill: SettledBill,
    ) -> Result<Vec<Outgoing>, CallError> {
        let indices = self.loaded.exports.settlements.clone();
        let indices = indices.ok_or(CallError::NoSuchOperation("settlements"))?;
        let context = wire::context(&call.context, Limits::of(call.class).wall);
        let bill = wire::settled_bill(bill);
        let services = Arc::clone(&call.services);
        let messages = self
            .loaded
            .call("hand-over", call, None, move |mut fresh| async move {
                let guest = indices.load(&mut fresh.store, &fresh.instance)?;
                let messages = guest.call_hand_over(&mut fresh.store, &context, &bill).await?;
                let messages = messages
                    .map(|messages| messages.into_iter().map(wire::outgoing).collect())
                    .map_err(wire::failure);
                Ok(services.observed().weigh(messages))
            })
            .await?;
        Ok(messages?)
    }
}

impl Loaded {
    async fn call<T, W, F>(
        self: &Arc<Self>,
        operation: &'static str,
        call: Call,
        document: Option<Arc<dyn Blob>>,
        work: W,
    ) -> Result<T, CallError>
    where
        W: FnOnce(Fresh) -> F + Send + 'static,
        F: Future<Output = wasmtime::Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let meter = Meter::new(Limits::of(call.class).cpu);
        self.metered(operation, call, document, meter, work).await
    }

    /// Waits for a slot, makes a fresh instance on a guest thread, and runs `work` with it inside the call's budgets.
    async fn metered<T, W, F>(
        self: &Arc<Self>,
        operation: &'static str,
        call: Call,
        document: Option<Arc<dyn Blob>>,
        meter: Arc<Meter>,
        work: W,
    ) -> Result<T, CallError>
    where
        W: FnOnce(Fresh) -> F + Send + 'static,
        F: Future<Output = wasmtime::Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let began = Instant::now();
        let limits = Limits::of(call.class);
        let io = Io::of_caller(&self.core.guests);
        let slots = self.slots(wall(&call, limits)).await?;
        let wall = wall(&call, limits);
        let (loaded, watched) = (Arc::clone(self), Arc::clone(&meter));
        let guest = async move {
            let recipe = Recipe { call, limits, io, document, slots };
            bounded(&watched, wall, async {
                let fresh = instantiate(&loaded.core.engine, &loaded.pre, recipe, &watched).await?;
                work(fresh).await
            })
            .await
        };
        let result = self.core.guests.run(guest).await.and_then(|result| result);
        telemetry::call_ended(operation, began.elapsed(), meter.spent(), &result);
        result
    }

    async fn slots(&self, wall: Duration) -> Result<Slots, CallError> {
        let wait = async {
            // First among its own, so that a connector's queue holds no slot of the pool.
            let own =
                Arc::clone(&self.slots).acquire_owned().await.map_err(|_| CallError::Stopped)?;
            let pool = Arc::clone(&self.core.slots)
                .acquire_owned()
                .await
                .map_err(|_| CallError::Stopped)?;
            Ok(Slots([own, pool]))
        };
        tokio::time::timeout(wall, wait).await.map_err(|_| CallError::Busy)?
    }

    /// Asks for the descriptor, on a guest thread while this one waits.
    fn introduce(self: &Arc<Self>) -> Result<Descriptor, LoadError> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let loaded = Arc::clone(self);
        let indices = self.exports.meta.clone();
        self.core.guests.handle().spawn(async move {
            let described = loaded
                .call("describe", testing::call(Class::S), None, move |mut fresh| async move {
                    let guest = indices.load(&mut fresh.store, &fresh.instance)?;
                    guest.call_describe(&mut fresh.store).await
                })
                .await;
            // Nobody listens only when the loading thread is gone.
            drop(answer.send(described));
        });
        let described = answered.recv().unwrap_or(Err(CallError::Stopped));
        described
            .map(wire::descriptor)
            .map_err(|source| LoadError::Describe { source: Box::new(source) })
    }
}

/// The class's wall limit, or what remains of the caller's time if that is less.
pub(crate) fn wall(call: &Call, limits: Limits) -> Duration {
    limits.wall.min(Duration::from_millis(u64::from(call.context.deadline_ms)))
}

/// Whether the component exports this interface of the contract, in any 1.x version.
fn has(pre: &InstancePre<HostState>, interface: &str) -> bool {
    pre.component().get_export_index(None, format!("caravan:connector/{interface}@1.0.0")).is_some()
}
