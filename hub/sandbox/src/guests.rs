//! The threads that guests run on, and the way back to the caller's runtime for everything that waits.
//!
//! A guest is busy inside `Future::poll`; on an I/O runtime that would stall listeners and timers for up to an epoch tick. So each
//! call moves to a small runtime of its own. Host questions go the other way: see `Io::run`.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinError, JoinHandle};

use crate::{CallError, Error};

thread_local! {
    /// Which sandbox's guest thread this is; 0: none.
    static HOME: Cell<usize> = const { Cell::new(0) };
}

static NEXT: AtomicUsize = AtomicUsize::new(1);

/// The guest runtime of one sandbox.
#[derive(Debug)]
pub(crate) struct Guests {
    number: usize,
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Guests {
    pub(crate) fn new(threads: usize) -> Result<Self, Error> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("caravan-guest")
            .enable_time()
            .on_thread_start(move || HOME.set(number))
            .build()
            .map_err(|source| Error::Thread { source })?;
        Ok(Self { number, handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Whether the current thread is one of these.
    pub(crate) fn is_home(&self) -> bool {
        HOME.get() == self.number
    }

    /// The runtime's handle.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs `future` on a guest thread; in place when the caller is on one already. Dropping the answer stops the work.
    pub(crate) async fn run<F>(&self, future: F) -> Result<F::Output, CallError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if self.is_home() {
            return Ok(future.await);
        }
        match AbortOnDrop(self.handle.spawn(future)).await {
            Ok(output) => Ok(output),
            Err(error) if error.is_cancelled() => Err(CallError::Stopped),
            Err(error) => Err(CallError::Host { source: wasmtime::Error::new(error) }),
        }
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        // Not waited for: the last reference may go inside a runtime, where waiting is forbidden. Dropped calls drop their stores.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The runtime that a call came from; none when it came from a guest thread.
#[derive(Debug, Clone)]
pub(crate) struct Io(Option<Handle>);

impl Io {
    /// The current runtime, unless it is `guests` itself.
    pub(crate) fn of_caller(guests: &Guests) -> Self {
        Self(if guests.is_home() { None } else { Handle::try_current().ok() })
    }

    /// Waits for `future` as if it ran on the caller's runtime.
    ///
    /// It is polled once here with that runtime entered, so that a ready answer costs no thread change; if it is not ready, it moves
    /// there, and is polled there from then on (so the wake-ups that the first poll registered may be lost without harm).
    pub(crate) async fn run<F>(&self, future: F) -> Result<F::Output, JoinError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let Some(handle) = &self.0 else { return Ok(future.await) };
        let mut future = Box::pin(future);
        let first = {
            let _entered = handle.enter();
            future.as_mut().now_or_never()
        };
        match first {
            Some(output) => Ok(output),
            None => AbortOnDrop(handle.spawn(future)).await,
        }
    }
}

/// A task that ends with whoever waits for it.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
