//! The listener: accepts, hands to the stack, drains at the end.

use core::num::NonZeroU32;
use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

use caravan_telemetry::Traffic;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::health::Health;
use crate::identify::Identify;
use crate::openapi::Clash;
use crate::rate::PerKey;
use crate::stack;
use crate::tls::{Acceptor, Tls, TlsError};
use crate::upstream::Upstream;

/// Largest request head, in bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Most headers of a request.
const HEADERS_MAX: usize = 100;

/// How the gateway listens and what it allows.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub address: SocketAddr,
    /// Requests under way at once; more are answered 503.
    pub requests_at_once_max: usize,
    /// Requests a second from one address.
    pub requests_per_s_per_address: NonZeroU32,
    /// Requests a second of one key or user, by class.
    pub requests_per_s_per_key: PerKey,
    /// Attempts to sign in a second from one address.
    pub logins_per_s_per_address: NonZeroU32,
    /// Questions of [`Public`](crate::Class::Public) routes a second from one address.
    pub public_per_s_per_address: NonZeroU32,
    /// Requests a second of one tenant.
    pub requests_per_s_per_tenant: NonZeroU32,
    /// Time for the request's head.
    pub head_timeout: Duration,
    /// Time until an upstream's headers are there.
    pub first_byte_timeout: Duration,
    /// Time for what is under way when we stop.
    pub drain: Duration,
    /// Name of the session cookie.
    pub session_cookie: &'static str,
    /// Origins of our own pages (`https://portal.example`) besides the host of each request, where a proxy changes it.
    pub origins: Vec<String>,
    /// Whether browsers reach us by https only, by our own TLS or a proxy's: they are then told to keep to it.
    pub https_only: bool,
    /// TLS of our own; without it we speak plain http, for loopback or behind a proxy.
    pub tls: Option<Tls>,
    /// The AsyncAPI document of the events, served as it is.
    pub asyncapi: Option<serde_json::Value>,
    /// Where answers are counted, for whoever shows them.
    pub traffic: Traffic,
}

impl Config {
    /// Defaults for one machine.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        let per_second = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            address,
            requests_at_once_max: 2_048,
            requests_per_s_per_address: per_second(5_000),
            requests_per_s_per_key: PerKey {
                reads: per_second(1_500),
                writes: per_second(1_000),
                heavy: per_second(20),
            },
            logins_per_s_per_address: per_second(20),
            // Many phones have one address between them.
            public_per_s_per_address: per_second(50),
            requests_per_s_per_tenant: per_second(2_000),
            head_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(25),
            session_cookie: "__Host-caravan",
            origins: Vec::new(),
            https_only: false,
            tls: None,
            asyncapi: None,
            traffic: Traffic::default(),
        }
    }
}

/// Why the gateway does not listen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is in use, or not ours.
    #[error("cannot listen at {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// The upstreams' descriptions cannot be brought together: a defect of ours.
    #[error("the routes' descriptions do not fit together")]
    Document(#[from] DocumentError),
}

/// What is wrong with the upstreams' descriptions.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// One name for two schemas.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// The document cannot be written as JSON.
    #[error("the document cannot be written")]
    Json(#[from] serde_json::Error),
    /// A schema cannot be compiled, or a path not matched.
    #[error("{operation}: {why}")]
    Operation {
        /// Method and path.
        operation: String,
        /// Why.
        why: String,
    },
}

/// A bound gateway.
#[derive(Debug)]
pub struct Gateway {
    listener: TcpListener,
    address: SocketAddr,
    config: Config,
    acceptor: Option<Acceptor>,
    door: Door,
}

impl Gateway {
    /// Binds the listener.
    ///
    /// # Errors
    /// When the address cannot be bound, the certificate not be used, or the upstreams' descriptions contradict each other.
    pub async fn bind(
        mut config: Config,
        identify: Arc<dyn Identify>,
        upstreams: Vec<Upstream>,
        health: Health,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Bind { address: config.address, source };
        let acceptor = config.tls.as_ref().map(Acceptor::new).transpose()?;
        config.https_only |= acceptor.is_some();
        let listener = TcpListener::bind(config.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let door = stack::build(&config, &identify, upstreams, health)?;
        // It is served as text from here on.
        config.asyncapi = None;
        Ok(Self { listener, address, config, acceptor, door })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`, then lets what is under way finish for at most [`Config::drain`].
    pub async fn serve(self, shutdown: CancellationToken) {
        let graceful = GracefulShutdown::new();
        if let (Some(acceptor), Some(tls)) = (&self.acceptor, &self.config.tls) {
            let watching = acceptor.clone().watch(tls.clone());
            tokio::spawn(shutdown.clone().run_until_cancelled_owned(watching));
        }
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = shutdown.cancelled() => break,
            };
            match accepted {
                Ok((stream, peer)) => self.connection(stream, peer, graceful.watcher()),
                Err(error) => {
                    // Out of descriptors, or the peer was gone already: neither ends the listener.
                    tracing::warn!(%error, "A connection could not be accepted.");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        if tokio::time::timeout(self.config.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("Requests were still under way when the gateway stopped.");
        }
    }

    fn connection(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "Nagle's algorithm stays on for a connection.");
        }
        let service = (self.door.clone(), peer);
        let head_timeout = self.config.head_timeout;
        let Some(acceptor) = self.acceptor.clone() else {
            tokio::spawn(speak(stream, head_timeout, service, watcher));
            return;
        };
        // Without a place it is dropped here, which hangs up.
        if let Some(place) = acceptor.place() {
            tokio::spawn(async move {
                match acceptor.accept(stream, place).await {
                    Ok(stream) => speak(stream, head_timeout, service, watcher).await,
                    Err(error) => tracing::debug!(%error, "A TLS handshake failed."),
                }
            });
        }
    }
}

/// Speaks HTTP over a connection until it ends.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    head_timeout: Duration,
    (door, peer): (Door, SocketAddr),
    watcher: Watcher,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .max_concurrent_streams(256)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
    let connection = builder
        .serve_connection_with_upgrades(
            TokioIo::new(stream),
            service_fn(move |request| door.answer(peer, request)),
        )
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "A connection ended early.");
    }
}
