//! A future that is finished aside when nobody waits for it any more.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use tokio::runtime::Handle;

/// Runs to its end also when it is dropped before. What it then gives is dropped too.
///
/// sqlx 0.9 takes back what was done in a transaction that is given up, and not a `BEGIN` that is given up before its answer: the
/// connection would go back to the pool with a transaction open, and whoever came next would stand in it.
pub(crate) struct Finish<T: Send + 'static> {
    future: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
}

impl<T: Send + 'static> Finish<T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self { future: Some(Box::pin(future)) }
    }
}

impl<T: Send + 'static> Future for Finish<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let done = ready!(future.as_mut().poll(context));
        self.future = None;
        Poll::Ready(done)
    }
}

impl<T: Send + 'static> Drop for Finish<T> {
    fn drop(&mut self) {
        // Without a runtime there is no pool either.
        if let Some(future) = self.future.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move { drop(future.await) });
        }
    }
}
