//! What is dialed.

use std::net::IpAddr;

/// What is dialed: a host and a port, in the clear or through TLS.
///
/// ```
/// use mite_net::Endpoint;
///
/// let to = Endpoint::new("::1", 443).tls();
/// assert_eq!(to.ip, Some("::1".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint<'a> {
    /// The host's name, or its address; that of an interface's own network with the
    /// interface, as `fe80::1%eth0`.
    pub host: &'a str,
    /// The address, if the host is one.
    pub ip: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// Whether what will be sent is requests of HTTP/1.1, which an HTTP proxy takes
    /// itself. Through any other the proxy is asked for a tunnel.
    pub forwardable: bool,
}

impl<'a> Endpoint<'a> {
    /// A host and a port.
    pub fn new(host: &'a str, port: u16) -> Self {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ip = host.split('%').next().and_then(|address| address.parse().ok());
        Self::known(host, ip, port)
    }

    /// The same of a host that has been looked at: `ip` is its address, if it is one.
    pub fn known(host: &'a str, ip: Option<IpAddr>, port: u16) -> Self {
        Self { host, ip, port, tls: false, forwardable: false }
    }

    /// The same through TLS.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// The same for requests of HTTP/1.1, which an HTTP proxy takes itself unless
    /// they go through TLS.
    #[must_use]
    pub fn forwardable(mut self) -> Self {
        self.forwardable = true;
        self
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub(crate) fn authority(&self) -> String {
        match self.host.contains(':') && !self.host.starts_with('[') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_of_an_address_of_ipv6_has_brackets() {
        for (host, authority) in [
            ("h.test", "h.test:7"),
            ("10.0.0.1", "10.0.0.1:7"),
            ("::1", "[::1]:7"),
            ("[::1]", "[::1]:7"),
            ("fe80::1%eth0", "[fe80::1%eth0]:7"),
        ] {
            let to = Endpoint::new(host, 7);
            assert_eq!((to.authority(), to.ip.is_some()), (authority.into(), host != "h.test"));
        }
    }
}
