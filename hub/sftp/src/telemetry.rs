//! Everything the door tells its operator: metric names and log lines. Never key material, never file content.
use std::error::Error;
use std::net::IpAddr;
use std::path::Path;

use metrics::{counter, gauge};
use tracing::{debug, info, warn};

use crate::answer::Refused;
use crate::mailbox::AccountId;

const CONNECTIONS_REFUSED: &str = "caravan_sftp_connections_refused_total";
const CONNECTIONS_FAILED: &str = "caravan_sftp_connections_failed_total";
const LOGINS: &str = "caravan_sftp_logins_total";
const SESSIONS: &str = "caravan_sftp_sessions";
const UPLOADS: &str = "caravan_sftp_uploads_total";
const BYTES: &str = "caravan_sftp_bytes_total";
const STORE_FAILURES: &str = "caravan_sftp_store_failures_total";

/// Why a login was refused. The client is told neither.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LoginRefused {
    /// No such account, no such key, or an algorithm that we do not accept.
    Key,
    /// The account has as many sessions as it may.
    Sessions,
}

/// What ended a session.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SessionEnd {
    Client,
    Idle,
    Protocol,
    Shutdown,
}

/// A session that is counted until it ends, also when its task is aborted.
#[derive(Debug)]
pub(crate) struct SessionStarted {
    account: AccountId,
    peer: IpAddr,
}

pub(crate) fn session_started(account: &AccountId, user: &str, peer: IpAddr) -> SessionStarted {
    gauge!(SESSIONS).increment(1);
    info!(%account, user, ip = %peer, "sftp session started");
    SessionStarted { account: account.clone(), peer }
}

impl SessionStarted {
    pub(crate) fn ended(self, end: SessionEnd) {
        info!(account = %self.account, ip = %self.peer, ?end, "sftp session ended");
    }
}

impl Drop for SessionStarted {
    fn drop(&mut self) {
        gauge!(SESSIONS).decrement(1);
    }
}

pub(crate) fn connection_refused(peer: IpAddr, limit: &'static str) {
    counter!(CONNECTIONS_REFUSED, "limit" => limit).increment(1);
    debug!(ip = %peer, limit, "sftp connection refused");
}

pub(crate) fn connection_failed(peer: IpAddr, error: &russh::Error) {
    counter!(CONNECTIONS_FAILED, "reason" => "transport").increment(1);
    debug!(ip = %peer, error = chain(error), "sftp connection failed");
}

pub(crate) fn login_timed_out(peer: IpAddr) {
    counter!(CONNECTIONS_FAILED, "reason" => "grace").increment(1);
    info!(ip = %peer, "sftp login took too long");
}

pub(crate) fn connection_panicked(error: &tokio::task::JoinError) {
    counter!(CONNECTIONS_FAILED, "reason" => "panic").increment(1);
    warn!(error = chain(error), "sftp connection panicked");
}

pub(crate) fn accept_failed(error: &std::io::Error) {
    counter!(CONNECTIONS_FAILED, "reason" => "accept").increment(1);
    warn!(error = chain(error), "sftp accept failed");
}

pub(crate) fn drain_cut(connections: usize) {
    warn!(connections, "sftp connections were cut at the end of the drain time");
}

pub(crate) fn login_accepted(user: &str, account: &AccountId, peer: IpAddr, fingerprint: &str) {
    counter!(LOGINS, "outcome" => "accepted").increment(1);
    info!(user, %account, ip = %peer, fingerprint, "sftp login accepted");
}

pub(crate) fn login_refused(user: &str, peer: IpAddr, reason: LoginRefused) {
    counter!(LOGINS, "outcome" => "refused").increment(1);
    // The name comes from a stranger: escaped by `?`, cut by the caller's packet limit and here.
    let user: String = user.chars().take(64).collect();
    info!(?user, ip = %peer, ?reason, "sftp login refused");
}

pub(crate) fn channel_request_refused(peer: IpAddr, request: &'static str) {
    info!(ip = %peer, request, "sftp channel request refused");
}

pub(crate) fn request_refused(account: &AccountId, peer: IpAddr, refused: &Refused) {
    debug!(%account, ip = %peer, code = ?refused.code, why = refused.message, "sftp request refused");
}

pub(crate) fn upload_received(account: &AccountId, peer: IpAddr, name: &str, bytes: u64) {
    counter!(UPLOADS, "outcome" => "received").increment(1);
    info!(%account, ip = %peer, name, bytes, "sftp upload received");
}

pub(crate) fn upload_refused(account: &AccountId, peer: IpAddr, name: &str, why: &str) {
    counter!(UPLOADS, "outcome" => "refused").increment(1);
    warn!(%account, ip = %peer, name, why, "sftp upload refused");
}

pub(crate) fn upload_abandoned(account: &AccountId, peer: IpAddr, name: &str, bytes: u64) {
    counter!(UPLOADS, "outcome" => "abandoned").increment(1);
    warn!(%account, ip = %peer, name, bytes, "sftp upload ended before its close");
}

pub(crate) fn outbox_removed(account: &AccountId, peer: IpAddr, name: &str) {
    info!(%account, ip = %peer, name, "sftp outbox file removed");
}

pub(crate) fn bytes_received(bytes: usize) {
    counter!(BYTES, "direction" => "in").increment(u64::try_from(bytes).unwrap_or(u64::MAX));
}

pub(crate) fn bytes_sent(bytes: usize) {
    counter!(BYTES, "direction" => "out").increment(u64::try_from(bytes).unwrap_or(u64::MAX));
}

pub(crate) fn parked_expired(uploads: usize) {
    if uploads > 0 {
        counter!(UPLOADS, "outcome" => "expired")
            .increment(u64::try_from(uploads).unwrap_or(u64::MAX));
        info!(uploads, "sftp parked uploads expired");
    }
}

pub(crate) fn store_failed(error: &(dyn Error + 'static)) {
    counter!(STORE_FAILURES).increment(1);
    warn!(error = chain(error), "sftp store failed");
}

pub(crate) fn staging_leftover(path: &Path, error: &std::io::Error) {
    warn!(path = %path.display(), error = chain(error), "sftp staging file could not be deleted");
}

/// The error and its causes on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
