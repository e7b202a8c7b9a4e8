//! A journey's cookies, kept and sent by RFC 6265 sections 5.3 and 5.4.

use std::cell::Cell;
use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, header};
use tokio::time::Instant;
use url::Url;

use super::set_cookie::SetCookie;
use super::shown::{Cookie, Cookies};

/// Most cookies of one domain, and of all (section 6.1).
const MOST_OF_DOMAIN: usize = 50;
const MOST: usize = 3000;

/// A moment by both clocks, the monotonic one and the wall clock.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    pub(crate) instant: Instant,
    /// In seconds since 1970.
    pub(crate) wall: f64,
}

/// The cookies of one journey execution.
#[derive(Default)]
pub(crate) struct Jar {
    /// In the order in which they were first set.
    cookies: Vec<Kept>,
    /// How often cookies were set or sent: a logical clock, by which the least recently
    /// used ones are evicted.
    uses: Cell<u64>,
}

/// A cookie that is kept.
struct Kept {
    name: Box<[u8]>,
    value: Box<[u8]>,
    domain: Box<str>,
    /// Whether it is not for subdomains.
    host_only: bool,
    path: Box<[u8]>,
    /// Whether the path is one that it names itself.
    names_path: bool,
    expires: Option<Instant>,
    secure: bool,
    http_only: bool,
    used: Cell<u64>,
}

impl Jar {
    /// Keeps what a response from `url` sets.
    pub(crate) fn keep(&mut self, url: &Url, headers: &HeaderMap, now: Now) {
        for value in headers.get_all(header::SET_COOKIE) {
            // What is not for this host, or no cookie, is ignored.
            let _ = self.insert(url, value.as_bytes(), now);
        }
    }

    /// Adds a cookie, written as in a `Set-Cookie` header.
    ///
    /// # Errors
    /// If it is to be ignored: why.
    pub(crate) fn insert(&mut self, url: &Url, text: &[u8], now: Now) -> Result<(), &'static str> {
        let set = SetCookie::parse(text)?;
        let host = url.host_str().unwrap_or_default();
        let domain = match &set.domain {
            None => None,
            Some(domain) if !covers(domain, host) => {
                return Err("its domain is not that of the host");
            }
            // An address has no subdomains; a name without a dot is a public suffix,
            // and its cookies would be everybody's.
            Some(domain) if is_address(host) || (domain == host && !host.contains('.')) => None,
            Some(domain) if !domain.contains('.') => {
                return Err("its domain is a whole top-level domain");
            }
            Some(domain) => Some(&**domain),
        };
        if set.secure && !is_secure(url) {
            return Err("it is `Secure`, and its host was not asked through TLS");
        }
        let prefixed = |prefix: &[u8]| {
            set.name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let of_host = set.secure && domain.is_none() && set.path == Some(b"/");
        if (prefixed(b"__Secure-") && !set.secure) || (prefixed(b"__Host-") && !of_host) {
            return Err("its name has a prefix that its attributes do not fit");
        }
        let path = set.path.unwrap_or_else(|| default_path(url));
        let mut kept = Kept {
            name: set.name.into(),
            value: set.value.into(),
            domain: domain.unwrap_or(host).into(),
            host_only: domain.is_none(),
            path: path.into(),
            names_path: set.path.is_some(),
            expires: None,
            secure: set.secure,
            http_only: set.http_only,
            used: Cell::new(self.uses.get() + 1),
        };
        self.uses.set(self.uses.get() + 1);
        let left = match (set.max_age, set.expires) {
            (Some(seconds), _) => Some(seconds as f64),
            (None, Some(end)) => Some(end as f64 - now.wall),
            (None, None) => None,
        };
        let same = self.cookies.iter().position(|c| c.is_same(&kept));
        if left.is_some_and(|seconds| seconds <= 0.0) {
            same.map(|at| self.cookies.remove(at));
            return Ok(());
        }
        // Where the time overflows, it never expires.
        kept.expires = left.and_then(|seconds| {
            now.instant.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
        });
        match same {
            // It keeps the age of the one that it replaces.
            Some(at) => self.cookies[at] = kept,
            None => self.add(kept, now.instant),
        }
        Ok(())
    }

    /// Adds one that is new. If there are too many, those that have expired go, then
    /// the least recently used one, of its domain or of all.
    fn add(&mut self, kept: Kept, now: Instant) {
        let of_domain = |jar: &Self| jar.cookies.iter().filter(|c| c.domain == kept.domain).count();
        if of_domain(self) >= MOST_OF_DOMAIN || self.cookies.len() >= MOST {
            self.cookies.retain(|c| c.is_alive(now));
        }
        if of_domain(self) >= MOST_OF_DOMAIN {
            self.remove_least_used(|c| c.domain == kept.domain);
        } else if self.cookies.len() >= MOST {
            self.remove_least_used(|_| true);
        }
        self.cookies.push(kept);
    }

    fn remove_least_used(&mut self, which: impl Fn(&Kept) -> bool) {
        let among = self.cookies.iter().enumerate().filter(|(_, cookie)| which(cookie));
        if let Some((at, _)) = among.min_by_key(|(_, cookie)| cookie.used.get()) {
            self.cookies.remove(at);
        }
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Adds what it has for `url` to the value of a `Cookie` header, those of longer
    /// paths first, then those that are older; `own` cookies of the request win over
    /// those of the same name.
    pub(crate) fn write(
        &self,
        url: &Url,
        own: &[(String, String)],
        now: Instant,
        out: &mut Vec<u8>,
    ) {
        let mut fit: Vec<&Kept> = Vec::new();
        if !self.is_empty() {
            let secure = is_secure(url);
            let fits = |cookie: &&Kept| {
                cookie.is_alive(now)
                    && (secure || !cookie.secure)
                    && cookie.is_for(url)
                    && own.iter().all(|(name, _)| name.as_bytes() != &*cookie.name)
            };
            fit.extend(self.cookies.iter().filter(fits));
            fit.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
            self.uses.set(self.uses.get() + 1);
        }
        let mut put = |name: &[u8], value: &[u8]| {
            if !out.is_empty() {
                out.extend_from_slice(b"; ");
            }
            out.extend_from_slice(name);
            out.push(b'=');
            out.extend_from_slice(value);
        };
        for cookie in fit {
            cookie.used.set(self.uses.get());
            put(&cookie.name, &cookie.value);
        }
        for (name, value) in own {
            put(name.as_bytes(), value.as_bytes());
        }
    }

    /// Those that have not expired, in the order in which they were first set.
    pub(crate) fn cookies(&self, now: Instant) -> Cookies {
        Cookies(self.cookies.iter().filter(|c| c.is_alive(now)).map(Cookie::of_kept).collect())
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.cookies.clear();
    }
}

impl Kept {
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.host_only == other.host_only
            && self.path == other.path
    }

    fn is_alive(&self, now: Instant) -> bool {
        self.expires.is_none_or(|end| now < end)
    }

    /// Whether it goes to the host and the path of `url`.
    fn is_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let of_host = match self.host_only {
            true => *self.domain == *host,
            false => covers(&self.domain, host),
        };
        of_host
            && url.path().as_bytes().strip_prefix(&*self.path).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(b"/") || self.path.ends_with(b"/")
            })
    }
}

impl Cookie {
    fn of_kept(kept: &Kept) -> Self {
        let path = kept.names_path.then_some(&*kept.path);
        let domain = (!kept.host_only).then(|| (*kept.domain).to_owned());
        Self::new(&kept.name, &kept.value, domain, path, kept.secure, kept.http_only)
    }
}

/// Whether a domain is that of the host (section 5.1.3).
fn covers(domain: &str, host: &str) -> bool {
    match host.strip_suffix(domain) {
        Some("") => true,
        Some(rest) => rest.ends_with('.') && !is_address(host),
        None => false,
    }
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

/// Whether what is `Secure` may be set from there and sent there: through TLS, or to
/// this machine, as browsers and curl have it.
fn is_secure(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https"
        || host == "localhost"
        || host.ends_with(".localhost")
        || host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The directory of the path (section 5.1.4).
fn default_path(url: &Url) -> &[u8] {
    match url.path().rfind('/') {
        None | Some(0) => b"/",
        Some(at) => &url.path().as_bytes()[..at],
    }
}

#[cfg(test)]
mod tests;
