//! One fresh instance: made, metered, called, dropped; and what its end means.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{Engine, PoolConcurrencyLimitError, Store, Trap, UpdateDeadline, WasmBacktrace};

use crate::cpu::{Meter, Metered};
use crate::guests::Io;
use crate::host::{DocumentUnreadable, Exhausted, HostState, ServiceFailed};
use crate::{Blob, Budget, Call, CallError, Limits};

/// What an instance is made of, besides its component.
pub(crate) struct Recipe {
    pub(crate) call: Call,
    pub(crate) limits: Limits,
    pub(crate) io: Io,
    pub(crate) document: Option<Arc<dyn Blob>>,
    pub(crate) slots: Slots,
}

/// The places that an instance takes in the pool and among its connector's, given back when it is gone.
pub(crate) struct Slots(
    #[expect(dead_code, reason = "held for their drop")] pub(crate) [OwnedSemaphorePermit; 2],
);

/// A fresh instance in its own store. The store is dropped before the slots are given back.
pub(crate) struct Fresh {
    pub(crate) store: Store<HostState>,
    pub(crate) instance: Instance,
    _slots: Slots,
}

/// Makes an instance from `recipe`.
pub(crate) async fn instantiate(
    engine: &Engine,
    pre: &InstancePre<HostState>,
    recipe: Recipe,
    meter: &Arc<Meter>,
) -> wasmtime::Result<Fresh> {
    let Recipe { call, limits, io, document, slots } = recipe;
    let mut store =
        Store::new(engine, HostState::new(call, limits, io, Arc::clone(meter), document));
    store.limiter(|state| state);
    store.set_hostcall_fuel(limits.transfer_bytes_max);
    store.set_epoch_deadline(1);
    let watched = Arc::clone(meter);
    store.epoch_deadline_callback(move |_| {
        if watched.is_exhausted() {
            return Err(wasmtime::Error::new(Exhausted(Budget::Cpu)));
        }
        // To the back of the queue, so that neighbours on this thread run first.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    let instance = pre.instantiate_async(&mut store).await?;
    Ok(Fresh { store, instance, _slots: slots })
}

/// Runs `work` on this thread's budget: by the clock and by the processor.
pub(crate) async fn bounded<T>(
    meter: &Arc<Meter>,
    wall: Duration,
    work: impl Future<Output = wasmtime::Result<T>>,
) -> Result<T, CallError> {
    match tokio::time::timeout(wall, Metered::new(Arc::clone(meter), work)).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ended(error)),
        Err(_) => Err(CallError::Budget(Budget::Wall)),
    }
}

/// What an engine error means.
fn ended(error: wasmtime::Error) -> CallError {
    if let Some(Exhausted(budget)) = error.downcast_ref() {
        return CallError::Budget(*budget);
    }
    if error.is::<ServiceFailed>() || error.is::<DocumentUnreadable>() {
        return CallError::Host { source: error };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return CallError::Busy;
    }
    let trap = error.downcast_ref::<Trap>().copied();
    let message = error.root_cause().to_string();
    // The engine's own type for this is private; its words are checked by a test with an oversized result.
    if trap.is_none() && message.contains("fuel allocated for hostcalls") {
        return CallError::Budget(Budget::Bytes);
    }
    if trap == Some(Trap::AllocationTooLarge) {
        return CallError::Budget(Budget::Memory);
    }
    CallError::Trap { kind: trap_kind(trap), message, backtrace: backtrace(&error) }
}

fn trap_kind(trap: Option<Trap>) -> &'static str {
    match trap {
        Some(Trap::StackOverflow) => "stack-overflow",
        Some(Trap::MemoryOutOfBounds) => "memory-out-of-bounds",
        Some(Trap::TableOutOfBounds | Trap::IndirectCallToNull | Trap::BadSignature) => {
            "bad-indirect-call"
        }
        Some(
            Trap::IntegerOverflow | Trap::IntegerDivisionByZero | Trap::BadConversionToInteger,
        ) => "arithmetic",
        Some(Trap::UnreachableCodeReached) => "unreachable",
        Some(_) => "other-trap",
        // Not a trap of its code: what it handed over breaks the contract's encoding.
        None => "bad-value",
    }
}

fn backtrace(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    trace.frames().iter().filter_map(|frame| frame.func_name()).collect::<Vec<_>>().join("\n")
}
