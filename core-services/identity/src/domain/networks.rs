//! From where an API key may be used.

use std::net::IpAddr;

use ipnet::IpNet;

/// Most networks of a key.
const NETWORKS_MAX: usize = 50;

/// The networks that the texts spell, in CIDR notation or as single addresses, each once; none if one of them is neither.
pub(crate) fn parse<T: AsRef<str>>(texts: &[T]) -> Option<Vec<IpNet>> {
    let one = |text: &T| {
        let text = text.as_ref().trim();
        let network = text.parse::<IpNet>().ok();
        network
            .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
            .map(|network| network.trunc())
    };
    let mut networks: Vec<IpNet> = texts.iter().map(one).collect::<Option<_>>()?;
    networks.sort();
    networks.dedup();
    (networks.len() <= NETWORKS_MAX).then_some(networks)
}

/// Whether an address is in one of the networks, where there are any. Without an address, as for a call from inside, it is not.
pub(crate) fn allow(networks: &[IpNet], address: Option<IpAddr>) -> bool {
    // An IPv4 peer of a socket that takes both is written as IPv6.
    let address = address.map(|address| address.to_canonical());
    networks.is_empty()
        || address.is_some_and(|address| networks.iter().any(|network| network.contains(&address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_addresses_have_one_spelling() {
        let spelled = |texts: &[&str]| {
            let networks = parse(texts)?;
            Some(networks.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let given = ["192.0.2.77/24", " 192.0.2.0/24 ", "198.51.100.1", "2001:db8::1/32"];
        let expected = ["192.0.2.0/24", "198.51.100.1/32", "2001:db8::/32"].map(str::to_owned);
        assert_eq!(spelled(&given), Some(expected.to_vec()));
        assert_eq!(spelled(&[]), Some(Vec::new()));
        for bad in ["", "x", "192.0.2.0/33", "192.0.2", "example.com"] {
            assert_eq!(spelled(&[bad]), None, "{bad}");
        }
        assert!(parse(&vec!["10.0.0.1"; 51]).is_some_and(|networks| networks.len() == 1));
        let many: Vec<String> = (0..51).map(|number| format!("10.0.0.{number}")).collect();
        assert_eq!(parse(&many), None);
    }

    #[test]
    fn an_address_is_inside_or_outside() {
        let networks = parse(&["192.0.2.0/24", "2001:db8::/32"]).unwrap();
        let from = |text: &str| allow(&networks, Some(text.parse().unwrap()));
        for inside in ["192.0.2.255", "::ffff:192.0.2.1", "2001:db8:ffff::1"] {
            assert!(from(inside), "{inside}");
        }
        for outside in ["192.0.3.0", "2001:db9::1", "::192.0.2.1"] {
            assert!(!from(outside), "{outside}");
        }
        assert!(!allow(&networks, None) && allow(&[], None));
    }
}
