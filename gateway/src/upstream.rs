//! What stands behind the gateway: a `tower::Service` per set of paths, in process or over HTTP/2.

use core::convert::Infallible;
use core::fmt;

use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::response::Response;
use caravan_web::context::Signer;
use tower::util::BoxCloneSyncService;
use utoipa::openapi::OpenApi;

use crate::remote;

/// Who may reach an upstream.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Callers, by API key or session, with `read` for GET and HEAD, with `write` for everything else.
    Key {
        /// Scope for reading.
        read: &'static str,
        /// Scope for changing.
        write: &'static str,
    },
    /// Callers, whatever their scopes: the service asks for them route by route.
    Known,
    /// Anybody; what is behind authenticates by itself (a webhook's signature, a login). Limits by address hold all the same.
    Open,
}

/// What a set of paths costs us, beyond reading and writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Class {
    /// No more than that.
    #[default]
    Common,
    /// A write sets off long work: an import, an export, a job.
    Heavy,
    /// A POST signs in, or tries to.
    Login,
    /// Anybody may ask, and each question costs the database one.
    Public,
}

/// The role of what the gateway answers by itself, and of what stands in its process.
pub(crate) const OWN_ROLE: &str = "gateway";

/// A service and the paths that lead to it.
#[derive(Clone)]
pub struct Upstream {
    /// Path prefixes: `/v1/documents` also takes everything below it. The path is passed on unchanged.
    pub prefixes: &'static [&'static str],
    /// The service.
    pub service: BoxCloneSyncService<Request, Response, Infallible>,
    /// Who may reach it.
    pub access: Access,
    /// Largest request body, in bytes.
    pub body_bytes_max: u64,
    /// How its requests are limited besides.
    pub class: Class,
    /// The role that answers, by which its requests are counted.
    pub role: &'static str,
    /// What it says about its routes. Without a document its routes are not described, and their requests not checked here.
    pub openapi: Option<OpenApi>,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("prefixes", &self.prefixes)
            .field("access", &self.access)
            .field("body_bytes_max", &self.body_bytes_max)
            .field("class", &self.class)
            .field("role", &self.role)
            .field("described", &self.openapi.is_some())
            .finish_non_exhaustive()
    }
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
        let service = BoxCloneSyncService::new(service);
        Self::new(prefixes, service, access, body_bytes_max)
    }

    /// An upstream in another process, which listens at `authority` for HTTP/2 with prior knowledge and holds the same key.
    #[must_use]
    pub fn remote(
        prefixes: &'static [&'static str],
        authority: Authority,
        signer: Signer,
        access: Access,
        body_bytes_max: u64,
    ) -> Self {
        Self::new(prefixes, remote::service(authority, signer), access, body_bytes_max)
    }

    fn new(
        prefixes: &'static [&'static str],
        service: BoxCloneSyncService<Request, Response, Infallible>,
        access: Access,
        body_bytes_max: u64,
    ) -> Self {
        let (class, role) = (Class::Common, OWN_ROLE);
        Self { prefixes, service, access, body_bytes_max, class, role, openapi: None }
    }

    /// The same with the role that answers.
    #[must_use]
    pub fn of_role(self, role: &'static str) -> Self {
        Self { role, ..self }
    }

    /// The same with its class.
    #[must_use]
    pub fn of_class(self, class: Class) -> Self {
        Self { class, ..self }
    }

    /// The same with its description; of it those paths count that lead here.
    #[must_use]
    pub fn described_by(self, openapi: OpenApi) -> Self {
        Self { openapi: Some(openapi), ..self }
    }
}

/// Whether `path` is one of `prefixes`, or below one.
pub(crate) fn leads_to(prefixes: &[&str], path: &str) -> bool {
    prefixes.iter().any(|prefix| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
