//! An upstream in another process: HTTP/2 with prior knowledge, the caller told in a signed context.

use core::convert::Infallible;
use core::str::FromStr as _;
use core::time::Duration;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use caravan_tenancy::Caller;
use caravan_web::Problem;
use caravan_web::context::{self, Signer};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::util::BoxCloneSyncService;

use crate::spans;

/// Time for a connection to a service, which is near.
const CONNECT: Duration = Duration::from_secs(3);
/// How often a quiet connection is asked whether it still lives.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// Headers of one hop, which HTTP/2 does not have (RFC 9113, §8.2.2).
const OF_ONE_HOP: [HeaderName; 5] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    HeaderName::from_static("keep-alive"),
];

/// Processes of one role, wherever its name leads.
#[derive(Debug, Clone)]
pub struct Remote {
    authority: Authority,
    signer: Signer,
}

impl Remote {
    /// What listens at `authority` and holds the key of `signer`.
    #[must_use]
    pub fn new(authority: Authority, signer: Signer) -> Self {
        Self { authority, signer }
    }

    /// A service for each address that the name has now: for a question to every process behind it, and not to the one that
    /// a connection happens to lead to.
    ///
    /// # Errors
    /// When the name has no address.
    pub async fn each(
        &self,
    ) -> std::io::Result<Vec<BoxCloneSyncService<Request, Response, Infallible>>> {
        let port = self.authority.port_u16().unwrap_or(80);
        let addresses = tokio::net::lookup_host((host(&self.authority), port)).await?;
        let addresses: BTreeSet<SocketAddr> = addresses.collect();
        let authorities =
            addresses.iter().filter_map(|address| Authority::from_str(&address.to_string()).ok());
        Ok(authorities.map(|authority| service(authority, self.signer.clone())).collect())
    }
}

/// The host without the brackets that an IPv6 address has in an authority.
fn host(authority: &Authority) -> &str {
    authority.host().trim_start_matches('[').trim_end_matches(']')
}

/// A service that carries requests to `authority`. Nothing is tried twice: only the caller knows what may be repeated.
pub(crate) fn service(
    authority: Authority,
    signer: Signer,
) -> BoxCloneSyncService<Request, Response, Infallible> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_nodelay(true);
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(CONNECT)
        .build(connector);
    // Shared: a client is large, and every request has a clone of the service.
    let parts = Arc::new((client, authority, signer));
    BoxCloneSyncService::new(tower::service_fn(move |request: Request| {
        let parts = Arc::clone(&parts);
        let (client, authority, signer) = &*parts;
        // It goes into the client here, so that what waits for the answer is small.
        let under_way = outward(authority, signer, request).map(|request| client.request(request));
        async move {
            let Some(answer) = under_way else {
                let detail = "the request cannot be passed on; give the operator the trace id";
                let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
                return Ok(problem.into_response());
            };
            Ok(match answer.await {
                Ok(response) => response.map(Body::new),
                Err(error) => failed(&parts.1, &error),
            })
        }
    }))
}

/// The request as the service gets it.
fn outward(authority: &Authority, signer: &Signer, request: Request) -> Option<Request> {
    let (mut parts, body) = request.into_parts();
    let caller = parts.extensions.get::<Caller>();
    let context = signer.sign(caller, &parts.method, parts.uri.path(), SystemTime::now())?;
    let mut uri = parts.uri.into_parts();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(authority.clone());
    parts.uri = Uri::from_parts(uri).ok()?;
    parts.version = axum::http::Version::HTTP_2;
    parts.headers.remove(header::HOST);
    for name in &OF_ONE_HOP {
        parts.headers.remove(name);
    }
    parts.headers.insert(HeaderName::from_static(context::HEADER), context);
    // Another one each time: HTTP/2 need not remember it, and so keeps what does come again.
    if let Some(trace) = parts.headers.get_mut(spans::TRACEPARENT) {
        trace.set_sensitive(true);
    }
    // What the extensions hold (peer address, caller) is ours and stays here.
    parts.extensions.clear();
    Some(Request::from_parts(parts, body))
}

fn failed(authority: &Authority, error: &Error) -> Response {
    tracing::warn!(%authority, error = caravan_fault::error_chain(error), "A service could not be reached.");
    if error.is_connect() {
        let detail =
            "the service behind this path cannot be reached right now; nothing was done, try again";
        return Problem::unavailable("service-unavailable", detail).into_response();
    }
    let detail =
        "the connection to the service was lost; what was sent may or may not have been taken";
    let mut response =
        Problem::new(StatusCode::BAD_GATEWAY, "service-lost", detail).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
