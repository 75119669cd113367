//! A layer that looks at a request on its way in and at the answer on its way out, and waits for nothing itself.
//!
//! It allocates nothing: its future is that of what is below, with what the layer keeps beside it. Whoever has to wait is a
//! [`step`](crate::step).

use core::convert::Infallible;
use core::future::Future;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

/// What such a layer does.
pub(crate) trait Around: Send + Sync + 'static {
    /// What it keeps from the request to its answer; a request that is given up drops it.
    type Held: Send + 'static;

    /// Looks at a request; breaks with an answer that ends it here.
    fn before(&self, request: &mut Request) -> ControlFlow<Response, Self::Held>;

    /// Looks at the answer of what is below.
    fn after(&self, _: Self::Held, _: &mut Response) {}
}

/// The layer that does what `around` says.
pub(crate) fn around<A: Around>(around: A) -> AroundLayer<A> {
    AroundLayer(Arc::new(around))
}

/// See [`around`].
pub(crate) struct AroundLayer<A>(Arc<A>);

impl<A, I> Layer<I> for AroundLayer<A> {
    type Service = AroundService<A, I>;

    fn layer(&self, below: I) -> Self::Service {
        AroundService { around: Arc::clone(&self.0), below }
    }
}

/// The service of an [`AroundLayer`].
pub(crate) struct AroundService<A, I> {
    around: Arc<A>,
    below: I,
}

impl<A, I: Clone> Clone for AroundService<A, I> {
    fn clone(&self) -> Self {
        Self { around: Arc::clone(&self.around), below: self.below.clone() }
    }
}

impl<A, I> Service<Request> for AroundService<A, I>
where
    A: Around,
    I: Service<Request, Error = Infallible>,
    I::Response: IntoResponse,
{
    type Response = Response;
    type Error = Infallible;
    type Future = AroundFuture<A, I::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.below.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        match self.around.before(&mut request) {
            ControlFlow::Break(response) => AroundFuture::Ended { response: Some(response) },
            ControlFlow::Continue(held) => AroundFuture::Below {
                answer: self.below.call(request),
                around: Arc::clone(&self.around),
                held: Some(held),
            },
        }
    }
}

pin_project! {
    /// The answer of an [`AroundService`].
    #[project = Stage]
    pub(crate) enum AroundFuture<A, F>
    where
        A: Around,
    {
        Ended { response: Option<Response> },
        Below { #[pin] answer: F, around: Arc<A>, held: Option<A::Held> },
    }
}

impl<A, F, R> Future for AroundFuture<A, F>
where
    A: Around,
    F: Future<Output = Result<R, Infallible>>,
    R: IntoResponse,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Stage::Ended { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            Stage::Below { answer, around, held } => {
                let Ok(response) = ready!(answer.poll(context));
                let mut response = response.into_response();
                if let Some(held) = held.take() {
                    around.after(held, &mut response);
                }
                Poll::Ready(Ok(response))
            }
        }
    }
}
