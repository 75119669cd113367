//! Processes elsewhere: found by name, asked with the caller's own context, and shown as unreachable when they do not answer.

use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use caravan_fault::error_chain;
use caravan_tenancy::Caller;
use futures_util::future::join_all;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use crate::process::PATH;
use crate::wire::{CheckOut, Condition, OwnOut, ProcessOut, Report};

/// Largest report that is read.
const REPORT_BYTES_MAX: usize = 1 << 20;

/// What carries a request to one process, with the [`Caller`] of its extensions.
pub type Found = BoxCloneSyncService<Request, Response, Infallible>;

/// The processes of one role.
#[async_trait]
pub trait Peers: Send + Sync + 'static {
    /// Every process that there is now.
    async fn each(&self) -> std::io::Result<Vec<Found>>;
}

impl fmt::Debug for dyn Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peers")
    }
}

/// A role that runs in processes of its own.
#[derive(Debug)]
pub struct Peer {
    /// The role.
    pub role: &'static str,
    /// Its processes.
    pub processes: Box<dyn Peers>,
}

impl Peer {
    /// What each of its processes says, within `within`.
    pub(crate) async fn reports(&self, caller: &Caller, within: Duration) -> Vec<Report> {
        let found = match tokio::time::timeout(within, self.processes.each()).await {
            Ok(Ok(found)) if !found.is_empty() => found,
            Ok(Ok(_)) => return vec![unreachable(self.role, "its name leads nowhere")],
            Ok(Err(error)) => {
                tracing::warn!(%error, role = self.role, "A role's processes cannot be found.");
                return vec![unreachable(self.role, "its name leads nowhere")];
            }
            Err(_) => return vec![unreachable(self.role, "its name was not resolved in time")],
        };
        join_all(found.into_iter().map(|service| self.ask(service, caller, within))).await
    }

    async fn ask(&self, service: Found, caller: &Caller, within: Duration) -> Report {
        match tokio::time::timeout(within, ask(service, caller)).await {
            Ok(Ok(report)) => report,
            Ok(Err(error)) => {
                tracing::warn!(
                    error = error_chain(&error),
                    role = self.role,
                    "A process did not tell of itself."
                );
                unreachable(self.role, &error.to_string())
            }
            Err(_) => {
                let why = format!("it did not answer within {} ms", within.as_millis());
                unreachable(self.role, &why)
            }
        }
    }
}

/// Why a process says nothing of itself.
#[derive(Debug, thiserror::Error)]
enum Silent {
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer cannot be read")]
    Body(#[source] axum::Error),
    #[error("its answer is not a report; it may be of another version")]
    Form(#[source] serde_json::Error),
    #[error("the question cannot be made")]
    Request(#[source] axum::http::Error),
}

async fn ask(service: Found, caller: &Caller) -> Result<Report, Silent> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(PATH)
        .extension(caller.clone())
        .body(Body::empty())
        .map_err(Silent::Request)?;
    let Ok(response) = service.oneshot(request).await;
    if response.status() != StatusCode::OK {
        return Err(Silent::Status(response.status()));
    }
    let body = to_bytes(response.into_body(), REPORT_BYTES_MAX).await.map_err(Silent::Body)?;
    serde_json::from_slice(&body).map_err(Silent::Form)
}

fn unreachable(role: &str, why: &str) -> Report {
    let check = CheckOut {
        name: "process".to_owned(),
        ok: false,
        detail: Some(why.to_owned()),
        took_ms: 0,
    };
    let process = ProcessOut {
        roles: vec![role.to_owned()],
        status: Condition::Unreachable,
        instance: None,
        version: None,
        started_at: None,
        memory_bytes: None,
        checks: vec![check],
        pools: Vec::new(),
    };
    let own = OwnOut { parked: Vec::new(), unread: true, quarantined: None, breakers: Vec::new() };
    Report { process, disk: None, own }
}
