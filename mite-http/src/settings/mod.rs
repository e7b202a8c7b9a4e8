//! How a runner speaks HTTP.

mod builder;
mod choice;

use std::time::Duration;

use mite_core::config::Config;
use mite_core::error::Result;
use mite_net::form::{Count, Optional, Plain, SecondsAboveZero, Word};

pub use choice::{Connections, HttpVersion};

mite_net::with_network_settings! { mite_net::settings {
    /// How a runner speaks HTTP. Read from the settings of the test, so that each
    /// can be given on the command line too: `--add-to-config http_timeout:5`.
    table
    /// The proxy variables of the environment are not read unless `http_proxy` is
    /// `environment`: a load test that goes through a forgotten proxy measures it.
    /// They are `http_proxy` and `https_proxy`, by the scheme of the request, else
    /// `all_proxy`; and `no_proxy`, unless `http_no_proxy` is set. Each may be in
    /// capitals; small letters win.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mite::prelude::*;
    /// use mite::http::{Connections, HttpSettings};
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
    pub struct HttpSettings {
        /// Who shares connections.
        connections: Connections = Connections::Shared,
            Word(&[
                ("shared", Connections::Shared),
                ("per_journey", Connections::PerJourney),
                ("per_request", Connections::PerRequest),
            ]),
            "`shared`, `per_journey` or `per_request`", "`shared`";
        /// For a request with all its redirects.
        timeout: Duration = Duration::from_secs(30),
            SecondsAboveZero, "seconds for a request with all its redirects", "30";
        /// How many redirects are followed.
        max_redirects: usize = 5,
            Plain, "redirects that are followed", "5";
        /// The `User-Agent` header.
        user_agent: String = concat!("mite/", env!("CARGO_PKG_VERSION")).to_owned(),
            Plain, "the `User-Agent` header", "`mite/VERSION`";
        /// Bytes of a response's body, decoded, that are kept; more is an error of
        /// kind `body`.
        max_body: u64 = 64 << 20,
            Plain, "bytes of a response's body, decoded, that are kept; more is an error", "67108864";
        /// Bytes of all bodies together that the journeys of this process keep; more is an
        /// error of kind `body`. Those of up to 64 KiB are not counted.
        max_bodies: u64 = 1 << 30,
            Plain, "bytes of all bodies together that the journeys of this process keep; more is an error", "1073741824";
        /// Which versions of HTTP are spoken.
        version: HttpVersion = HttpVersion::Auto,
            Word(&[
                ("auto", HttpVersion::Auto),
                ("1.1", HttpVersion::Http1),
                ("2", HttpVersion::Http2),
            ]),
            "`auto` (what TLS negotiates), `1.1` or `2` (also without TLS)", "`auto`";
        /// Connections to one host at a time. Those of [`Connections::PerJourney`]
        /// are counted for each journey.
        max_per_host: Option<usize> = None,
            Optional(Count),
            "connections to one host at a time; requests wait for a free one", "no limit";
        /// Requests at a time on one HTTP/2 connection, if the server allows as many.
        max_streams: usize = 100,
            Count,
            "requests at a time on one HTTP/2 connection, if the server allows as many", "100";
        /// How long an HTTP/2 connection may be silent while a request waits before it
        /// is asked by PING; silent for as long again, it is closed.
        ping_after: Duration = Duration::from_secs(10),
            SecondsAboveZero, "seconds without a byte after which an HTTP/2 connection with requests is asked by PING, and after as many again closed", "10";
        // Servers commonly close idle connections after 60 or 75 s; longer waiting
        // ones only hold memory.
        /// How long an unused connection is kept.
        idle_timeout: Duration = Duration::from_secs(90),
            SecondsAboveZero, "seconds after which an unused connection is closed", "90";
    }
} }

macro_rules! network_of {
    (HttpSettings { $(
        $(#[doc = $doc:literal])*
        $field:ident: $T:ty = $default:expr, $form:expr, $meaning:literal, $shown:literal;
    )* }) => {
        impl HttpSettings {
            /// Those of the network, which another protocol dials with.
            pub fn network(&self) -> mite_net::Settings {
                let mut network = mite_net::Settings::default();
                $(network.$field.clone_from(&self.$field);)*
                network
            }
        }
    };
}
mite_net::with_network_settings! { network_of { HttpSettings } }

impl HttpSettings {
    /// The settings under the `http_*` keys of a config.
    ///
    /// # Errors
    /// Declared, naming the key whose value makes no sense.
    pub fn from_config(config: &Config) -> Result<Self> {
        let settings = Self::read(config)?;
        settings.network().check()?;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mite_net::AddressFamily;
    use std::net::Ipv6Addr;

    #[test]
    fn what_is_applied_is_read_back() {
        let settings = HttpSettings::new()
            .connections(Connections::PerJourney)
            .timeout(Duration::from_millis(1500))
            .connect_timeout(Duration::from_secs(2))
            .max_redirects(0)
            .ca("roots.pem")
            .insecure(true)
            .user_agent("probe/1")
            .max_body(1000)
            .max_bodies(2000)
            .version(HttpVersion::Http2)
            .max_per_host(3)
            .max_streams(7)
            .idle_timeout(Duration::from_secs(5))
            .ping_after(Duration::from_secs(6))
            .client_cert("a.pem", "b.pem")
            .key_password("pw")
            .server_name("other.test")
            .tls_resumption(false)
            .host("shop.test", [10, 0, 0, 1], None)
            .host("api.test", Ipv6Addr::LOCALHOST, Some(8443))
            .address_family(AddressFamily::PreferIpv6)
            .dns_ttl(Duration::ZERO)
            .proxy("socks5://h:1")
            .no_proxy("localhost,10.0.0.0/8")
            .unix_socket("/run/x.sock")
            .local_address([127, 0, 0, 2])
            .local_address(Ipv6Addr::LOCALHOST);
        let config = Config::new();
        settings.apply(&config);
        assert_eq!(HttpSettings::from_config(&config).unwrap(), settings);
        let untouched = Config::new();
        HttpSettings::new().apply(&untouched);
        assert_eq!(HttpSettings::from_config(&untouched).unwrap(), HttpSettings::default());
    }

    #[test]
    fn text_from_the_command_line_reads() {
        let config = Config::new();
        for (key, text) in [
            ("http_timeout", "0.5"),
            ("http_insecure", "yes"),
            ("http_connections", "per_request"),
            ("http_max_redirects", "7"),
            ("http_version", "1.1"),
            ("http_hosts", "a.test = 10.0.0.1, b.test=[::1]"),
        ] {
            config.set(key, text);
        }
        let settings = HttpSettings::from_config(&config).unwrap();
        assert_eq!(settings.timeout, Duration::from_millis(500));
        assert_eq!(settings.connections, Connections::PerRequest);
        assert_eq!((settings.insecure, settings.max_redirects), (true, 7));
        assert_eq!(settings.version, HttpVersion::Http1);
        assert_eq!(
            settings.hosts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["a.test=10.0.0.1", "b.test=::1"]
        );
    }

    #[test]
    fn senseless_values_are_named() {
        for (key, text, part) in [
            ("http_timeout", "soon", "\"soon\""),
            ("http_timeout", "0", "above zero"),
            ("http_connect_timeout", "-1", "a number of seconds"),
            ("http_connections", "many", "shared, per_journey or per_request"),
            ("http_version", "3", "auto, 1.1 or 2"),
            ("http_max_per_host", "0", "above zero"),
            ("http_hosts", "a.test", "\"a.test\""),
            ("http_local_addresses", "here", "\"here\""),
            ("http_key", "x.pem", "without `http_cert`"),
        ] {
            let config = Config::new();
            config.set(key, text);
            let error = HttpSettings::from_config(&config).unwrap_err();
            assert!(error.text().contains(key) && error.text().contains(part), "{error}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let mut settings = HttpSettings::new();
        settings.key_password = Some("hunter2".into());
        settings.proxy = Some("http://bob:hunter2@proxy.test:8080".into());
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("http://proxy.test:8080"), "{shown}");
    }
}
