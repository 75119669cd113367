//! Which ports are used, and what is said when one of them is not free.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::failure::Failure;

/// Every listener's address; port 0 takes a free one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) gateway: SocketAddr,
    pub(crate) sftp: SocketAddr,
    pub(crate) dhl: SocketAddr,
    pub(crate) delhivery: SocketAddr,
    pub(crate) aramex: SocketAddr,
}

impl Ports {
    /// Ports at their distances from `base`, or free ones.
    pub(crate) fn from_base(base: u16) -> Self {
        let at = |distance: u16| {
            let port = if base == 0 { 0 } else { base.saturating_add(distance) };
            SocketAddr::from((Ipv4Addr::LOCALHOST, port))
        };
        Self { gateway: at(0), sftp: at(22), dhl: at(31), delhivery: at(32), aramex: at(33) }
    }

    /// Whether every port that will be used is free now.
    pub(crate) fn check(&self, demo: bool) -> Result<(), Failure> {
        let mut addresses = vec![("gateway", self.gateway), ("SFTP server", self.sftp)];
        if demo {
            addresses.extend([
                ("DHL simulator", self.dhl),
                ("Delhivery simulator", self.delhivery),
                ("Aramex simulator", self.aramex),
            ]);
        }
        for (who, address) in addresses {
            if let Err(error) = TcpListener::bind(address) {
                let failure = Failure::new(format!(
                    "port {} for the {who} is not free: {error}",
                    address.port()
                ));
                return Err(in_use(&failure));
            }
        }
        Ok(())
    }
}

/// Adds the flag that changes the ports.
pub(crate) fn in_use(failure: &Failure) -> Failure {
    Failure::new(failure.to_string()).hint(
        "choose other ports with --port-base, for example --port-base 9600, or 0 for free ones",
    )
}
