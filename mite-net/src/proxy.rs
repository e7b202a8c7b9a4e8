//! Proxies: which one a connection goes through, if any.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use tokio::net::TcpStream;
use url::Url;

use crate::credentials::{Credentials, take_credentials};
use crate::dns::Dns;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::settings::Settings;
use crate::shown::shown_proxy;
use crate::{socks, tunnel};

/// The proxies of a runner.
#[derive(Default)]
pub(crate) struct Proxies {
    http: Option<Arc<Proxy>>,
    https: Option<Arc<Proxy>>,
    except: Vec<Exception>,
}

/// One proxy.
pub(crate) struct Proxy {
    scheme: Scheme,
    pub(crate) host: Box<str>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: u16,
    credentials: Option<Credentials>,
    pub(crate) forward: Option<Arc<Forward>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Socks5 { resolves: bool },
}

/// What a proxy that takes requests wants to see in them.
#[derive(Clone)]
pub struct Forward {
    authorization: Option<String>,
}

/// Without the password.
impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward").finish_non_exhaustive()
    }
}

impl Forward {
    /// The value of the `Proxy-Authorization` header.
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }
}

impl Proxies {
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let variable = |name: &str| {
            let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
            of(name).or_else(|| of(&name.to_ascii_uppercase()))
        };
        let no_proxy = settings.no_proxy.clone();
        match settings.proxy.as_deref() {
            None | Some("") => Ok(Self::default()),
            Some("environment") => {
                let all = variable("all_proxy");
                let proxy = |name| match variable(name).or(all.clone()) {
                    Some(url) => {
                        Proxy::parse(&url).map(Some).map_err(|why| format!("{name}: {why}"))
                    }
                    None => Ok(None),
                };
                Ok(Self {
                    http: proxy("http_proxy")?,
                    https: proxy("https_proxy")?,
                    except: exceptions(&no_proxy.or(variable("no_proxy")).unwrap_or_default()),
                })
            }
            Some(url) => {
                let proxy =
                    Proxy::parse(url).map_err(|why| format!("config `http_proxy`: {why}"))?;
                Ok(Self {
                    http: Some(proxy.clone()),
                    https: Some(proxy),
                    except: exceptions(&no_proxy.unwrap_or_default()),
                })
            }
        }
    }

    /// The proxy for connections to `to`.
    pub(crate) fn of(&self, to: Endpoint<'_>) -> Option<&Arc<Proxy>> {
        let proxy = if to.tls { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.except.iter().any(|e| e.covers(to)))
    }
}

impl Proxy {
    fn parse(text: &str) -> Result<Arc<Self>, String> {
        let shown = shown_proxy(text);
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let slash = "; a `/`, `?` or `#` in its password is written %2F, %3F or %23";
        let mut url = Url::parse(&whole).map_err(|error| {
            let hint = if text.contains('@') { slash } else { "" };
            format!("{shown} is not a URL: {error}{hint}")
        })?;
        // Whoever has an `@` behind the host meant it to end the credentials.
        if url[url::Position::BeforePath..].contains('@') {
            return Err(format!("{shown} is not read as it is meant{slash}"));
        }
        let (scheme, port) = match url.scheme() {
            "http" => (Scheme::Http, 80),
            "socks5" => (Scheme::Socks5 { resolves: false }, 1080),
            "socks5h" => (Scheme::Socks5 { resolves: true }, 1080),
            other => {
                return Err(format!(
                    "{shown} has the scheme {other}; a proxy is http://, socks5:// or socks5h://"
                ));
            }
        };
        let credentials = take_credentials(&mut url);
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("{shown} has no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let authorization = credentials.as_ref().map(Credentials::basic);
        let forward = (scheme == Scheme::Http).then(|| Arc::new(Forward { authorization }));
        Ok(Arc::new(Self {
            scheme,
            ip: host.parse().ok(),
            host: host.into(),
            port: url.port().unwrap_or(port),
            credentials,
            forward,
        }))
    }

    /// Whether it takes requests, beside connections.
    pub(crate) fn takes_requests(&self) -> bool {
        self.forward.is_some()
    }

    /// Asks it for a connection to `to`.
    pub(crate) async fn open(
        &self,
        tcp: &mut TcpStream,
        to: Endpoint<'_>,
        dns: &Dns,
    ) -> Result<(), Error> {
        match self.scheme {
            Scheme::Http => {
                let authorization = self.forward.as_ref().and_then(|f| f.authorization());
                tunnel::open(tcp, to, authorization).await
            }
            Scheme::Socks5 { resolves } => {
                let place = match resolves {
                    true => socks::To::Name(to.host, to.port),
                    false => socks::To::Address(dns.resolve(to.host, to.ip, to.port).await?[0]),
                };
                let place = match to.ip {
                    Some(ip) => socks::To::Address((ip, to.port).into()),
                    None => place,
                };
                socks::open(tcp, place, self.credentials.as_ref()).await
            }
        }
    }
}

/// What is reached without a proxy.
enum Exception {
    All,
    /// A name and its subdomains, on one port or on all.
    Name(String, Option<u16>),
    Net(IpNet),
}

fn exceptions(text: &str) -> Vec<Exception> {
    let items = text.split(|c: char| c == ',' || c.is_whitespace());
    items.filter(|item| !item.is_empty()).map(Exception::parse).collect()
}

impl Exception {
    fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        let (address, bits) = text.split_once('/').unwrap_or((text, "128"));
        let address = address.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if let (Ok(address), Ok(bits)) = (address, bits.parse::<u8>()) {
            let most = if address.is_ipv4() { 32 } else { 128 };
            if let Ok(net) = IpNet::new(address, bits.min(most)) {
                return Self::Net(net);
            }
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => (name, port.parse().ok()),
            _ => (text, None),
        };
        let name = name.strip_prefix("*.").or(name.strip_prefix('.')).unwrap_or(name);
        Self::Name(name.to_ascii_lowercase(), port)
    }

    fn covers(&self, to: Endpoint<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Name(name, port) => {
                let host = to.host.trim_end_matches('.').to_ascii_lowercase();
                let named = match host.strip_suffix(&**name) {
                    Some(rest) => rest.is_empty() || rest.ends_with('.'),
                    None => false,
                };
                named && port.is_none_or(|port| port == to.port)
            }
            Self::Net(net) => to.ip.is_some_and(|ip| net.contains(&ip)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(proxy: &str, except: &str) -> Settings {
        let (proxy, no_proxy) = (Some(proxy.into()), Some(except.into()));
        Settings { proxy, no_proxy, ..Settings::default() }
    }

    #[test]
    fn exceptions_cover_names_with_subdomains_addresses_and_networks() {
        for (list, url, direct) in [
            ("shop.test", "http://shop.test/", true),
            (".shop.test", "http://a.SHOP.test/", true),
            ("*.shop.test", "http://shop.test/", true),
            ("shop.test", "http://workshop.test/", false),
            ("shop.test:8080", "http://shop.test:8080/", true),
            ("shop.test:8080", "http://shop.test/", false),
            ("a.test, 127.0.0.1", "http://127.0.0.1:5/", true),
            ("a.test 127.0.0.1\tb.test", "http://127.0.0.1:5/", true),
            ("a.test b.test", "http://b.test/", true),
            ("127.0.0.1", "http://127.0.0.11/", false),
            ("10.0.0.0/8", "http://10.200.1.1/", true),
            ("10.0.0.0/8", "http://11.0.0.1/", false),
            ("0.0.0.0/0", "http://11.0.0.1/", true),
            ("::1", "http://[::1]/", true),
            ("fd00::/8", "http://[fd12::1]/", true),
            ("fd00::/8", "http://[fe80::1]/", false),
            ("[fd00::]/8, [::2]", "http://[::2]/", true),
            ("*", "https://any.test/", true),
            ("", "http://any.test/", false),
        ] {
            let proxies = Proxies::new(&settings("http://p:1", list)).unwrap();
            let url = Url::parse(url).unwrap();
            let port = url.port_or_known_default().unwrap();
            let mut to = Endpoint::new(url.host_str().unwrap(), port);
            to.tls = url.scheme() == "https";
            assert_eq!(proxies.of(to).is_none(), direct, "{list} {url}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_named_without_its_credentials() {
        for (url, part) in [
            ("ftp://bob:pw@h", "http://, socks5:// or socks5h://"),
            ("http://bob:pw@", "not a URL"),
            ("https://h", "scheme https"),
            ("http://bob:p/w@h:3128", "written %2F"),
            ("http://bob:1/pw@h:3128", "written %2F"),
            ("bob:pw#@h:3128", "written %2F"),
        ] {
            let why = Proxies::new(&settings(url, "")).err().unwrap();
            assert!(why.contains("http_proxy") && why.contains(part), "{why}");
            assert!(!why.contains("pw") && !why.contains("bob"), "{why}");
        }
        let proxy = Proxy::parse("bob:p%20w@h:3128").unwrap();
        assert_eq!((&*proxy.host, proxy.port, proxy.takes_requests()), ("h", 3128, true));
        assert_eq!(proxy.credentials.as_ref().unwrap().password, b"p w");
        let odd = Proxy::parse("http://us+er:p&w=1%2B%E92@h").unwrap();
        let credentials = odd.credentials.as_ref().unwrap();
        let (user, password) = (&*credentials.user, &*credentials.password);
        assert_eq!((user, password), (&b"us+er"[..], &b"p&w=1+\xe92"[..]));
        let socks = Proxy::parse("socks5h://[::1]").unwrap();
        assert_eq!((socks.ip, socks.port), (Some("::1".parse().unwrap()), 1080));
        assert!(!socks.takes_requests());
    }
}
