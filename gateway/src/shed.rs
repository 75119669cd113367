//! Load shedding: what cannot be served now is told so at once, before a byte of its body is read.

use core::time::Duration;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use caravan_web::Problem;
use tokio::sync::Semaphore;

/// Requests that may be under way at once.
#[derive(Debug, Clone)]
pub(crate) struct Places(Arc<Semaphore>);

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }
}

/// Takes a place until the answer's headers are there; without a free one the answer is 503.
pub(crate) async fn layer(State(places): State<Places>, request: Request, next: Next) -> Response {
    match places.0.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => {
            metrics::counter!("caravan_http_shed_total").increment(1);
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "too many requests are under way; try again",
            )
            .retry_after(Duration::from_secs(1))
            .into_response()
        }
    }
}
