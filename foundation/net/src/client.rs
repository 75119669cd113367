//! The HTTP client below every stack of calls out, and what its failures say of the other side.
//!
//! # Why
//! What a client may not do by itself (follow a redirect, take a proxy from the environment, try again, resolve a name without
//! the guard) is a wall against forged requests; a wall stands in one place.

use core::time::Duration;

use caravan_fault::error_chain;

use crate::guard::{Denied, GuardedResolver, denied_in};

/// Idle connections kept per host.
const IDLE_PER_HOST_MAX: usize = 8;
/// How long a connection is kept idle.
const IDLE: Duration = Duration::from_secs(60);

/// How long the parts of an exchange may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Between two reads.
    pub read: Duration,
}

/// A client without proxies, redirects, retries, and addresses but the guarded resolver's.
///
/// # Errors
/// When TLS cannot be set up.
pub fn build(
    resolver: GuardedResolver,
    timeouts: Timeouts,
    agent: &str,
) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .dns_resolver(resolver)
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.read)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .pool_idle_timeout(IDLE)
        .user_agent(agent)
        .build()
}

/// Why an exchange gave no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The guard refused the destination. Nothing was sent.
    #[error("the destination is not allowed")]
    Denied(#[source] Denied),
    /// No connection: refused, no such name, TLS failed. Nothing was sent.
    #[error("the other side cannot be reached: {detail}")]
    Unreachable {
        /// For the log.
        detail: String,
    },
    /// No response in time; the request may have arrived.
    #[error("no response in time")]
    Timeout,
    /// The request cannot be formed.
    #[error("the request cannot be formed: {detail}")]
    Request {
        /// What is wrong with it.
        detail: String,
    },
    /// The connection failed after the request was sent.
    #[error("the connection broke: {detail}")]
    Broken {
        /// For the log.
        detail: String,
    },
}

/// Told without the URL, whose path and query may hold what belongs to a tenant.
impl From<&reqwest::Error> for Failure {
    fn from(error: &reqwest::Error) -> Self {
        if let Some(denied) = denied_in(error) {
            return Self::Denied(denied.clone());
        }
        let detail = core::error::Error::source(error)
            .map_or_else(|| "no cause given".to_owned(), error_chain);
        if error.is_connect() {
            Self::Unreachable { detail }
        } else if error.is_timeout() {
            Self::Timeout
        } else if error.is_builder() {
            Self::Request { detail }
        } else {
            Self::Broken { detail }
        }
    }
}
