//! Where a request goes: a URL, taken apart once.

use std::borrow::Cow;
use std::cell::RefCell;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use http::{HeaderValue, Method, Uri};
use mite_core::label::Label;
use mite_core::secret;
use mite_net::{Credentials, Endpoint, shown_url, take_credentials};
use url::{Host, Position, Url};

/// A URL, taken apart once.
pub(crate) struct Target {
    /// Without credentials.
    pub(crate) url: Url,
    /// Path and query, as the request line has them.
    pub(crate) uri: Uri,
    /// The `Host` header.
    pub(crate) host: HeaderValue,
    pub(crate) origin: Arc<Origin>,
    pub(crate) credentials: Option<Credentials>,
    /// The credentials as a header.
    pub(crate) authorization: Option<HeaderValue>,
    /// The path as it is counted: ids are collapsed.
    series: Box<str>,
    /// What requests of the first methods here are counted as.
    counted: [OnceLock<(Method, Label)>; 4],
    /// The URL as messages have it, if that is another.
    told: OnceLock<Option<Box<str>>>,
}

/// What a connection is made to.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) tls: bool,
    pub(crate) host: Box<str>,
    pub(crate) port: u16,
    /// The address, if the host is one.
    pub(crate) ip: Option<IpAddr>,
    hash: u64,
}

impl Origin {
    /// Whether it is the same; mostly it is the very one.
    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self == other
    }

    /// What is dialed for it.
    pub(crate) fn endpoint(&self) -> Endpoint<'_> {
        let to = Endpoint::known(&self.host, self.ip, self.port);
        if self.tls { to.tls() } else { to }
    }

    /// The interface by which its address is reached, if its URL names one.
    pub(crate) fn zone(&self) -> Option<&str> {
        self.host.split_once('%').map(|(_, zone)| zone)
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.tls == other.tls
            && self.port == other.port
            && self.host == other.host
    }
}

impl Eq for Origin {}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// The `Authorization` header.
pub(crate) fn authorization(credentials: &Credentials) -> HeaderValue {
    let mut value = HeaderValue::from_str(&credentials.basic())
        .expect("base64 has only characters that headers may have");
    value.set_sensitive(true);
    value
}

/// Why a text is not a target, and how to show the text.
pub(crate) struct Invalid {
    pub(crate) shown: String,
    pub(crate) why: String,
}

const KEPT_PER_THREAD: usize = 256;

type Slot = Option<(Box<str>, Arc<Target>)>;

thread_local! {
    /// A direct-mapped cache of targets, by the hash of their text.
    static KEPT: RefCell<Vec<Slot>> =
        RefCell::new(vec![const { None }; KEPT_PER_THREAD]);
}

impl Target {
    /// The target of a text; the same texts are not parsed over and over.
    pub(crate) fn of(text: &str) -> Result<Arc<Self>, Invalid> {
        let slot = slot(text);
        KEPT.with_borrow_mut(|kept| {
            if let Some((_, target)) = kept[slot].as_ref().filter(|(t, _)| **t == *text) {
                return Ok(target.clone());
            }
            let target = Self::parse(text)?;
            kept[slot] = Some((text.into(), target.clone()));
            Ok(target)
        })
    }

    pub(crate) fn parse(text: &str) -> Result<Arc<Self>, Invalid> {
        let invalid = |why: String| Invalid { shown: shown_url(text).into_owned(), why };
        let (whole, zone) = split_zone(text);
        match Url::parse(&whole) {
            Ok(url) if is_host_with_port(&url) => {
                Err(invalid(format!("it has no scheme; write http://{}", shown_url(text))))
            }
            Ok(url) => Self::of_url(url, zone.as_deref()),
            Err(url::ParseError::RelativeUrlWithoutBase) if starts_with_host(text) => {
                let rest = text.trim_start_matches('/');
                Err(invalid(format!("it has no scheme; write http://{}", shown_url(rest))))
            }
            Err(url::ParseError::RelativeUrlWithoutBase) => Err(invalid(
                "it is not a whole URL; write it with scheme and host, as http://host/path".into(),
            )),
            Err(error) => {
                let slash = "; a `/`, `?` or `#` in a password is written %2F, %3F or %23";
                let hint = if text.contains('@') { slash } else { "" };
                Err(invalid(format!("it is not a URL: {error}{hint}")))
            }
        }
    }

    /// The target of a URL; a `zone` is the interface by which its address is reached.
    pub(crate) fn of_url(mut url: Url, zone: Option<&str>) -> Result<Arc<Self>, Invalid> {
        let invalid = |url: &Url, why: &str| Invalid {
            shown: shown_url(url.as_str()).into_owned(),
            why: why.to_owned(),
        };
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            scheme => {
                let why = format!("its scheme is {scheme}, neither http nor https");
                return Err(invalid(&url, &why));
            }
        };
        let credentials = take_credentials(&mut url);
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(invalid(&url, "its URL has no host"));
        };
        let ip = match host {
            Host::Domain(_) => None,
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        };
        let name = match (url.host_str().unwrap_or_default(), zone) {
            (name, None) => Cow::Borrowed(name),
            (name, Some(zone)) => Cow::Owned(format!("{}%{zone}", name.trim_matches(['[', ']']))),
        };
        let origin = Origin {
            tls,
            host: (&*name).into(),
            port,
            ip,
            hash: std::hash::BuildHasherDefault::<DefaultHasher>::default()
                .hash_one((tls, &*name, port)),
        };
        let shown_host = &url[Position::BeforeHost..Position::AfterPort];
        let Ok(host) = HeaderValue::from_str(shown_host) else {
            return Err(invalid(&url, "its host cannot be sent in a header"));
        };
        let Ok(uri) = Uri::try_from(&url[Position::BeforePath..Position::AfterQuery]) else {
            return Err(invalid(&url, "its path cannot be sent in a request line"));
        };
        let series = series(url.path()).into();
        let authorization = credentials.as_ref().map(authorization);
        let origin = Arc::new(origin);
        Ok(Arc::new(Self {
            url,
            uri,
            host,
            origin,
            credentials,
            authorization,
            series,
            counted: Default::default(),
            told: OnceLock::new(),
        }))
    }

    /// The URL as messages have it: without secrets, unless they are to be shown.
    pub(crate) fn told(&self) -> &str {
        let url = self.url.as_str();
        let told = self.told.get_or_init(|| match secret::masked_url(url) {
            Cow::Owned(masked) if !secret::are_shown() => Some(masked.into()),
            _ => None,
        });
        told.as_deref().unwrap_or(url)
    }

    /// What a request of `method` is counted as, unless it has a name of its own:
    /// method and path.
    pub(crate) fn label(&self, method: &Method) -> Label {
        let make = || Label::intern(&format!("{method} {}", self.series));
        for slot in &self.counted {
            let (known, label) = slot.get_or_init(|| (method.clone(), make()));
            if known == method {
                return label.clone();
            }
        }
        make()
    }
}

/// A URL without the zone of its IPv6 address (RFC 6874), and the zone: URLs have none
/// as far as the standard of the web goes.
pub(crate) fn split_zone(text: &str) -> (Cow<'_, str>, Option<String>) {
    let parts = || {
        let start = text.find("//")? + 2;
        let end = text[start..].find(['/', '\\', '?', '#']).map_or(text.len(), |at| start + at);
        let open = start + text[start..end].rfind('[')?;
        let close = open + text[open..end].find(']')?;
        let percent = open + text[open..close].find('%')?;
        let zone = &text[percent + 1..close];
        // The percent sign is to be encoded itself, but nobody types it so.
        let zone = zone.strip_prefix("25").filter(|rest| !rest.is_empty()).unwrap_or(zone);
        let zone = percent_encoding::percent_decode_str(zone).decode_utf8().ok()?;
        (!zone.is_empty()).then(|| ([&text[..percent], &text[close..]].concat(), zone.into_owned()))
    };
    match parts() {
        Some((whole, zone)) => (Cow::Owned(whole), Some(zone)),
        None => (Cow::Borrowed(text), None),
    }
}

/// `localhost:8080/x` is a URL, whose scheme is localhost; `bob:pw@host` is one, too.
fn is_host_with_port(url: &Url) -> bool {
    let end = url.path().find('/').unwrap_or(url.path().len());
    let first = &url.path()[..end];
    let is_port = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    let has_user = first.contains('@') && shown_url(url.as_str()) != url.as_str();
    let has_number = ["tel", "sms"].contains(&url.scheme());
    url.cannot_be_a_base() && ((is_port && !has_number) || has_user)
}

/// Whether a text looks like a URL that lacks its scheme.
fn starts_with_host(text: &str) -> bool {
    let text = text.strip_prefix("//").unwrap_or(text);
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let host = text[..end].rsplit('@').next().unwrap_or_default();
    host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host.contains(['.', ':'])
        && !host.contains(' ')
}

/// Which slot a text has. Texts of one slot displace each other, no more.
fn slot(text: &str) -> usize {
    let eight = |bytes: &[u8]| bytes.iter().fold(0, |n: u64, b| n << 8 | u64::from(*b));
    let chunks = text.as_bytes().chunks_exact(8);
    let rest = eight(chunks.remainder());
    let mix = |hash: u64, n: u64| (hash.rotate_left(5) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let all = chunks.fold(0, |hash, chunk| {
        mix(hash, u64::from_le_bytes(chunk.try_into().expect("a chunk has eight bytes")))
    });
    (mix(all, rest) >> 32) as usize % KEPT_PER_THREAD
}

/// A path with `{id}` in place of segments that are numbers, UUIDs or long hex.
fn series(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (i, segment) in path.split('/').enumerate() {
        if i > 0 {
            out.push('/');
        }
        out.push_str(if is_id(segment) { "{id}" } else { segment });
    }
    out
}

fn is_id(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let digits = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    let hex = bytes.len() >= 16 && bytes.iter().all(u8::is_ascii_hexdigit);
    let uuid = bytes.len() == 36
        && bytes.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    digits || hex || uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_ascii_are_sent_as_punycode() {
        let host = |text: &str| Target::parse(text).map(|to| to.host.clone()).ok();
        for (text, sent) in [
            ("http://b\u{fc}cher.example/", "xn--bcher-kva.example"),
            ("http://STRASSE.example:81/", "strasse.example:81"),
            ("http://fa\u{df}.example/", "xn--fa-hia.example"),
            ("http://\u{65e5}\u{672c}.example/", "xn--wgv71a.example"),
            ("http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ] {
            assert_eq!(host(text).unwrap(), sent, "{text}");
        }
        assert!(host("http://xn--a\u{fc}.example/").is_none());
    }

    #[test]
    fn ids_in_paths_are_collapsed() {
        for (path, counted) in [
            ("/", "/"),
            ("/users/17/orders", "/users/{id}/orders"),
            ("/v2/users/0b9c4a4e-8a52-4a6c-9a31-1d2b0f3c4d5e", "/v2/users/{id}"),
            ("/blob/0123456789abcdef", "/blob/{id}"),
            ("/blob/0123456789abcde", "/blob/0123456789abcde"),
            ("/cafe//x/", "/cafe//x/"),
        ] {
            assert_eq!(series(path), counted);
        }
    }

    #[test]
    fn credentials_leave_the_url() {
        let target = Target::of("http://bob%40x:p+%3As@h:81/a?b=c#d").ok().unwrap();
        assert_eq!(target.url.as_str(), "http://h:81/a?b=c#d");
        assert_eq!(target.host, "h:81");
        assert_eq!(target.uri, "/a?b=c");
        let credentials = target.credentials.as_ref().unwrap();
        assert_eq!((&*credentials.user, &*credentials.password), (&b"bob@x"[..], &b"p+:s"[..]));
        let plain = Credentials::new("Aladdin", "open sesame");
        assert_eq!(authorization(&plain), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn messages_have_the_url_without_secrets() {
        for (text, told) in [
            ("http://h/a?b=c", "http://h/a?b=c"),
            ("http://bob:pw@h/a?token=x&b=c#d", "http://h/a?token=***&b=c#d"),
            ("http://bob:12/34@h", "http://bob:***@h"),
        ] {
            let target = Target::of(text).ok().unwrap();
            assert_eq!((target.told(), target.told()), (told, told));
        }
        // What is sent has them.
        assert_eq!(Target::of("http://h/a?token=x").ok().unwrap().uri, "/a?token=x");
    }

    #[test]
    fn what_is_not_a_target_is_shown_without_credentials() {
        for (text, shown) in [
            ("/just/a/path", "/just/a/path"),
            ("http://bob:pw@", "http://"),
            ("ftp://bob:pw@h/x", "ftp://h/x"),
            ("bob:pw@h/x", "h/x"),
            ("http://h:99999/", "http://h:99999/"),
        ] {
            let invalid = Target::of(text).err().unwrap();
            assert_eq!(invalid.shown, shown);
            assert!(!invalid.why.contains("pw"), "{}", invalid.why);
        }
    }

    #[test]
    fn what_is_meant_is_said_of_what_is_not_a_target() {
        for (text, why) in [
            ("localhost:8099/x", "it has no scheme; write http://localhost:8099/x"),
            ("localhost:8099", "it has no scheme; write http://localhost:8099"),
            ("127.0.0.1:8099/x", "it has no scheme; write http://127.0.0.1:8099/x"),
            ("example.org/x?y", "it has no scheme; write http://example.org/x?y"),
            ("//example.org/x", "it has no scheme; write http://example.org/x"),
            ("[::1]:80", "it has no scheme; write http://[::1]:80"),
            ("bob:pw@h/x", "it has no scheme; write http://h/x"),
            ("/just/a/path", "it is not a whole URL"),
            ("a word.", "it is not a whole URL"),
            ("mailto:bob@example.org", "its scheme is mailto,"),
            ("tel:123", "its scheme is tel,"),
            ("file:///etc/passwd", "its scheme is file,"),
            ("http://bob:p/w@h/", "a `/`, `?` or `#` in a password is written"),
        ] {
            let invalid = Target::of(text).err().unwrap();
            assert!(invalid.why.starts_with(why) || invalid.why.contains(why), "{}", invalid.why);
        }
        assert_eq!(
            Target::of("mailto:bob@example.org").err().unwrap().shown,
            "mailto:bob@example.org"
        );
    }

    #[test]
    fn the_zone_of_an_address_is_where_it_is_dialed_and_nowhere_else() {
        for text in ["http://u:p@[fe80::1%25eth0]:81/x?y", "http://[fe80::1%eth0]:81/x?y"] {
            let target = Target::of(text).ok().unwrap();
            assert_eq!(target.url.as_str(), "http://[fe80::1]:81/x?y");
            assert_eq!(target.host, "[fe80::1]:81");
            assert_eq!(
                (&*target.origin.host, target.origin.zone()),
                ("fe80::1%eth0", Some("eth0"))
            );
            assert_eq!(target.origin.ip, Some("fe80::1".parse().unwrap()));
        }
        let none = Target::of("http://[fe80::1]:81/x?y%25z").ok().unwrap();
        assert_eq!(none.origin.zone(), None);
        assert!(Target::of("http://[fe80::1%]/").is_err());
    }

    #[test]
    fn a_request_is_counted_as_its_method_and_path() {
        let target = Target::of("http://h/users/7?x=1").ok().unwrap();
        for method in ["GET", "PUT", "A", "B", "C", "D", "GET", "D"] {
            let label = target.label(&method.parse().unwrap());
            assert_eq!(label.as_str(), format!("{method} /users/{{id}}"));
        }
    }

    #[test]
    fn the_same_text_is_parsed_once() {
        let a = Target::of("http://h/once").ok().unwrap();
        assert!(Arc::ptr_eq(&a, &Target::of("http://h/once").ok().unwrap()));
        assert_eq!(a.origin, Target::of("http://h:80/twice").ok().unwrap().origin);
        assert_ne!(a.origin, Target::of("https://h:80/twice").ok().unwrap().origin);
        let v6 = Target::of("http://[::1]:8080/").ok().unwrap();
        assert_eq!(
            (v6.origin.ip, &v6.host),
            (Some("::1".parse().unwrap()), &HeaderValue::from_static("[::1]:8080"))
        );
    }
}
