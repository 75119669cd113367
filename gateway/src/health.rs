//! Liveness, readiness and metrics: for the orchestrator and Prometheus, without a key.

use core::pin::Pin;
use std::future::Future;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use caravan_telemetry::Metrics;
use serde_json::json;

/// Says whether one thing that we need answers; the text is for the operator and names no address.
pub type Check =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// What readiness depends on, by name.
#[derive(Clone)]
pub struct Health {
    /// Checks by name.
    pub checks: Vec<(&'static str, Check)>,
    /// The process's metrics.
    pub metrics: Metrics,
}

impl core::fmt::Debug for Health {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names: Vec<_> = self.checks.iter().map(|(name, _)| name).collect();
        f.debug_struct("Health").field("checks", &names).finish_non_exhaustive()
    }
}

const ALIVE: &str = "/healthz";
const READY: &str = "/readyz";
const METRICS: &str = "/metrics";

/// Whether `path` is one of [`router`].
pub(crate) fn is_probe(path: &str) -> bool {
    matches!(path, ALIVE | READY | METRICS)
}

/// `/healthz`, `/readyz` and `/metrics`, for a role without a gateway in its process.
pub fn router(health: Health) -> Router {
    Router::new()
        .route(ALIVE, get(|| async { "ok\n" }))
        .route(READY, get(ready))
        .route(METRICS, get(metrics))
        .with_state(health)
}

async fn ready(State(health): State<Health>) -> Response {
    let mut all = true;
    let mut shown = serde_json::Map::new();
    for (name, check) in &health.checks {
        let result = check().await;
        all &= result.is_ok();
        let text = result.err().unwrap_or_else(|| "ok".to_owned());
        shown.insert((*name).to_owned(), text.into());
    }
    let status = if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": all, "checks": shown }))).into_response()
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], health.metrics.render())
}
