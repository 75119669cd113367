//! Whether an endpoint can be reached at all: its name, its address, its TLS. For whoever sets a connection up.
//!
//! By the same guard, the same resolver and the same client as every call, and with no secret: what passes here is what a call
//! finds, too. The obstacles say nothing of our network; the words about a certificate are those of the TLS library.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use caravan_net::guard::{self, Guard, denied_in};
use url::{Host, Url};

/// Longest text of a certificate's defect, in characters.
const REASON_CHARS_MAX: usize = 200;

/// What stands between us and an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The guard refuses the URL or one of its addresses.
    #[error("the address is not allowed: {0}")]
    Denied(guard::Denied),
    /// The name has no address.
    #[error("the name has no address")]
    NoSuchName,
    /// No answer in time, from the resolver or from the other side.
    #[error("nothing answered in time")]
    Timeout,
    /// Nobody listens there.
    #[error("nobody accepts connections there")]
    Refused,
    /// What answers there is not TLS.
    #[error("what answers there does not speak TLS")]
    NotTls,
    /// The certificate does not hold.
    #[error("its certificate is not valid: {0}")]
    Certificate(String),
}

/// The parts of the way out that a probe goes.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) guard: Guard,
    pub(crate) resolver: Arc<dyn guard::Resolve>,
    pub(crate) client: reqwest::Client,
}

impl Probe {
    /// How many addresses the URL's host has, all of them allowed.
    pub(crate) async fn look_up(
        &self,
        url: &Url,
        allow_http: bool,
        within: Duration,
    ) -> Result<usize, Obstacle> {
        self.guard.check_url(url, allow_http).map_err(Obstacle::Denied)?;
        let Some(Host::Domain(host)) = url.host() else { return Ok(1) };
        let found = tokio::time::timeout(within, self.resolver.resolve(host)).await;
        let addresses = found.map_err(|_| Obstacle::Timeout)?.map_err(|_| Obstacle::NoSuchName)?;
        if addresses.is_empty() {
            return Err(Obstacle::NoSuchName);
        }
        self.guard.check_addresses(&addresses).map_err(Obstacle::Denied)?;
        Ok(addresses.len())
    }

    /// Connects and, over https, shakes hands: by a HEAD request, whose answer does not matter.
    pub(crate) async fn connect(
        &self,
        url: &Url,
        allow_http: bool,
        within: Duration,
    ) -> Result<(), Obstacle> {
        self.guard.check_url(url, allow_http).map_err(Obstacle::Denied)?;
        let asked = self.client.head(url.clone()).timeout(within).send().await;
        asked.map(drop).or_else(|error| obstacle(&error))
    }
}

/// What kept us from connecting; nothing when we did, and only the answer failed.
fn obstacle(error: &reqwest::Error) -> Result<(), Obstacle> {
    if let Some(denied) = denied_in(error) {
        return Err(Obstacle::Denied(denied.clone()));
    }
    if error.is_timeout() {
        return Err(Obstacle::Timeout);
    }
    if !error.is_connect() {
        return Ok(());
    }
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        next = error.source();
        let Some(io) = error.downcast_ref::<io::Error>() else { continue };
        // The TLS library's errors come as data that an IO cannot take, inside of other IO errors whose `source` skips them.
        if io.kind() == io::ErrorKind::InvalidData {
            return Err(tls(&io.to_string()));
        }
        if let Some(inner) = io.get_ref() {
            next = Some(inner);
        }
    }
    Err(Obstacle::Refused)
}

fn tls(text: &str) -> Obstacle {
    match text.split_once("certificate") {
        Some((_, reason)) => {
            let reason = reason.trim_start_matches([':', ' ']);
            Obstacle::Certificate(reason.chars().take(REASON_CHARS_MAX).collect())
        }
        None => Obstacle::NotTls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_tls_library_are_told_apart() {
        let chain = "invalid peer certificate: UnknownIssuer";
        assert_eq!(tls(chain), Obstacle::Certificate("UnknownIssuer".to_owned()));
        let chain = "received corrupt message of type InvalidContentType";
        assert_eq!(tls(chain), Obstacle::NotTls);
    }
}
