//! TLS of the listener: a certificate from two PEM files, read again when they change, without a connection lost.
//!
//! A pair that cannot work (another's key, expired, no PEM) ends the start with what and where; later it is logged, and the pair
//! before stays. Handshakes have a deadline and a number, since each costs us more than its peer.

use core::time::Duration;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use caravan_fault::error_chain;
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

use crate::validity::Validity;

/// Largest PEM file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where the certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate, and behind it what leads to its authority, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
    /// How often both are read again.
    pub reload: Duration,
    /// Handshakes under way at once; a peer above that is hung up on, which costs nothing.
    pub handshakes_max: usize,
    /// Time for a handshake.
    pub handshake_timeout: Duration,
}

impl Tls {
    /// Files that are read again every ten seconds; a thousand handshakes at once, ten seconds for each.
    #[must_use]
    pub fn new(certificate: PathBuf, key: PathBuf) -> Self {
        Self {
            certificate,
            key,
            reload: Duration::from_secs(10),
            handshakes_max: 1_000,
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there, not ours to read, or far too large.
    #[error("{path:?} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No certificate is in it.
    #[error("{0:?} holds no certificate in PEM form")]
    NoCertificate(PathBuf),
    /// No key is in it. What is there instead is not told: it may be half a key.
    #[error("{0:?} holds no unencrypted private key in PEM form")]
    NoKey(PathBuf),
    /// It is another certificate's.
    #[error("the private key in {key:?} does not belong to the certificate in {certificate:?}")]
    Mismatch {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Its days are over, or yet to come.
    #[error("the certificate in {path:?} is valid from {from} until {until} only")]
    NotNow {
        /// The certificate.
        path: PathBuf,
        /// Its first second.
        from: Timestamp,
        /// Its last.
        until: Timestamp,
    },
    /// Of a kind that is not known here.
    #[error("{path:?} cannot be used")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// The pair in use.
#[derive(Debug)]
struct Live(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Live {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// What makes a connection a TLS connection.
#[derive(Clone)]
pub(crate) struct Acceptor {
    acceptor: TlsAcceptor,
    live: Arc<Live>,
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl core::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Acceptor").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Acceptor {
    /// # Errors
    /// When the pair cannot be used now.
    pub(crate) fn new(tls: &Tls) -> Result<Self, TlsError> {
        let live = Arc::new(Live(RwLock::new(Arc::new(load(tls)?))));
        let unusable = |source| TlsError::Unusable { path: tls.certificate.clone(), source };
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(&[&TLS13, &TLS12])
                .map_err(unusable)?
                .with_no_client_auth()
                .with_cert_resolver(Arc::<Live>::clone(&live));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let places = Arc::new(Semaphore::new(tls.handshakes_max));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { acceptor, live, places, timeout: tls.handshake_timeout })
    }

    /// A place for a handshake; none while too many are under way.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        if place.is_none() {
            handshake("refused");
        }
        place
    }

    /// Shakes hands, and then gives `place` back.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
        place: OwnedSemaphorePermit,
    ) -> io::Result<TlsStream<TcpStream>> {
        let shaken = tokio::time::timeout(self.timeout, self.acceptor.accept(stream)).await;
        drop(place);
        let shaken = shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        handshake(if shaken.is_ok() { "done" } else { "failed" });
        shaken
    }

    /// Takes up a new pair whenever the files hold one; never ends.
    pub(crate) async fn watch(self, tls: Tls) {
        let mut seen = print(&tls).await;
        loop {
            tokio::time::sleep(tls.reload).await;
            let now = print(&tls).await;
            if now == seen {
                continue;
            }
            seen = now;
            let files = tls.clone();
            match tokio::task::spawn_blocking(move || load(&files)).await {
                Ok(Ok(pair)) => {
                    *self.live.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                    tracing::info!("The certificate was read again.");
                }
                Ok(Err(error)) => tracing::error!(
                    error = error_chain(&error),
                    "The new certificate cannot be used; the one before stays."
                ),
                Err(error) => tracing::error!(%error, "The certificate could not be read again."),
            }
        }
    }
}

fn handshake(outcome: &'static str) {
    metrics::counter!("caravan_tls_handshakes_total", "outcome" => outcome).increment(1);
}

/// What both files hold, as one number; none while one of them cannot be read.
async fn print(tls: &Tls) -> Option<u64> {
    let tls = tls.clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut hasher = DefaultHasher::new();
        for path in [&tls.certificate, &tls.key] {
            read(path).ok()?.hash(&mut hasher);
        }
        Some(hasher.finish())
    });
    read.await.ok().flatten()
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(bytes)
}

/// The pair, found to belong together and to be valid now.
fn load(tls: &Tls) -> Result<CertifiedKey, TlsError> {
    let (path, key_path) = (&tls.certificate, &tls.key);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    let chain = chain.map_err(|_| TlsError::NoCertificate(path.clone()))?;
    let first = chain.first().ok_or_else(|| TlsError::NoCertificate(path.clone()))?;
    let Validity { from, until } = Validity::read(first).ok_or_else(|| TlsError::Unusable {
        path: path.clone(),
        source: rustls::CertificateError::BadEncoding.into(),
    })?;
    let now = Timestamp::now();
    if now < from || until < now {
        return Err(TlsError::NotNow { path: path.clone(), from, until });
    }
    let key = PrivateKeyDer::from_pem_slice(&read(key_path)?)
        .map_err(|_| TlsError::NoKey(key_path.clone()))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .map_err(|source| match source {
            rustls::Error::InconsistentKeys(_) => {
                TlsError::Mismatch { certificate: path.clone(), key: key_path.clone() }
            }
            source => TlsError::Unusable { path: key_path.clone(), source },
        })
        .inspect(|_| {
            metrics::gauge!("caravan_tls_certificate_expires_seconds").set(
                Duration::from_secs(u64::try_from(until.as_second()).unwrap_or(0)).as_secs_f64(),
            );
        })
}
