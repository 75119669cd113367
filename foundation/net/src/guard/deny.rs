//! Which addresses nobody outside may make us call: the table, and what embeds another address.
//!
//! Ranges are those of the IANA special-purpose registries (RFC 6890 and its updates), plus multicast, reserved space and
//! the former site-local prefix.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a range can be opened for a test network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Loopback or a private network: open with the explicit switch.
    Allowed,
    /// Never: cloud metadata, multicast, reserved.
    Never,
}

/// One denied IPv4 range.
#[derive(Debug, Clone, Copy)]
pub struct Range4 {
    /// First address.
    pub network: Ipv4Addr,
    /// Prefix length, 1 to 32.
    pub prefix: u32,
    /// What the range is for.
    pub name: &'static str,
    /// Whether tests may open it.
    pub test: Test,
}

/// One denied IPv6 range.
#[derive(Debug, Clone, Copy)]
pub struct Range6 {
    /// First address.
    pub network: Ipv6Addr,
    /// Prefix length, 1 to 128.
    pub prefix: u32,
    /// What the range is for.
    pub name: &'static str,
    /// Whether tests may open it.
    pub test: Test,
}

const fn v4(a: u8, b: u8, c: u8, prefix: u32, name: &'static str, test: Test) -> Range4 {
    Range4 { network: Ipv4Addr::new(a, b, c, 0), prefix, name, test }
}

const fn v6(head: [u16; 3], prefix: u32, name: &'static str, test: Test) -> Range6 {
    let [a, b, c] = head;
    Range6 { network: Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix, name, test }
}

/// The denied IPv4 ranges.
pub const DENIED_4: &[Range4] = &[
    v4(0, 0, 0, 8, "this network", Test::Never),
    v4(10, 0, 0, 8, "private", Test::Allowed),
    v4(100, 64, 0, 10, "carrier-grade NAT", Test::Never),
    v4(127, 0, 0, 8, "loopback", Test::Allowed),
    v4(169, 254, 0, 16, "link-local and cloud metadata", Test::Never),
    v4(172, 16, 0, 12, "private", Test::Allowed),
    v4(192, 0, 0, 24, "IETF protocol assignments", Test::Never),
    v4(192, 0, 2, 24, "documentation", Test::Never),
    v4(192, 88, 99, 24, "6to4 relay", Test::Never),
    v4(192, 168, 0, 16, "private", Test::Allowed),
    v4(198, 18, 0, 15, "benchmarking", Test::Never),
    v4(198, 51, 100, 24, "documentation", Test::Never),
    v4(203, 0, 113, 24, "documentation", Test::Never),
    v4(224, 0, 0, 4, "multicast", Test::Never),
    v4(240, 0, 0, 4, "reserved and broadcast", Test::Never),
];

/// The denied IPv6 ranges. IPv4-mapped, NAT64 and 6to4 addresses are unwrapped first: see [`denied`].
pub const DENIED_6: &[Range6] = &[
    Range6 { network: Ipv6Addr::UNSPECIFIED, prefix: 128, name: "unspecified", test: Test::Never },
    Range6 { network: Ipv6Addr::LOCALHOST, prefix: 128, name: "loopback", test: Test::Allowed },
    v6([0, 0, 0], 96, "IPv4-compatible", Test::Never),
    v6([0x64, 0xff9b, 0], 96, "NAT64", Test::Never),
    v6([0x64, 0xff9b, 1], 48, "local NAT64", Test::Never),
    v6([0x100, 0, 0], 64, "discard", Test::Never),
    v6([0x2001, 0, 0], 23, "IETF protocol assignments", Test::Never),
    v6([0x2001, 0xdb8, 0], 32, "documentation", Test::Never),
    v6([0x2002, 0, 0], 16, "6to4", Test::Never),
    v6([0xfc00, 0, 0], 7, "unique local", Test::Allowed),
    v6([0xfe80, 0, 0], 10, "link-local", Test::Never),
    v6([0xfec0, 0, 0], 10, "site-local", Test::Never),
    v6([0xff00, 0, 0], 8, "multicast", Test::Never),
];

/// Why `address` may not be called: the name of its range; none when it may.
#[must_use]
pub fn denied(address: IpAddr, allow_test_nets: bool) -> Option<&'static str> {
    let closed = |test: Test| !(allow_test_nets && test == Test::Allowed);
    match address {
        IpAddr::V4(address) => {
            let row = DENIED_4.iter().find(|row| contains_4(row, address))?;
            closed(row.test).then_some(row.name)
        }
        IpAddr::V6(address) => {
            if let Some(mapped) = address.to_ipv4_mapped() {
                return denied(IpAddr::V4(mapped), allow_test_nets);
            }
            let row = DENIED_6.iter().find(|row| contains_6(row, address))?;
            closed(row.test).then_some(row.name)
        }
    }
}

fn contains_4(row: &Range4, address: Ipv4Addr) -> bool {
    let shift = 32_u32.saturating_sub(row.prefix);
    let head = |address: Ipv4Addr| address.to_bits().checked_shr(shift);
    head(row.network) == head(address)
}

fn contains_6(row: &Range6, address: Ipv6Addr) -> bool {
    let shift = 128_u32.saturating_sub(row.prefix);
    let head = |address: Ipv6Addr| address.to_bits().checked_shr(shift);
    head(row.network) == head(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row: its first and last address are denied, the neighbours outside are judged by other rows only.
    #[test]
    fn every_row_denies_its_whole_range() {
        // (first, last) of each range, written out: a table checked against itself proves nothing.
        let ranges = [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "239.255.255.255"),
            ("240.0.0.0", "255.255.255.255"),
            ("::", "::"),
            ("::1", "::1"),
            ("::2", "::ffff:ffff"),
            ("::ffff:0.0.0.0", "::ffff:0.255.255.255"),
            ("::ffff:127.0.0.1", "::ffff:169.254.169.254"),
            ("64:ff9b::", "64:ff9b::ffff:ffff"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
            ("100::", "100::ffff:ffff:ffff:ffff"),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ];
        for (first, last) in ranges {
            for address in [first, last] {
                assert!(denied(address.parse().unwrap(), false).is_some(), "{address}");
            }
        }
        assert_eq!(DENIED_4.len() + DENIED_6.len() + 2, ranges.len(), "a row without its case");
    }

    #[test]
    fn the_neighbours_outside_are_allowed() {
        let outside = [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "2600::1",
            "2a00::1",
        ];
        for address in outside {
            assert_eq!(denied(address.parse().unwrap(), false), None, "{address}");
        }
    }

    #[test]
    fn the_switch_opens_private_networks_and_nothing_else() {
        for open in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "::1",
            "fd00::1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(denied(open.parse().unwrap(), true), None, "{open}");
        }
        for shut in [
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "::ffff:169.254.169.254",
        ] {
            assert!(denied(shut.parse().unwrap(), true).is_some(), "{shut}");
        }
    }
}
