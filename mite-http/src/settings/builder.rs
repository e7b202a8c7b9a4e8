//! The settings, one call each.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use mite_net::{AddressFamily, HostAddress};

use super::{Connections, HttpSettings, HttpVersion};

impl HttpSettings {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets who shares connections.
    #[must_use]
    pub fn connections(mut self, connections: Connections) -> Self {
        self.connections = connections;
        self
    }

    /// Sets the time for a request with all its redirects.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the time for name, TCP and TLS.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how many redirects are followed.
    #[must_use]
    pub fn max_redirects(mut self, n: usize) -> Self {
        self.max_redirects = n;
        self
    }

    /// Accepts certificates that the roots in this PEM file vouch for, too.
    #[must_use]
    pub fn ca(mut self, file: impl AsRef<Path>) -> Self {
        self.ca = Some(file.as_ref().to_owned());
        self
    }

    /// Sets whether any certificate is accepted.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// Sets the `User-Agent` header.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets how many bytes of a response's body are kept; more is an error.
    #[must_use]
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how many bytes the bodies have together that all journeys of this process
    /// keep; more is an error.
    #[must_use]
    pub fn max_bodies(mut self, bytes: u64) -> Self {
        self.max_bodies = bytes;
        self
    }

    /// Sets which versions of HTTP are spoken.
    #[must_use]
    pub fn version(mut self, version: HttpVersion) -> Self {
        self.version = version;
        self
    }

    /// Limits the connections to one host; requests wait for a free one, and
    /// their `pool_wait_time` says how long.
    #[must_use]
    pub fn max_per_host(mut self, n: usize) -> Self {
        self.max_per_host = Some(n.max(1));
        self
    }

    /// Limits the requests at a time on one HTTP/2 connection.
    #[must_use]
    pub fn max_streams(mut self, n: usize) -> Self {
        self.max_streams = n.max(1);
        self
    }

    /// Sets how long an HTTP/2 connection may be silent while a request waits.
    #[must_use]
    pub fn ping_after(mut self, time: Duration) -> Self {
        self.ping_after = time;
        self
    }

    /// Sets how long an unused connection is kept.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Shows this certificate to servers that ask for one: PEM files with the
    /// certificate (and its chain) and with its key, which may be the same.
    ///
    /// ```
    /// use mite::http::HttpSettings;
    /// let settings = HttpSettings::new().client_cert("me.pem", "me.key").key_password("s3cret");
    /// assert_eq!(settings.key_password.as_deref(), Some("s3cret"));
    /// ```
    #[must_use]
    pub fn client_cert(mut self, cert: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        self.cert = Some(cert.as_ref().to_owned());
        self.key = Some(key.as_ref().to_owned());
        self
    }

    /// The password of the client certificate's key (feature `encrypted-keys`).
    #[must_use]
    pub fn key_password(mut self, password: impl Into<String>) -> Self {
        self.key_password = Some(password.into());
        self
    }

    /// Sets the name that TLS asks for (SNI) and verifies.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// Sets whether TLS sessions are resumed, as browsers do.
    #[must_use]
    pub fn tls_resumption(mut self, resume: bool) -> Self {
        self.tls_resumption = resume;
        self
    }

    /// Says where a host is, without asking the resolver.
    ///
    /// ```
    /// use mite::http::HttpSettings;
    /// let settings = HttpSettings::new().host("shop.test", [127, 0, 0, 1], None);
    /// assert_eq!(settings.hosts[0].ip.to_string(), "127.0.0.1");
    /// ```
    #[must_use]
    pub fn host(
        mut self,
        host: impl Into<String>,
        ip: impl Into<IpAddr>,
        port: Option<u16>,
    ) -> Self {
        self.hosts.push(HostAddress { host: host.into(), ip: ip.into(), port });
        self
    }

    /// Sets which addresses of a host are used.
    #[must_use]
    pub fn address_family(mut self, family: AddressFamily) -> Self {
        self.address_family = family;
        self
    }

    /// Sets how long a host's addresses are remembered; zero asks for each
    /// connection.
    #[must_use]
    pub fn dns_ttl(mut self, ttl: Duration) -> Self {
        self.dns_ttl = ttl;
        self
    }

    /// Sends everything through a proxy: `http://`, `socks5://` or
    /// `socks5h://`, with `user:password@` if it wants them, or `environment`
    /// for the proxy variables of the environment.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Names the hosts that are reached without the proxy, with commas between.
    #[must_use]
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.no_proxy = Some(hosts.into());
        self
    }

    /// Sends everything to a Unix socket.
    #[must_use]
    pub fn unix_socket(mut self, path: impl AsRef<Path>) -> Self {
        self.unix_socket = Some(path.as_ref().to_owned());
        self
    }

    /// Adds an address to connect from; several take turns, so that one machine
    /// can hold more connections to a server than one address has ports.
    #[must_use]
    pub fn local_address(mut self, address: impl Into<IpAddr>) -> Self {
        self.local_addresses.push(address.into());
        self
    }

    /// What a run should say about these settings before it starts, if anything.
    #[doc(hidden)]
    pub fn notice(&self) -> Option<&'static str> {
        self.insecure.then_some("http_insecure is set: certificates are not verified")
    }
}
