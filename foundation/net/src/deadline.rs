//! The deadline: the outermost layer, so that everything below spends from one budget of time.
//!
//! # Why
//! A caller that has gone must not keep a socket, a permit or a queue place. One absolute instant is handed down; no layer
//! adds a time of its own to it.
//!
//! # Trip conditions
//! The instant passes before the inner service answers. The inner future is dropped, and with it its permits.
//!
//! # Recovery
//! None needed. The refusal says whether the request may have left: then its outcome is unknown and must not be repeated
//! blindly.

use core::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tower::{Layer, Service, ServiceExt as _};

use crate::call::Call;
use crate::refused::Refused;

/// Makes [`Service`]s obey [`Call::deadline`].
#[derive(Debug, Clone, Copy, Default)]
pub struct DeadlineLayer;

/// The service made by [`DeadlineLayer`].
#[derive(Debug, Clone)]
pub struct Deadline<S> {
    inner: S,
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Deadline { inner }
    }
}

impl<S, R> Service<R> for Deadline<S>
where
    R: Call,
    S: Service<R> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: From<Refused> + Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let inner = self.inner.clone();
        Box::pin(async move {
            let (deadline, progress) = (request.deadline(), request.progress().clone());
            match tokio::time::timeout_at(deadline, inner.oneshot(request)).await {
                Ok(result) => result,
                Err(_) => Err(Refused::Deadline { sent: progress.was_sent() }.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ask, Reply, service};

    #[tokio::test(start_paused = true)]
    async fn what_left_before_the_deadline_has_an_unknown_outcome() {
        let (inner, _) = service(|ask: Ask| async move {
            if ask.idempotent {
                ask.progress.sent();
            }
            std::future::pending().await
        });
        let service = DeadlineLayer.layer(inner);
        for sent in [true, false] {
            let ask = Ask { idempotent: sent, ..Ask::new() };
            let deadline = ask.deadline;
            let refused = service.clone().oneshot(ask).await.unwrap_err();
            assert_eq!(refused, Reply::Refused(Refused::Deadline { sent }));
            assert!(tokio::time::Instant::now() >= deadline);
        }
    }
}
