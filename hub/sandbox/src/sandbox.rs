//! The sandbox: loads components and owns what all calls share.

use std::num::NonZeroUsize;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::bindings::Everything;
use crate::cache::Cache;
use crate::connector::Connector;
use crate::guests::Guests;
use crate::host::HostState;
use crate::{Config, Error, LoadError, engine, gate, telemetry};

/// What all calls share.
pub(crate) struct Core {
    pub(crate) engine: Engine,
    pub(crate) guests: Guests,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) per_connector: usize,
}

/// Loads connectors. Cheap to clone; the guest threads end with the last clone and the last connector.
#[derive(Clone)]
pub struct Sandbox {
    core: Arc<Core>,
    linker: Arc<Linker<HostState>>,
    cache: Option<Arc<Cache>>,
    component_bytes_max: usize,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("pool", &self.pool()).finish_non_exhaustive()
    }
}

/// How full the pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Live instances.
    pub instances: u32,
    /// Memories kept warm for reuse.
    pub warm_memories: u32,
    /// KiB that unused memories and stacks hold.
    pub resident_unused_kib: u32,
}

impl Sandbox {
    /// Makes the engine, its pool, the epoch thread and the guest threads.
    ///
    /// # Errors
    /// When the address space, the threads or the cache folder cannot be had. There is no silent fallback to a slower way.
    pub fn new(config: Config) -> Result<Self, Error> {
        let engine = engine::engine(&config)?;
        let mut linker = Linker::new(&engine);
        Everything::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)
            .map_err(|source| Error::Link { source })?;
        let threads = config
            .threads
            .or_else(|| std::thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get);
        let cache = match config.cache_dir {
            Some(path) => Some(Arc::new(
                Cache::open(path.clone()).map_err(|source| Error::Cache { path, source })?,
            )),
            None => None,
        };
        let count = |number: u32| {
            usize::try_from(number).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS)
        };
        Ok(Self {
            core: Arc::new(Core {
                engine,
                guests: Guests::new(threads)?,
                slots: Arc::new(Semaphore::new(count(config.instances_max))),
                per_connector: count(config.instances_per_connector_max),
            }),
            linker: Arc::new(linker),
            cache,
            component_bytes_max: config.component_bytes_max,
        })
    }

    /// Checks, compiles (or finds compiled) and binds a component, and asks it who it is.
    ///
    /// Takes as long as a compilation (tens of milliseconds); call it from a blocking thread, never from a guest thread.
    ///
    /// # Errors
    /// A `LoadError` that names what to change.
    pub fn load(&self, wasm: &[u8]) -> Result<Arc<Connector>, LoadError> {
        gate::check(wasm, self.component_bytes_max)?;
        let content_hash = hex::encode(Sha256::digest(wasm));
        let engine = &self.core.engine;
        let component = match &self.cache {
            Some(cache) => cache.component(engine, wasm, &content_hash),
            None => Component::new(engine, wasm),
        }
        .map_err(|source| LoadError::Compile { source })?;
        let pre = self
            .linker
            .instantiate_pre(&component)
            .map_err(|source| LoadError::Contract { source })?;
        Connector::bind(Arc::clone(&self.core), pre, content_hash).map(Arc::new)
    }

    /// Whether [`Sandbox::load`] will find `wasm` compiled. Compiling takes seconds and much memory that an allocator keeps, so
    /// a long-running process has another one do it first.
    #[must_use]
    pub fn is_compiled(&self, wasm: &[u8]) -> bool {
        let content_hash = hex::encode(Sha256::digest(wasm));
        self.cache.as_ref().is_some_and(|cache| cache.has(&self.core.engine, &content_hash))
    }

    /// Runs `future` on a guest thread. Calls made inside it do not change threads; for benchmarks and batch work.
    ///
    /// # Errors
    /// When the sandbox is shutting down or `future` panicked.
    pub async fn run<F>(&self, future: F) -> Result<F::Output, crate::CallError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.core.guests.run(future).await
    }

    /// How full the pool is; also sets the gauges.
    #[must_use]
    pub fn pool(&self) -> Pool {
        let mut pool = Pool { instances: 0, warm_memories: 0, resident_unused_kib: 0 };
        if let Some(metrics) = self.core.engine.pooling_allocator_metrics() {
            let resident = metrics.unused_memory_bytes_resident();
            pool.instances = u32::try_from(metrics.component_instances()).unwrap_or(u32::MAX);
            pool.warm_memories = metrics.unused_warm_memories();
            pool.resident_unused_kib = u32::try_from(resident / 1024).unwrap_or(u32::MAX);
        }
        telemetry::pool(&pool);
        pool
    }
}
