//! The server: binds, accepts, and lets go in order.
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::PublicKey;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::admission::{Accounts, Strangers};
use crate::config::Config;
use crate::connection;
use crate::key_file::{self, KeyFileError};
use crate::mailbox::Mailbox;
use crate::parking::Parking;
use crate::staging::Staging;
use crate::telemetry;
use crate::transport_policy;

/// How often parked uploads are looked through for old ones.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Pause after a failed accept: the usual cause, too many open files, does not pass at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the server could not start.
#[derive(Debug, Error)]
pub enum Error {
    /// The host key could not be read or made.
    #[error(transparent)]
    HostKey(#[from] KeyFileError),
    /// The staging folder could not be made or read.
    #[error("could not use the staging folder {}", path.display())]
    Staging {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The address could not be bound, most often because another program has the port.
    #[error("could not listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The start was cancelled by the runtime.
    #[error("the start did not finish")]
    Interrupted(#[source] JoinError),
}

/// What every connection shares.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) ssh: Arc<russh::server::Config>,
    pub(crate) mailbox: Arc<dyn Mailbox>,
    pub(crate) accounts: Accounts,
    pub(crate) staging: Staging,
    pub(crate) parking: Parking,
    pub(crate) shutdown: CancellationToken,
}

/// A bound SFTP server; it answers once [`Server::run`] is polled.
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    host_key: PublicKey,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("local_addr", &self.local_addr)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Reads or makes the host key, brings back parked uploads, and listens.
    ///
    /// # Errors
    /// When the key, the staging folder or the address cannot be used.
    pub async fn bind(config: Config, mailbox: Arc<dyn Mailbox>) -> Result<Self, Error> {
        let prepare = {
            let config = config.clone();
            move || prepare(&config)
        };
        let (key, accounts, staging, parking) =
            tokio::task::spawn_blocking(prepare).await.map_err(Error::Interrupted)??;
        let bind = |source| Error::Bind { address: config.address, source };
        let listener = TcpListener::bind(config.address).await.map_err(bind)?;
        let local_addr = listener.local_addr().map_err(bind)?;
        let host_key = key.public_key().clone();
        let ssh = Arc::new(transport_policy::ssh_config(&config, key));
        let shutdown = CancellationToken::new();
        let shared =
            Arc::new(Shared { config, ssh, mailbox, accounts, staging, parking, shutdown });
        Ok(Self { listener, local_addr, host_key, shared })
    }

    /// The address in use; with port 0 in the config, the port that was free.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The public half of the host key, for `known_hosts` lines.
    #[must_use]
    pub fn host_key(&self) -> &PublicKey {
        &self.host_key
    }

    /// Serves until `shutdown`; then lets uploads under way finish within the drain time and cuts the rest.
    pub async fn run(self, shutdown: CancellationToken) {
        let Self { listener, shared, .. } = self;
        let strangers = Strangers::new(shared.config.pre_auth_per_ip_max);
        let mut connections = JoinSet::new();
        let mut sweep = interval(SWEEP_EVERY);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((socket, peer)) => {
                        if connections.len() >= shared.config.connections_max {
                            telemetry::connection_refused(peer.ip(), "connections");
                        } else if let Some(place) = strangers.enter(peer.ip()) {
                            connections.spawn(connection::serve(shared.clone(), socket, peer, place));
                        } else {
                            telemetry::connection_refused(peer.ip(), "strangers");
                        }
                    }
                    Err(error) => {
                        telemetry::accept_failed(&error);
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = connections.join_next() => report(ended),
                _ = sweep.tick() => {
                    let expired = shared.parking.expire(shared.config.parked_ttl);
                    telemetry::parked_expired(expired);
                }
            }
        }
        drop(listener);
        shared.shutdown.cancel();
        let drained = timeout(shared.config.drain, async {
            while let Some(ended) = connections.join_next().await {
                report(ended);
            }
        });
        if drained.await.is_err() {
            telemetry::drain_cut(connections.len());
            connections.shutdown().await;
        }
    }
}

fn prepare(
    config: &Config,
) -> Result<(russh::keys::PrivateKey, Accounts, Staging, Parking), Error> {
    let staging_error = |source| Error::Staging { path: config.staging.clone(), source };
    let key = key_file::load_or_create(&config.host_key)?;
    let accounts = Accounts::default();
    let staging = Staging::open(&config.staging).map_err(staging_error)?;
    let parking =
        Parking::restore(staging.folder(), &accounts, config.parked_max).map_err(staging_error)?;
    Ok((key, accounts, staging, parking))
}

/// A panic ends one connection, and is told.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        telemetry::connection_panicked(&error);
    }
}
