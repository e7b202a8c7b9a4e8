//! Where hosts are, if the resolver is not to be asked.

use std::fmt::{self, Display};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Which addresses of a host are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressFamily {
    /// All, in the resolver's order.
    #[default]
    Any,
    /// All, IPv4 first.
    PreferIpv4,
    /// All, IPv6 first.
    PreferIpv6,
    /// Those of IPv4.
    Ipv4,
    /// Those of IPv6.
    Ipv6,
}

/// An address that stands for a host's name: what the resolver would say, and
/// another port if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAddress {
    /// The host's name, as URLs have it.
    pub host: String,
    /// Where it is.
    pub ip: IpAddr,
    /// The port that is connected to instead of the URL's.
    pub port: Option<u16>,
}

impl Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}={}", self.host, SocketAddr::new(self.ip, port)),
            None => write!(f, "{}={}", self.host, self.ip),
        }
    }
}

impl FromStr for HostAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (host, address) = text.split_once('=').ok_or(())?;
        let (host, address) = (host.trim().to_ascii_lowercase(), address.trim());
        if host.is_empty() {
            return Err(());
        }
        if let Ok(ip) = address.trim_start_matches('[').trim_end_matches(']').parse() {
            return Ok(Self { host, ip, port: None });
        }
        let address: SocketAddr = address.parse().map_err(|_| ())?;
        Ok(Self { host, ip: address.ip(), port: Some(address.port()) })
    }
}
