//! What some settings choose from.

use std::net::IpAddr;

/// Who shares connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connections {
    /// All journeys of a runner.
    #[default]
    Shared,
    /// Each execution of a journey has its own.
    PerJourney,
    /// Nobody: each request makes a new one and closes it.
    PerRequest,
}

/// Which versions of HTTP are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// What the server chooses in the TLS handshake: HTTP/2 or HTTP/1.1.
    /// Without TLS HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone; without TLS too ("prior knowledge").
    Http2,
}

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
