//! The settings as keys of a test's config.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use mite_core::config::Config;
use mite_core::error::{Error, Result};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{AddressFamily, Connections, HostAddress, HttpSettings, HttpVersion};

/// The texts of an enum's values.
type Words<T> = &'static [(&'static str, T)];

const CONNECTIONS: Words<Connections> = &[
    ("shared", Connections::Shared),
    ("per_journey", Connections::PerJourney),
    ("per_request", Connections::PerRequest),
];

const VERSIONS: Words<HttpVersion> =
    &[("auto", HttpVersion::Auto), ("1.1", HttpVersion::Http1), ("2", HttpVersion::Http2)];

const FAMILIES: Words<AddressFamily> = &[
    ("any", AddressFamily::Any),
    ("prefer_ipv4", AddressFamily::PreferIpv4),
    ("prefer_ipv6", AddressFamily::PreferIpv6),
    ("ipv4", AddressFamily::Ipv4),
    ("ipv6", AddressFamily::Ipv6),
];

impl HttpSettings {
    /// Writes the settings that differ from the defaults into a scenario's config.
    ///
    /// # Panics
    /// In a journey, whose config is read-only.
    #[track_caller]
    pub fn apply(&self, config: &Config) {
        let default = Self::default();
        let word = |key, changed, text: &str| {
            if changed {
                config.set(key, text);
            }
        };
        let changed = self.connections != default.connections;
        word("http_connections", changed, word_of(CONNECTIONS, self.connections));
        let changed = self.version != default.version;
        word("http_version", changed, word_of(VERSIONS, self.version));
        let changed = self.address_family != default.address_family;
        word("http_address_family", changed, word_of(FAMILIES, self.address_family));
        word("http_user_agent", self.user_agent != default.user_agent, &self.user_agent);
        for (key, value, default) in [
            ("http_timeout", self.timeout, default.timeout),
            ("http_connect_timeout", self.connect_timeout, default.connect_timeout),
            ("http_idle_timeout", self.idle_timeout, default.idle_timeout),
            ("http_dns_ttl", self.dns_ttl, default.dns_ttl),
        ] {
            if value != default {
                config.set(key, value.as_secs_f64());
            }
        }
        for (key, value, default) in [
            ("http_max_redirects", self.max_redirects as u64, default.max_redirects as u64),
            ("http_max_streams", self.max_streams as u64, default.max_streams as u64),
            ("http_max_body", self.max_body, default.max_body),
        ] {
            if value != default {
                config.set(key, value);
            }
        }
        if let Some(n) = self.max_per_host {
            config.set("http_max_per_host", n);
        }
        for (key, value) in [
            ("http_ca", self.ca.as_deref().map(Path::to_string_lossy)),
            ("http_cert", self.cert.as_deref().map(Path::to_string_lossy)),
            ("http_key", self.key.as_deref().map(Path::to_string_lossy)),
            ("http_key_password", self.key_password.as_deref().map(Into::into)),
            ("http_server_name", self.server_name.as_deref().map(Into::into)),
            ("http_proxy", self.proxy.as_deref().map(Into::into)),
            ("http_no_proxy", self.no_proxy.as_deref().map(Into::into)),
            ("http_unix_socket", self.unix_socket.as_deref().map(Path::to_string_lossy)),
        ] {
            if let Some(value) = value {
                config.set(key, &*value);
            }
        }
        if self.insecure {
            config.set("http_insecure", true);
        }
        if !self.tls_resumption {
            config.set("http_tls_resumption", false);
        }
        word("http_hosts", !self.hosts.is_empty(), &joined(&self.hosts));
        let locals = joined(&self.local_addresses);
        word("http_local_addresses", !self.local_addresses.is_empty(), &locals);
    }

    /// The settings under the `http_*` keys of a config.
    ///
    /// # Errors
    /// Declared, naming the key whose value makes no sense.
    pub fn from_config(config: &Config) -> Result<Self> {
        let default = Self::default();
        let path = |key| Ok::<_, Error>(read::<String>(config, key)?.map(PathBuf::from));
        let settings = Self {
            connections: word(config, "http_connections", CONNECTIONS)?,
            timeout: above_zero(config, "http_timeout")?.unwrap_or(default.timeout),
            connect_timeout: above_zero(config, "http_connect_timeout")?
                .unwrap_or(default.connect_timeout),
            max_redirects: read(config, "http_max_redirects")?.unwrap_or(default.max_redirects),
            ca: path("http_ca")?,
            insecure: read(config, "http_insecure")?.unwrap_or(default.insecure),
            user_agent: read(config, "http_user_agent")?.unwrap_or(default.user_agent),
            max_body: read(config, "http_max_body")?.unwrap_or(default.max_body),
            version: word(config, "http_version", VERSIONS)?,
            max_per_host: count(config, "http_max_per_host")?,
            max_streams: count(config, "http_max_streams")?.unwrap_or(default.max_streams),
            idle_timeout: above_zero(config, "http_idle_timeout")?.unwrap_or(default.idle_timeout),
            cert: path("http_cert")?,
            key: path("http_key")?,
            key_password: read(config, "http_key_password")?,
            server_name: read(config, "http_server_name")?,
            tls_resumption: read(config, "http_tls_resumption")?.unwrap_or(default.tls_resumption),
            hosts: list(config, "http_hosts", "as shop.test=10.0.0.1 or shop.test=[::1]:8443")?,
            address_family: word(config, "http_address_family", FAMILIES)?,
            dns_ttl: seconds(config, "http_dns_ttl")?.unwrap_or(default.dns_ttl),
            proxy: read(config, "http_proxy")?,
            no_proxy: read(config, "http_no_proxy")?,
            unix_socket: path("http_unix_socket")?,
            local_addresses: list(config, "http_local_addresses", "as 127.0.0.2")?,
        };
        if settings.cert.is_none() && (settings.key.is_some() || settings.key_password.is_some()) {
            return Err(Error::new(
                "config `http_key` is set without `http_cert`, the certificate that it belongs to",
            ));
        }
        Ok(settings)
    }
}

impl Display for HostAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}={}", self.host, std::net::SocketAddr::new(self.ip, port)),
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
        let address: std::net::SocketAddr = address.parse().map_err(|_| ())?;
        Ok(Self { host, ip: address.ip(), port: Some(address.port()) })
    }
}

fn word_of<T: PartialEq>(words: Words<T>, value: T) -> &'static str {
    words.iter().find(|(_, v)| *v == value).map(|(text, _)| *text).unwrap_or_default()
}

fn word<T: Copy + Default>(config: &Config, key: &str, words: Words<T>) -> Result<T> {
    let Some(text) = read::<String>(config, key)? else { return Ok(T::default()) };
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let (last, rest) = words.split_last().expect("an enum has values");
        let rest: Vec<_> = rest.iter().map(|(word, _)| *word).collect();
        let may = format!("it may be {} or {}", rest.join(", "), last.0);
        Error::new(format!("config `{key}` is {text:?}; {may}"))
    })
}

fn read<T: DeserializeOwned>(config: &Config, key: &str) -> Result<Option<T>> {
    match config.get::<IgnoredAny>(key) {
        Some(_) => config.require(key).map(Some),
        None => Ok(None),
    }
}

fn count(config: &Config, key: &str) -> Result<Option<usize>> {
    match read::<usize>(config, key)? {
        Some(0) => Err(Error::new(format!("config `{key}` is 0; it must be above zero"))),
        n => Ok(n),
    }
}

fn seconds(config: &Config, key: &str) -> Result<Option<Duration>> {
    let Some(seconds) = read::<f64>(config, key)? else { return Ok(None) };
    Duration::try_from_secs_f64(seconds).map(Some).map_err(|_| {
        Error::new(format!("config `{key}` is {seconds}; it must be a number of seconds"))
    })
}

fn above_zero(config: &Config, key: &str) -> Result<Option<Duration>> {
    match seconds(config, key)? {
        Some(Duration::ZERO) => Err(Error::new(format!(
            "config `{key}` is 0; it must be a number of seconds above zero"
        ))),
        duration => Ok(duration),
    }
}

/// Items with commas between them.
fn list<T: FromStr>(config: &Config, key: &str, form: &str) -> Result<Vec<T>> {
    let Some(text) = read::<String>(config, key)? else { return Ok(Vec::new()) };
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| {
            item.parse().map_err(|_| {
                Error::new(format!("config `{key}` has {item:?}; write each item {form}"))
            })
        })
        .collect()
}

fn joined<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
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
            .version(HttpVersion::Http2)
            .max_per_host(3)
            .max_streams(7)
            .idle_timeout(Duration::from_secs(5))
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
        assert_eq!(joined(&settings.hosts), "a.test=10.0.0.1,b.test=::1");
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
