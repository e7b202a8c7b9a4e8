//! How a runner speaks HTTP.

mod choice;
mod keys;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use choice::{AddressFamily, Connections, HostAddress, HttpVersion};

use crate::target::without_userinfo;

/// How a runner speaks HTTP. Read from the settings of the test, so that each
/// can be given on the command line too: `--add-to-config http_timeout:5`.
///
/// | key | meaning | default |
/// |---|---|---|
/// | `http_connections` | `shared`, `per_journey` or `per_request` | `shared` |
/// | `http_timeout` | seconds for a request with all its redirects | 30 |
/// | `http_connect_timeout` | seconds for name, TCP and TLS | 10 |
/// | `http_max_redirects` | redirects that are followed | 5 |
/// | `http_ca` | a PEM file with roots, beside the platform's | |
/// | `http_insecure` | whether any certificate is accepted | false |
/// | `http_user_agent` | the `User-Agent` header | `mite/VERSION` |
/// | `http_max_body` | bytes of a response's body, decoded, that are kept; more is an error | 67108864 |
/// | `http_version` | `auto` (what TLS negotiates), `1.1` or `2` (also without TLS) | `auto` |
/// | `http_max_per_host` | connections to one host at a time; requests wait for a free one | no limit |
/// | `http_max_streams` | requests at a time on one HTTP/2 connection, if the server allows as many | 100 |
/// | `http_idle_timeout` | seconds after which an unused connection is closed | 90 |
/// | `http_cert` | a PEM file with a client certificate, and its chain | |
/// | `http_key` | a PEM file with its key, if it is not in `http_cert` | |
/// | `http_key_password` | the password of that key (needs the feature `encrypted-keys`) | |
/// | `http_server_name` | the name that TLS asks for and verifies, instead of the URL's | |
/// | `http_tls_resumption` | whether TLS sessions are resumed | true |
/// | `http_hosts` | addresses of hosts, as `shop.test=10.0.0.1, api.test=[::1]:8443` | |
/// | `http_address_family` | `any`, `prefer_ipv4`, `prefer_ipv6`, `ipv4` or `ipv6` | `any` |
/// | `http_dns_ttl` | seconds for which a host's addresses are remembered | 60 |
/// | `http_proxy` | `http://user:password@host:port`, `socks5://…`, `socks5h://…` (the proxy resolves names), or `environment` | |
/// | `http_no_proxy` | hosts without proxy: names with their subdomains, addresses, networks as `10.0.0.0/8`, or `*` | |
/// | `http_unix_socket` | a Unix socket that everything is sent to | |
/// | `http_local_addresses` | addresses to connect from, in turn, as `127.0.0.2, 127.0.0.3` | |
///
/// The proxy variables of the environment are not read unless `http_proxy` is
/// `environment`: a load test that goes through a forgotten proxy measures it.
/// They are `http_proxy` and `https_proxy`, by the scheme of the request, else
/// `all_proxy`; and `no_proxy`, unless `http_no_proxy` is set. Each may be in
/// capitals; small letters win.
///
/// ```
/// use std::time::Duration;
/// use mite_core::config::Config;
/// use mite_http::{Connections, HttpSettings};
///
/// // In a scenario function that takes `config: &Config`:
/// let config = Config::new();
/// HttpSettings::new()
///     .connections(Connections::PerRequest)
///     .timeout(Duration::from_millis(2500))
///     .apply(&config);
/// assert_eq!(config.get_or("http_timeout", 0.0), 2.5);
/// assert_eq!(HttpSettings::from_config(&config).unwrap().max_redirects, 5);
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Who shares connections.
    pub connections: Connections,
    /// For a request with all its redirects.
    pub timeout: Duration,
    /// For name, TCP and TLS.
    pub connect_timeout: Duration,
    /// How many redirects are followed.
    pub max_redirects: usize,
    /// A PEM file with root certificates, beside the platform's.
    pub ca: Option<PathBuf>,
    /// Whether any certificate is accepted.
    pub insecure: bool,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Bytes of a response's body, decoded, that are kept; more is an error of
    /// kind `body`.
    pub max_body: u64,
    /// Which versions of HTTP are spoken.
    pub version: HttpVersion,
    /// Connections to one host at a time. Those of [`Connections::PerJourney`]
    /// are counted for each journey.
    pub max_per_host: Option<usize>,
    /// Requests at a time on one HTTP/2 connection, if the server allows as many.
    pub max_streams: usize,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// A PEM file with a client certificate and its chain.
    pub cert: Option<PathBuf>,
    /// A PEM file with its key, if that is not in the certificate's file.
    pub key: Option<PathBuf>,
    /// The password of that key.
    pub key_password: Option<String>,
    /// The name that TLS asks for and verifies, instead of the URL's host.
    pub server_name: Option<String>,
    /// Whether TLS sessions are resumed.
    pub tls_resumption: bool,
    /// Addresses that the resolver is not asked for.
    pub hosts: Vec<HostAddress>,
    /// Which addresses of a host are used.
    pub address_family: AddressFamily,
    /// How long a host's addresses are remembered.
    pub dns_ttl: Duration,
    /// The URL of a proxy, or `environment`.
    pub proxy: Option<String>,
    /// Hosts that are reached without the proxy.
    pub no_proxy: Option<String>,
    /// A Unix socket that everything is sent to.
    pub unix_socket: Option<PathBuf>,
    /// Addresses to connect from, in turn.
    pub local_addresses: Vec<IpAddr>,
}

/// Without passwords.
impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("connections", &self.connections)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("max_redirects", &self.max_redirects)
            .field("ca", &self.ca)
            .field("insecure", &self.insecure)
            .field("user_agent", &self.user_agent)
            .field("max_body", &self.max_body)
            .field("version", &self.version)
            .field("max_per_host", &self.max_per_host)
            .field("max_streams", &self.max_streams)
            .field("idle_timeout", &self.idle_timeout)
            .field("cert", &self.cert)
            .field("key", &self.key)
            .field("key_password", &self.key_password.as_ref().map(|_| "***"))
            .field("server_name", &self.server_name)
            .field("tls_resumption", &self.tls_resumption)
            .field("hosts", &self.hosts)
            .field("address_family", &self.address_family)
            .field("dns_ttl", &self.dns_ttl)
            .field("proxy", &self.proxy.as_deref().map(without_userinfo))
            .field("no_proxy", &self.no_proxy)
            .field("unix_socket", &self.unix_socket)
            .field("local_addresses", &self.local_addresses)
            .finish()
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connections: Connections::Shared,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            max_redirects: 5,
            ca: None,
            insecure: false,
            user_agent: concat!("mite/", env!("CARGO_PKG_VERSION")).to_owned(),
            max_body: 64 << 20,
            version: HttpVersion::Auto,
            max_per_host: None,
            max_streams: 100,
            // Servers commonly close idle connections after 60 or 75 s; longer
            // waiting ones only hold memory.
            idle_timeout: Duration::from_secs(90),
            cert: None,
            key: None,
            key_password: None,
            server_name: None,
            tls_resumption: true,
            hosts: Vec::new(),
            address_family: AddressFamily::Any,
            dns_ttl: Duration::from_secs(60),
            proxy: None,
            no_proxy: None,
            unix_socket: None,
            local_addresses: Vec::new(),
        }
    }
}

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
    /// use mite_http::HttpSettings;
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
    /// use mite_http::HttpSettings;
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
    ///
    /// ```
    /// use mite_http::HttpSettings;
    /// assert_eq!(HttpSettings::new().notice(), None);
    /// assert!(HttpSettings::new().insecure(true).notice().unwrap().contains("not verified"));
    /// ```
    pub fn notice(&self) -> Option<&'static str> {
        self.insecure.then_some("http_insecure is set: certificates are not verified")
    }
}
