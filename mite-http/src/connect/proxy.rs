//! Proxies: which one a connection goes through, if any.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;
use tokio::net::TcpStream;
use url::{Position, Url};

use super::dns::Dns;
use super::{socks, tunnel};
use crate::error::Failure;
use crate::settings::HttpSettings;
use crate::target::{Credentials, Origin, take_credentials};

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
pub(crate) struct Forward {
    authorization: Option<HeaderValue>,
}

impl Forward {
    /// What the request line has instead of the path.
    pub(crate) fn target(url: &Url) -> &str {
        &url[..Position::AfterQuery]
    }

    /// The `Proxy-Authorization` header.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

impl Proxies {
    pub(crate) fn new(settings: &HttpSettings) -> Result<Self, String> {
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

    /// The proxy for connections to `origin`.
    pub(crate) fn of(&self, origin: &Origin) -> Option<&Arc<Proxy>> {
        let proxy = if origin.tls { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.except.iter().any(|e| e.covers(origin)))
    }
}

impl Proxy {
    fn parse(text: &str) -> Result<Arc<Self>, String> {
        let shown = crate::target::without_userinfo(text);
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let mut url = Url::parse(&whole).map_err(|e| format!("{shown} is not a URL: {e}"))?;
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
        let authorization = credentials.as_ref().map(Credentials::header);
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

    /// Asks it for a connection to `origin`.
    pub(crate) async fn open(
        &self,
        tcp: &mut TcpStream,
        origin: &Origin,
        dns: &Dns,
    ) -> Result<(), Failure> {
        match self.scheme {
            Scheme::Http => {
                let authorization = self.forward.as_ref().and_then(|f| f.authorization.as_ref());
                tunnel::open(tcp, origin, authorization).await
            }
            Scheme::Socks5 { resolves } => {
                let to = match resolves {
                    true => socks::To::Name(&origin.host, origin.port),
                    false => {
                        let found = dns.resolve(&origin.host, origin.ip, origin.port).await?;
                        socks::To::Address(found[0])
                    }
                };
                let to = match origin.ip {
                    Some(ip) => socks::To::Address((ip, origin.port).into()),
                    None => to,
                };
                socks::open(tcp, to, self.credentials.as_ref()).await
            }
        }
    }
}

/// What is reached without a proxy.
enum Exception {
    All,
    /// A name and its subdomains, on one port or on all.
    Name(String, Option<u16>),
    Net(IpAddr, u8),
}

fn exceptions(text: &str) -> Vec<Exception> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(Exception::parse).collect()
}

impl Exception {
    fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, bits.parse().ok()),
            None => (text, Some(128)),
        };
        let address = address.trim_start_matches('[').trim_end_matches(']').parse();
        if let (Ok(address), Some(bits)) = (address, bits) {
            return Self::Net(address, bits);
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => (name, port.parse().ok()),
            _ => (text, None),
        };
        let name = name.strip_prefix("*.").or(name.strip_prefix('.')).unwrap_or(name);
        Self::Name(name.to_ascii_lowercase(), port)
    }

    fn covers(&self, origin: &Origin) -> bool {
        match self {
            Self::All => true,
            Self::Name(name, port) => {
                let host = origin.host.trim_end_matches('.').to_ascii_lowercase();
                let named = match host.strip_suffix(&**name) {
                    Some(rest) => rest.is_empty() || rest.ends_with('.'),
                    None => false,
                };
                named && port.is_none_or(|port| port == origin.port)
            }
            Self::Net(net, bits) => origin.ip.is_some_and(|ip| in_net(ip, *net, *bits)),
        }
    }
}

fn in_net(ip: IpAddr, net: IpAddr, bits: u8) -> bool {
    match (ip, net) {
        (IpAddr::V4(ip), IpAddr::V4(net)) => {
            let shift = 32 - u32::from(bits.min(32));
            u32::from(ip).checked_shr(shift) == u32::from(net).checked_shr(shift)
        }
        (IpAddr::V6(ip), IpAddr::V6(net)) => {
            let shift = 128 - u32::from(bits.min(128));
            u128::from(ip).checked_shr(shift) == u128::from(net).checked_shr(shift)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

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
            ("127.0.0.1", "http://127.0.0.11/", false),
            ("10.0.0.0/8", "http://10.200.1.1/", true),
            ("10.0.0.0/8", "http://11.0.0.1/", false),
            ("0.0.0.0/0", "http://11.0.0.1/", true),
            ("::1", "http://[::1]/", true),
            ("fd00::/8", "http://[fd12::1]/", true),
            ("fd00::/8", "http://[fe80::1]/", false),
            ("*", "https://any.test/", true),
            ("", "http://any.test/", false),
        ] {
            let settings = HttpSettings::new().proxy("http://p:1").no_proxy(list);
            let proxies = Proxies::new(&settings).unwrap();
            let target = Target::of(url).ok().unwrap();
            assert_eq!(proxies.of(&target.origin).is_none(), direct, "{list} {url}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_named_without_its_credentials() {
        for (url, part) in [
            ("ftp://bob:pw@h", "http://, socks5:// or socks5h://"),
            ("http://bob:pw@", "not a URL"),
            ("https://h", "scheme https"),
        ] {
            let why = Proxies::new(&HttpSettings::new().proxy(url)).err().unwrap();
            assert!(why.contains("http_proxy") && why.contains(part), "{why}");
            assert!(!why.contains("pw"), "{why}");
        }
        let proxy = Proxy::parse("bob:p%20w@h:3128").unwrap();
        assert_eq!((&*proxy.host, proxy.port, proxy.takes_requests()), ("h", 3128, true));
        assert_eq!(proxy.credentials.as_ref().unwrap().password, "p w");
        let socks = Proxy::parse("socks5h://[::1]").unwrap();
        assert_eq!((socks.ip, socks.port), (Some("::1".parse().unwrap()), 1080));
        assert!(!socks.takes_requests());
    }
}
