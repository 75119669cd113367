//! The egress guard: the last look before a socket is opened.
//!
//! # Why
//! A URL can name our own database, the cloud's metadata service or a router. Endpoint names come from manifests and
//! operators, but names resolve to whatever their owner says, and that can change between two look-ups.
//!
//! # Trip conditions
//! A scheme other than https (http needs an explicit flag), user information, a host that is an IP literal (test networks
//! excepted), or any one of the host's addresses in the table of [`deny`] or among our own.
//!
//! # Recovery
//! None by itself: a setting has to change, so the class is `Config`. What is shown is coarse; the log has the address.

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

pub mod deny;
mod layer;
mod resolver;

pub use layer::{Destination, GuardLayer, Guarded};
pub use resolver::{GuardedResolver, Resolve, System, denied_in};

/// What the guard allows beyond public addresses.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Opens loopback and private networks. For tests and demos; logged loudly.
    pub allow_test_nets: bool,
    /// Our own addresses, never called even where they are public.
    pub own: Vec<IpAddr>,
}

/// Judges URLs and addresses. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard {
    config: Arc<Config>,
}

/// Why a destination is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Neither https nor allowed http.
    #[error("the scheme {0} is not allowed")]
    Scheme(String),
    /// `user@host`.
    #[error("the URL carries user information")]
    UserInfo,
    /// No host at all.
    #[error("the URL has no host")]
    NoHost,
    /// A literal address in place of a name.
    #[error("the host is an address, not a name")]
    Literal,
    /// The name has no address.
    #[error("the host has no address")]
    NoAddress,
    /// One of the addresses is in a denied range.
    #[error("the address is denied ({range})")]
    Address {
        /// The range's name in the table, or `our own`.
        range: &'static str,
    },
}

impl Guard {
    /// A guard; says so in the log when test networks are open.
    #[must_use]
    pub fn new(config: Config) -> Self {
        if config.allow_test_nets {
            tracing::warn!(
                "egress to loopback and private networks is allowed: for tests and demos only"
            );
        }
        Self { config: Arc::new(config) }
    }

    /// Judges what can be judged before the look-up.
    ///
    /// # Errors
    /// The first rule that the URL breaks.
    pub fn check_url(&self, url: &Url, allow_http: bool) -> Result<(), Denied> {
        match url.scheme() {
            "https" => {}
            "http" if allow_http => {}
            other => return Err(Denied::Scheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Denied::UserInfo);
        }
        match url.host() {
            None => Err(Denied::NoHost),
            Some(Host::Domain(_)) => Ok(()),
            Some(Host::Ipv4(address)) => self.check_literal(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.check_literal(IpAddr::V6(address)),
        }
    }

    /// Judges every address that a name resolved to: one denied denies all.
    ///
    /// # Errors
    /// The range of the first denied one; no address at all is denied too.
    pub fn check_addresses(&self, addresses: &[IpAddr]) -> Result<(), Denied> {
        if addresses.is_empty() {
            return Err(Denied::NoAddress);
        }
        addresses.iter().try_for_each(|address| self.check_address(*address))
    }

    fn check_address(&self, address: IpAddr) -> Result<(), Denied> {
        if self.config.own.contains(&address.to_canonical()) {
            return Err(Denied::Address { range: "our own" });
        }
        let range = deny::denied(address, self.config.allow_test_nets);
        range.map_or(Ok(()), |range| Err(Denied::Address { range }))
    }

    /// A literal skips the look-up, so it is judged here; outside test networks even a public one has no name to trust.
    fn check_literal(&self, address: IpAddr) -> Result<(), Denied> {
        self.check_address(address)?;
        if deny::denied(address, false).is_none() { Err(Denied::Literal) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, allow_http: bool, allow_test_nets: bool) -> Result<(), Denied> {
        let guard = Guard::new(Config { allow_test_nets, own: vec![IpAddr::from([8, 8, 8, 8])] });
        guard.check_url(&Url::parse(url).unwrap(), allow_http)
    }

    #[test]
    fn urls_are_judged_before_the_look_up() {
        assert_eq!(check("https://api.example.com/x", false, false), Ok(()));
        assert_eq!(
            check("http://api.example.com/x", false, false),
            Err(Denied::Scheme("http".into()))
        );
        assert_eq!(check("http://api.example.com/x", true, false), Ok(()));
        assert_eq!(check("ftp://api.example.com/x", true, true), Err(Denied::Scheme("ftp".into())));
        assert_eq!(check("https://user:pw@api.example.com/", false, false), Err(Denied::UserInfo));
        assert_eq!(check("https://1.1.1.1/", false, false), Err(Denied::Literal));
        assert_eq!(
            check("https://127.0.0.1/", false, false),
            Err(Denied::Address { range: "loopback" })
        );
        assert_eq!(check("https://127.0.0.1/", false, true), Ok(()));
        assert_eq!(check("https://[::1]:8443/", false, true), Ok(()));
        // Spellings that URL parsing turns into loopback and metadata addresses.
        for disguised in [
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::ffff:7f00:1]/",
            "https://0251.0376.0251.0376/",
        ] {
            assert!(
                matches!(check(disguised, false, false), Err(Denied::Address { .. })),
                "{disguised}"
            );
        }
    }

    #[test]
    fn one_denied_address_denies_the_name() {
        let guard =
            Guard::new(Config { allow_test_nets: false, own: vec![IpAddr::from([8, 8, 8, 8])] });
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(guard.check_addresses(&[ip("1.1.1.1"), ip("2606:4700::1111")]), Ok(()));
        assert_eq!(
            guard.check_addresses(&[ip("1.1.1.1"), ip("10.0.0.7")]),
            Err(Denied::Address { range: "private" })
        );
        assert_eq!(
            guard.check_addresses(&[ip("::ffff:8.8.8.8")]),
            Err(Denied::Address { range: "our own" })
        );
        assert_eq!(guard.check_addresses(&[]), Err(Denied::NoAddress));
    }
}
