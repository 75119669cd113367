//! One SSH connection: who logs in, and the single SFTP channel that a login gets.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{Algorithm, HashAlg, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session as Ssh, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelMsg, ChannelOpenFailure, Disconnect, Pty};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::admission::{SessionPlace, StrangerPlace};
use crate::mailbox::Account;
use crate::server::Shared;
use crate::session;
use crate::stream::Cuttable;
use crate::telemetry::{self, LoginRefused};
use crate::transport_policy;

const USER_BYTES_MAX: usize = 64;
/// How long a client may take to hang up after its session is over.
const GOODBYE: Duration = Duration::from_secs(5);

/// A completed login with its place among the account's sessions.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) account: Account,
    pub(crate) user: String,
    pub(crate) place: SessionPlace,
}

/// Serves one connection to its end. Whatever happens, the socket is closed when this returns or is dropped.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    socket: TcpStream,
    peer: SocketAddr,
    stranger: StrangerPlace,
) {
    let cut = CancellationToken::new();
    let _closes_the_socket = cut.clone().drop_guard();
    let deadline = Instant::now() + shared.config.login_grace;
    let (grant, granted) = oneshot::channel();
    let gatekeeper = Gatekeeper {
        shared: shared.clone(),
        peer,
        stranger: Some(stranger),
        refused: 0,
        verified: None,
        login: None,
        grant: Some(grant),
        sftp_started: false,
    };
    let stream = Cuttable::new(socket, cut);
    let start = russh::server::run_stream(shared.ssh.clone(), stream, gatekeeper);
    let running = match timeout_at(deadline, start).await {
        Ok(Ok(running)) => running,
        Ok(Err(error)) => return telemetry::connection_failed(peer.ip(), &error),
        Err(_) => return telemetry::login_timed_out(peer.ip()),
    };
    let opened = tokio::select! {
        opened = timeout_at(deadline, open_sftp(granted)) => opened,
        () = shared.shutdown.cancelled() => Ok(None),
    };
    match opened {
        Ok(Some((login, channel))) => {
            session::run(shared.clone(), login, peer.ip(), channel).await;
        }
        Ok(None) => {}
        Err(_) => return telemetry::login_timed_out(peer.ip()),
    }
    if shared.shutdown.is_cancelled() {
        let text = "the server is shutting down".to_owned();
        let farewell = running.handle();
        let farewell = farewell.disconnect(Disconnect::ByApplication, text, "en".to_owned());
        // Politeness only: the socket is closed in any case.
        drop(timeout(GOODBYE, farewell).await);
    }
    match timeout(GOODBYE, running).await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(error)) => telemetry::connection_failed(peer.ip(), &error),
    }
}

/// Waits until the client's channel has become an SFTP stream. `None` when the client left before.
async fn open_sftp(
    granted: oneshot::Receiver<(Login, Channel<Msg>)>,
) -> Option<(Login, Channel<Msg>)> {
    let (login, mut channel) = granted.await.ok()?;
    loop {
        match channel.wait().await? {
            ChannelMsg::RequestSubsystem { name, .. } if name == SUBSYSTEM => {
                return Some((login, channel));
            }
            ChannelMsg::Eof | ChannelMsg::Close => return None,
            // Anything sent before the subsystem exists is for nobody.
            _ => {}
        }
    }
}

const SUBSYSTEM: &str = "sftp";

/// Decides what the SSH layer may do for a client. It says no to everything but one SFTP channel.
struct Gatekeeper {
    shared: Arc<Shared>,
    peer: SocketAddr,
    /// Given back at login.
    stranger: Option<StrangerPlace>,
    refused: usize,
    /// Set anew by each verified key, never carried from one user name to another.
    verified: Option<(Account, String)>,
    login: Option<Login>,
    grant: Option<oneshot::Sender<(Login, Channel<Msg>)>>,
    sftp_started: bool,
}

impl Gatekeeper {
    /// The account that `key` opens for `user`; the same `None` for every reason.
    async fn account(&self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Option<Account> {
        if user.len() > USER_BYTES_MAX
            || user.chars().any(char::is_control)
            || !transport_policy::accepts(algorithm)
        {
            return None;
        }
        let account = self.shared.mailbox.account(user).await?;
        account.keys.iter().any(|known| known.key_data() == key.key_data()).then_some(account)
    }

    fn refuse(&mut self, user: &str, reason: LoginRefused) -> Result<Auth, russh::Error> {
        telemetry::login_refused(user, self.peer.ip(), reason);
        self.refused = self.refused.saturating_add(1);
        if self.refused > self.shared.config.auth_attempts_max {
            return Err(russh::Error::Disconnect);
        }
        Ok(Auth::reject())
    }
}

impl Handler for Gatekeeper {
    type Error = russh::Error;

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        match self.account(user, offer.public_key, offer.algorithm).await {
            Some(_) => Ok(Auth::Accept),
            None => self.refuse(user, LoginRefused::Key),
        }
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        self.verified = None;
        match self.account(user, key.public_key, key.algorithm).await {
            Some(account) => {
                let fingerprint = key.public_key.fingerprint(HashAlg::Sha256).to_string();
                telemetry::login_accepted(user, &account.id, self.peer.ip(), &fingerprint);
                self.verified = Some((account, user.to_owned()));
                Ok(Auth::Accept)
            }
            None => self.refuse(user, LoginRefused::Key),
        }
    }

    async fn auth_succeeded(&mut self, session: &mut Ssh) -> Result<(), Self::Error> {
        self.stranger = None;
        let Some((account, user)) = self.verified.take() else {
            return Err(russh::Error::Disconnect);
        };
        let usage = self.shared.accounts.usage(&account.id);
        match SessionPlace::enter(usage, self.shared.config.sessions_per_account_max) {
            Some(place) => {
                self.login = Some(Login { account, user, place });
                Ok(())
            }
            None => {
                telemetry::login_refused(&user, self.peer.ip(), LoginRefused::Sessions);
                session.disconnect(
                    Disconnect::TooManyConnections,
                    "too many sessions of this account are open",
                    "en",
                )
            }
        }
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Ssh,
    ) -> Result<(), Self::Error> {
        let (Some(login), Some(grant)) = (self.login.take(), self.grant.take()) else {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        };
        // The channel lives in the connection's task, never here: this one must stay free to feed it.
        if grant.send((login, channel)).is_ok() {
            reply.accept().await;
        }
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Ssh,
    ) -> Result<(), Self::Error> {
        if name == SUBSYSTEM && !self.sftp_started {
            self.sftp_started = true;
            return session.channel_success(channel);
        }
        telemetry::channel_request_refused(self.peer.ip(), "subsystem");
        session.channel_failure(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut Ssh,
    ) -> Result<(), Self::Error> {
        telemetry::channel_request_refused(self.peer.ip(), "exec");
        session.channel_failure(channel)
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Ssh,
    ) -> Result<(), Self::Error> {
        telemetry::channel_request_refused(self.peer.ip(), "shell");
        session.channel_failure(channel)
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _col_width: u32,
        _row_height: u32,
        _pix_width: u32,
        _pix_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Ssh,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Ssh,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single_connection: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Ssh,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}
