//! What stands behind the gateway: a `tower::Service` per set of paths, in process or, later, over HTTP/2.

use core::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use tower::util::BoxCloneSyncService;

/// Who may reach an upstream.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Holders of an API key with `read` for GET and HEAD, with `write` for everything else.
    Key {
        /// Scope for reading.
        read: &'static str,
        /// Scope for changing.
        write: &'static str,
    },
    /// Anybody; what is behind authenticates by itself (a webhook's signature). Limits by address hold all the same.
    Open,
}

/// A service and the paths that lead to it.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Path prefixes: `/v1/documents` also takes everything below it. The path is passed on unchanged.
    pub prefixes: &'static [&'static str],
    /// The service.
    pub service: BoxCloneSyncService<Request, Response, Infallible>,
    /// Who may reach it.
    pub access: Access,
    /// Largest request body, in bytes.
    pub body_bytes_max: u64,
}

impl Upstream {
    /// An upstream in this process.
    pub fn in_process(
        prefixes: &'static [&'static str],
        router: axum::Router,
        access: Access,
        body_bytes_max: u64,
    ) -> Self {
        let service = tower::service_fn(move |request: Request<Body>| {
            let router = router.clone();
            async move { tower::ServiceExt::oneshot(router, request).await }
        });
        Self { prefixes, service: BoxCloneSyncService::new(service), access, body_bytes_max }
    }
}
