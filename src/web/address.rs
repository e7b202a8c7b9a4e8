//! Where a server listens, and by what names it may be asked for.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::str::FromStr;

use mite_core::error::{Error, Result};

/// The port if none is given: upstream mite's.
const PORT: u16 = 9301;

/// The address if none is given. Only this machine can reach it.
pub(crate) const DEFAULT: &str = "127.0.0.1:9301";

/// An address to listen at, as it is typed: `host:port`, `host`, `[v6]:port`, `[v6]`,
/// `:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebAddress {
    host: String,
    port: u16,
}

impl FromStr for WebAddress {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong =
            || format!("`{text}` is not an address; write {DEFAULT}, or :0 for any free port");
        let text = text.trim();
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
                match rest {
                    "" => (host, None),
                    _ => (host, Some(rest.strip_prefix(':').ok_or_else(wrong)?)),
                }
            }
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None if text.parse::<u16>().is_ok() => ("", Some(text)),
                None => (text, None),
            },
        };
        let in_name = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if !host.chars().all(in_name) || (host.is_empty() && port.is_none()) {
            return Err(wrong());
        }
        let port = port.map_or(Ok(PORT), str::parse).map_err(|_| wrong())?;
        // Nobody else is let in by leaving something out.
        let host = if host.is_empty() { "127.0.0.1" } else { host };
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

impl WebAddress {
    /// Whether it stands for another port each time.
    pub(crate) fn is_any(&self) -> bool {
        self.port == 0
    }
}

/// An address that was taken: nobody else listens there.
#[derive(Debug)]
pub(crate) struct Place {
    listener: TcpListener,
    names: Names,
}

impl Place {
    /// Takes an address. It may be asked for by `hosts`, too.
    ///
    /// # Errors
    /// If it cannot be had; the text names the option.
    pub(crate) fn take(option: &str, address: &WebAddress, hosts: &[String]) -> Result<Self> {
        let WebAddress { host, port } = address;
        let cannot = |e: std::io::Error| {
            let shown = match host.contains(':') {
                true => format!("[{host}]:{port}"),
                false => format!("{host}:{port}"),
            };
            let remedy = match e.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "; another program listens there: give another port, or :0 for any free one"
                }
                _ => "",
            };
            Error::new(format!("{option} {shown} cannot be had: {e}{remedy}"))
        };
        let listener = TcpListener::bind((host.as_str(), *port)).map_err(cannot)?;
        listener.set_nonblocking(true).map_err(cannot)?;
        let bound = listener.local_addr().map_err(cannot)?;
        let mut names: Vec<_> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        names.push(host.clone());
        names.extend(machine());
        Ok(Self { listener, names: Names { bound, names } })
    }

    /// Where it is.
    pub(crate) fn bound(&self) -> SocketAddr {
        self.names.bound
    }

    pub(super) fn into_parts(self) -> (TcpListener, Names) {
        (self.listener, self.names)
    }
}

/// The name of the machine.
fn machine() -> Option<String> {
    #[cfg(unix)]
    return Some(rustix::system::uname().nodename().to_str().ok()?.to_ascii_lowercase());
    #[cfg(not(unix))]
    None
}

/// The names by which a server may be asked for. A page of somebody else's can make a
/// name of its own point here (DNS rebinding), and is then asked for by that name.
#[derive(Clone, Debug)]
pub(super) struct Names {
    bound: SocketAddr,
    names: Vec<String>,
}

impl Names {
    /// Whether `host`, which may have a port, is a name of this server.
    pub(super) fn know(&self, host: &str) -> bool {
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        let name = match host.strip_prefix('[') {
            Some(rest) => match rest.split_once(']') {
                Some((v6, "")) => v6,
                Some((v6, port)) if port.strip_prefix(':').is_some_and(is_port) => v6,
                _ => return false,
            },
            None => match host.split_once(':') {
                Some((name, port)) if is_port(port) => name,
                Some(_) => return false,
                None => host,
            },
        };
        let name = name.to_ascii_lowercase();
        let is_local = self.bound.ip().is_loopback();
        if let Ok(address) = name.parse::<IpAddr>() {
            // No name, so that it points nowhere else.
            return !is_local || address.is_loopback();
        }
        // A name without a point is one of the own network: a container, a service.
        let is_near = !is_local && !name.is_empty() && !name.contains('.');
        name == "localhost" || is_near || self.names.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_upstream_reads_them() {
        let read =
            |text: &str| text.parse::<WebAddress>().map(|a| format!("{} {}", a.host, a.port));
        for (text, expected) in [
            (DEFAULT, "127.0.0.1 9301"),
            ("0.0.0.0", "0.0.0.0 9301"),
            ("Load-Gen.example:80", "load-gen.example 80"),
            ("[::1]:0", "::1 0"),
            ("[::]", ":: 9301"),
            (":0", "127.0.0.1 0"),
            ("8080", "127.0.0.1 8080"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "shop:rush", "::1", "[::1", "[x]:1", "a:70000", "http://a", "a b:1", ":"] {
            let error = read(text).expect_err(text);
            assert!(error.ends_with("write 127.0.0.1:9301, or :0 for any free port"), "{error}");
        }
    }

    fn names(bound: &str) -> Names {
        Names { bound: bound.parse().unwrap(), names: vec!["load.example".into()] }
    }

    #[test]
    fn a_name_that_somebody_else_gave_it_is_none_of_its_own() {
        let local = names("127.0.0.1:9301");
        for host in
            ["127.0.0.1:9301", "localhost:9301", "LOCALHOST", "[::1]:9301", "load.example:80"]
        {
            assert!(local.know(host), "{host}");
        }
        for host in [
            "evil.example:9301",
            "evil",
            "10.0.0.7:9301",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "localhost:evil",
            "[::1].evil",
            "[::1]:",
            "",
        ] {
            assert!(!local.know(host), "{host}");
        }
    }

    #[test]
    fn one_that_others_reach_knows_addresses_and_names_of_its_own_network() {
        let open = names("0.0.0.0:9301");
        for host in ["10.0.0.7:9301", "[fe80::1]:80", "mite:9301", "localhost"] {
            assert!(open.know(host), "{host}");
        }
        for host in ["evil.example", "mite.evil.example:9301", ":9301", ""] {
            assert!(!open.know(host), "{host}");
        }
    }

    #[test]
    fn what_is_taken_is_an_error_that_says_what_to_do() {
        let first = Place::take("--web-address", &":0".parse().unwrap(), &[]).unwrap();
        let port = first.bound().port();
        let again = format!("127.0.0.1:{port}").parse().unwrap();
        let error = Place::take("--web-address", &again, &[]).unwrap_err();
        let text = error.text();
        assert!(
            text.starts_with(&format!("--web-address 127.0.0.1:{port} cannot be had: ")),
            "{text}"
        );
        assert!(text.ends_with("give another port, or :0 for any free one"), "{text}");
    }
}
