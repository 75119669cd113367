//! Names to addresses, with every address classified before one is dialled.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{Denied, Guard};
use crate::telemetry;

/// Where addresses come from; tests bring their own.
pub trait Resolve: Send + Sync + std::fmt::Debug + 'static {
    /// Every A and AAAA of `host`.
    fn resolve(&self, host: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Resolve for System {
    fn resolve(&self, host: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The resolver that reqwest dials by. It gives out classified addresses only, and reqwest dials what it is given, so there
/// is no second look-up whose answer could differ (DNS rebinding).
#[derive(Debug, Clone)]
pub struct GuardedResolver {
    guard: Guard,
    resolver: Arc<dyn Resolve>,
}

impl GuardedResolver {
    /// `resolver` behind `guard`.
    #[must_use]
    pub fn new(guard: Guard, resolver: Arc<dyn Resolve>) -> Self {
        Self { guard, resolver }
    }
}

impl reqwest::dns::Resolve for GuardedResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let guard = self.guard.clone();
        let host = name.as_str().to_owned();
        let found = self.resolver.resolve(&host);
        Box::pin(async move {
            let addresses = found.await?;
            if let Err(denied) = guard.check_addresses(&addresses) {
                telemetry::address_denied(&host, &denied.to_string());
                return Err(Box::<dyn std::error::Error + Send + Sync>::from(denied));
            }
            let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets.collect::<Vec<_>>().into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// The guard's refusal, when it is what made `error`.
#[must_use]
pub fn denied_in<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Denied> {
    let mut next: Option<&'a (dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(denied) = error.downcast_ref::<Denied>() {
            return Some(denied);
        }
        next = error.source();
    }
    None
}
