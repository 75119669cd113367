//! The one engine: which WebAssembly is accepted, how instances are pooled, and the thread that raises the epoch.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use wasmtime::{Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::cpu::TICK;
use crate::{Class, Error, Limits};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// How a sandbox is made.
#[derive(Debug, Clone)]
pub struct Config {
    /// Live instances at most; calls beyond it wait.
    pub instances_max: u32,
    /// Live instances of one connector at most, so that one slow party cannot take every slot.
    pub instances_per_connector_max: u32,
    /// Guest threads; none: one per processor.
    pub threads: Option<NonZeroUsize>,
    /// Where compiled components are kept; none: they are compiled at every start.
    pub cache_dir: Option<PathBuf>,
    /// Bytes of a component at most.
    pub component_bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            instances_max: 256,
            instances_per_connector_max: 96,
            threads: None,
            cache_dir: None,
            component_bytes_max: 4 * MIB,
        }
    }
}

/// The engine for `config`.
pub(crate) fn engine(config: &Config) -> Result<Engine, Error> {
    let mut wasm = wasmtime::Config::new();
    wasm.epoch_interruption(true)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .cranelift_opt_level(OptLevel::Speed)
        // Registration of unwind tables grows quadratically with the number of loaded components.
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(20))
        // 4 GiB of address space and a guard per memory let the compiler leave out bounds checks.
        .memory_reservation(4 << 30)
        .memory_guard_size(32 << 20)
        .max_wasm_stack(256 * KIB)
        .async_stack_size(512 * KIB)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config.instances_max)));
    let engine = Engine::new(&wasm)
        .map_err(|source| Error::Engine { instances: config.instances_max, source })?;
    tick(&engine)?;
    Ok(engine)
}

/// A component takes up to three tables and four core instances: its own and the adapters that wit-component adds.
fn pool(instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(4))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(3))
        .total_stacks(instances)
        .max_core_instances_per_component(8)
        .max_memories_per_component(1)
        .max_tables_per_component(4)
        .max_memory_size(Limits::of(Class::L).memory_bytes_max)
        .table_elements(10_000)
        // With pagemap_scan only the pages that a guest wrote are reset; kept resident, the next call has no page faults.
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(MIB + 512 * KIB)
        .table_keep_resident(64 * KIB)
        .async_stack_keep_resident(32 * KIB)
        .max_unused_warm_slots(32);
    pool
}

/// Raises the epoch from an operating-system thread until the engine is gone. A timer of an async runtime could itself be held up by
/// the guest that it should stop.
fn tick(engine: &Engine) -> Result<(), Error> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("caravan-epoch".into())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::park_timeout(TICK);
            }
        })
        .map_err(|source| Error::Thread { source })?;
    Ok(())
}
