//! A layer of the stack as one async function of what it knows, the request and what is below.
//!
//! As `axum::middleware::from_fn`, save that what is below is shared. There each layer clones all that is below it for every request,
//! which adds up to the square of their number.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service, ServiceExt as _};

pub(crate) type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What is below a layer.
#[derive(Clone)]
pub(crate) struct Next(Arc<dyn Below>);

impl Next {
    /// What is below, for whoever has several of them to choose from.
    pub(crate) fn new<I>(below: I) -> Self
    where
        I: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        I::Response: IntoResponse,
        I::Future: Send,
    {
        Self(Arc::new(below))
    }

    /// Hands the request on, at once: who waits for the answer holds no copy of the request.
    pub(crate) fn run(&self, request: Request) -> Answer<Response> {
        self.0.answer(request)
    }
}

/// A service whose type does not matter.
trait Below: Send + Sync {
    fn answer(&self, request: Request) -> Answer<Response>;
}

impl<I> Below for I
where
    I: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    I::Response: IntoResponse,
    I::Future: Send,
{
    fn answer(&self, request: Request) -> Answer<Response> {
        let mut below = self.clone();
        // Nothing of ours ever makes a request wait to be taken; then it goes down at once, and is not kept until it is polled.
        if below.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready() {
            let answer = below.call(request);
            return Box::pin(async move { answered(answer.await) });
        }
        Box::pin(async move { answered(below.oneshot(request).await) })
    }
}

fn answered(answer: Result<impl IntoResponse, Infallible>) -> Response {
    let Ok(response) = answer;
    response.into_response()
}

/// A layer that is `function`, which needs nothing but the request.
pub(crate) fn step<F, R>(
    function: F,
) -> StepLayer<(), impl Fn(State<()>, Request, Next) -> R + Clone>
where
    F: Fn(Request, Next) -> R + Clone,
{
    step_with((), move |State(()), request, next| function(request, next))
}

/// A layer that is `function`, which knows `state`. It is cloned for each request, so let it be small.
pub(crate) fn step_with<S, F, R>(state: S, function: F) -> StepLayer<S, F>
where
    F: Fn(State<S>, Request, Next) -> R,
{
    StepLayer { state, function }
}

/// See [`step_with`].
#[derive(Clone)]
pub(crate) struct StepLayer<S, F> {
    state: S,
    function: F,
}

impl<S, F, I> Layer<I> for StepLayer<S, F>
where
    S: Clone,
    F: Clone,
    I: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    I::Response: IntoResponse,
    I::Future: Send,
{
    type Service = Step<S, F>;

    fn layer(&self, below: I) -> Self::Service {
        Step(Arc::new((self.clone(), Next::new(below))))
    }
}

/// The service of a [`StepLayer`]; a clone shares everything.
pub(crate) struct Step<S, F>(Arc<(StepLayer<S, F>, Next)>);

impl<S, F> Clone for Step<S, F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, F, R> Service<Request> for Step<S, F>
where
    S: Clone,
    F: Fn(State<S>, Request, Next) -> R,
    R: Future<Output: IntoResponse> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // What is below is asked when the request gets there.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (StepLayer { state, function }, next) = &*self.0;
        let answer = function(State(state.clone()), request, next.clone());
        Box::pin(async move { Ok(answer.await.into_response()) })
    }
}
