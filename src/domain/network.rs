//! Lists of networks: who may ask, whom a proxy may speak for, where deliveries may go.

use std::net::IpAddr;

use ipnet::IpNet;

/// Some networks; an IPv4 address written as IPv6 is the IPv4 address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads networks and single addresses, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let all = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let all = all.map(|part| {
            let address = || part.parse::<IpAddr>().ok().map(IpNet::from);
            let network = part.parse().ok().or_else(address);
            network.ok_or_else(|| {
                format!("\"{part}\" is not a network such as 10.0.0.0/8 or 127.0.0.1")
            })
        });
        Ok(Self(all.collect::<Result<_, _>>()?))
    }

    /// Whether the address lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_lies_in_a_network_however_it_is_written() {
        let networks = Networks::parse("10.0.0.0/8, 127.0.0.1, fd00::/8").unwrap();
        for inside in ["10.9.9.9", "::ffff:10.0.0.1", "127.0.0.1", "fd12::1"] {
            assert!(networks.contain(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["11.0.0.1", "127.0.0.2", "::1"] {
            assert!(!networks.contain(outside.parse().unwrap()), "{outside}");
        }
        assert!(Networks::parse("").unwrap().is_empty());
        assert!(Networks::parse("house").unwrap_err().contains("is not a network"));
    }
}
