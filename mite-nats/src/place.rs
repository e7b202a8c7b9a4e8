//! Where servers are.

use std::fmt::{self, Display};
use std::net::IpAddr;

use mite_core::error::{Error, Result};
use mite_core::secret;
use url::Url;

/// The servers of one cluster, from a list such as `nats://a:4222,nats://b:4222`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    servers: Vec<Url>,
}

/// A user and a password that stood in a URL.
pub(crate) type InUrl = Option<(String, String)>;

impl Place {
    /// Reads addresses separated by commas; `nats://` and port 4222 are taken for granted.
    /// What stands before an `@` is not kept, but given back.
    ///
    /// # Errors
    /// If one is no address of a server.
    pub(crate) fn read(text: &str) -> Result<(Self, InUrl)> {
        let (mut servers, mut found) = (Vec::new(), None);
        for part in text.split(',').map(str::trim) {
            let shown = secret::masked_url(part);
            let wrong = |why: &str| {
                Error::new(format!(
                    "--nats {shown}: {why}; write nats://HOST:4222, or tls://HOST:4222"
                ))
            };
            let whole =
                if part.contains("://") { part.to_owned() } else { format!("nats://{part}") };
            let mut url: Url = whole.parse().map_err(|_| wrong("this is no address"))?;
            if !matches!(url.scheme(), "nats" | "tls") {
                return Err(wrong(&format!("`{}://` is not spoken", url.scheme())));
            }
            if url.host_str().is_none_or(str::is_empty) {
                return Err(wrong("there is no host in it"));
            }
            if !matches!(url.path(), "" | "/") || url.query().is_some() {
                return Err(wrong("an address ends after its port"));
            }
            if !url.username().is_empty() || url.password().is_some() {
                let decoded =
                    |text: &str| decoded(text).ok_or_else(|| wrong("its credentials are no text"));
                let user = decoded(url.username())?;
                found = Some((user, decoded(url.password().unwrap_or_default())?));
                let _ = url.set_username("");
                let _ = url.set_password(None);
            }
            servers.push(url);
        }
        Ok((Self { servers }, found))
    }

    /// The first that is reached over a network, if one is.
    pub(crate) fn remote(&self) -> Option<&Url> {
        self.servers.iter().find(|url| !is_loopback(url))
    }

    /// Whether one asks for TLS itself.
    pub(crate) fn wants_tls(&self) -> bool {
        self.servers.iter().any(|url| url.scheme() == "tls")
    }

    pub(crate) fn addresses(&self) -> Vec<String> {
        self.servers.iter().map(Url::to_string).collect()
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> =
            self.servers.iter().map(|url| url.as_str().trim_end_matches('/')).collect();
        f.write_str(&shown.join(","))
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

/// Without its percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| byte == b'%') {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_address() {
        let (place, found) = Place::read("nats://bob:p%40w@127.0.0.1:4223, localhost").unwrap();
        assert_eq!(found, Some(("bob".to_owned(), "p@w".to_owned())));
        assert_eq!(place.to_string(), "nats://127.0.0.1:4223,nats://localhost");
        assert_eq!(place.remote(), None);
    }

    #[test]
    fn what_is_on_a_network_is_known() {
        for (text, remote) in [
            ("nats://[::1]:4222", false),
            ("127.0.0.2", false),
            ("LOCALHOST:1", false),
            ("nats://10.0.0.1", true),
            ("localhost.example.com", true),
            ("127.0.0.1,tls://nats.example.com", true),
        ] {
            assert_eq!(Place::read(text).unwrap().0.remote().is_some(), remote, "{text}");
        }
        assert!(Place::read("tls://h").unwrap().0.wants_tls());
    }

    #[test]
    fn what_is_no_address_says_so_without_its_password() {
        for (text, says) in [
            (
                "http://h:80",
                "--nats http://h:80: `http://` is not spoken; write nats://HOST:4222, or tls://HOST:4222",
            ),
            (
                "nats://h/x",
                "--nats nats://h/x: an address ends after its port; write nats://HOST:4222, or tls://HOST:4222",
            ),
            (
                "nats://bob:pw@h:x",
                "--nats nats://h:x: this is no address; write nats://HOST:4222, or tls://HOST:4222",
            ),
        ] {
            assert_eq!(Place::read(text).unwrap_err().text(), says);
        }
    }
}
