//! Which addresses a delivery may reach: none in a private network, unless that network is listed. Names
//! are resolved here, and the very addresses that were vetted are connected to, so that a name that
//! changes in between leads nowhere else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::network::Networks;
use crate::domain::reason::{Failure, Reason};

/// Private networks that deliveries may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivateTargets(Arc<Networks>);

/// An address that deliveries may not reach.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", Reason::Private(.0))]
pub struct Forbidden(String);

/// A name that leads to no address.
#[derive(Debug, thiserror::Error)]
#[error("{}", Failure::Unresolved)]
pub(super) struct Unresolved(#[source] std::io::Error);

impl PrivateTargets {
    /// Reads a list of networks or addresses, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(Arc::new(Networks::parse(text)?)))
    }

    /// Whether this address may be reached.
    pub fn allow(&self, address: IpAddr) -> bool {
        is_public(address.to_canonical()) || self.0.contain(address)
    }

    /// The addresses of a name that may be reached.
    async fn resolved(
        &self,
        host: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found = tokio::net::lookup_host((host, 0)).await.map_err(Unresolved)?;
        let may: Vec<SocketAddr> = found.filter(|address| self.allow(address.ip())).collect();
        if may.is_empty() { Err(Forbidden(host.to_owned()).into()) } else { Ok(may) }
    }

    /// Refuses a host that is written as an address, which no resolver is asked about.
    pub(super) fn vet_literal(&self, host: Option<&url::Host<&str>>) -> Result<(), Forbidden> {
        let address = match host {
            Some(url::Host::Ipv4(address)) => IpAddr::V4(*address),
            Some(url::Host::Ipv6(address)) => IpAddr::V6(*address),
            Some(url::Host::Domain(_)) | None => return Ok(()),
        };
        if self.allow(address) { Ok(()) } else { Err(Forbidden(address.to_string())) }
    }
}

/// Whether an address is one of the open internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, third, _] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second);
            let reserved = first == 0 || first >= 240;
            let special = first == 192 && second == 0 && third == 0;
            let benchmark = first == 198 && (second == 18 || second == 19);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || shared
                || reserved
                || special
                || benchmark)
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            // Addresses that carry one of IPv4 are as public as that one.
            let embedded = match (first, second) {
                (0x64, 0xff9b) => v6.segments().get(6).zip(v6.segments().get(7)).map(low),
                (0x2002, _) => v6.segments().get(1).zip(v6.segments().get(2)).map(low),
                _ => None,
            };
            let global = (first & 0xe000) == 0x2000 || embedded.is_some();
            global && embedded.is_none_or(|v4| is_public(IpAddr::V4(v4)))
        }
    }
}

fn low((high, low): (&u16, &u16)) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

/// Resolves names to the addresses among theirs that may be reached.
impl Resolve for PrivateTargets {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.clone();
        Box::pin(async move {
            let addresses: Addrs = Box::new(targets.resolved(name.as_str()).await?.into_iter());
            Ok(addresses)
        })
    }
}

/// The same for Amazon's client.
impl ResolveDns for PrivateTargets {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let addresses = self.resolved(name).await.map_err(ResolveDnsError::new)?;
            Ok(addresses.iter().map(SocketAddr::ip).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_closed_but_for_what_is_listed() {
        let closed = PrivateTargets::default();
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
            "ff02::1",
            "198.18.0.1",
        ] {
            assert!(!closed.allow(address.parse().unwrap()), "{address}");
        }
        for address in ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"] {
            assert!(closed.allow(address.parse().unwrap()), "{address}");
        }
        let open = PrivateTargets::parse("10.0.0.0/8, 127.0.0.1").unwrap();
        assert!(
            open.allow("10.9.9.9".parse().unwrap()) && open.allow("127.0.0.1".parse().unwrap())
        );
        assert!(open.allow("::ffff:10.0.0.1".parse().unwrap()));
        assert!(!open.allow("127.0.0.2".parse().unwrap()));
        assert!(PrivateTargets::parse("house").is_err());
    }
}
