//! Cookies: a journey's jar, and what is shown of it.

use cookie_store::{CookieStore, RawCookie};
use http::{HeaderMap, header};
use url::Url;

/// A cookie that a server set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The domain that it names; none if it is for the host alone that set it.
    pub domain: Option<String>,
    /// The path that it names.
    pub path: Option<String>,
    /// Whether it is for HTTPS alone.
    pub secure: bool,
    /// Whether scripts may not see it.
    pub http_only: bool,
}

impl Cookie {
    fn of(raw: &RawCookie<'_>) -> Self {
        Self {
            name: raw.name().to_owned(),
            value: raw.value().to_owned(),
            domain: raw.domain().map(str::to_owned),
            path: raw.path().map(str::to_owned),
            secure: raw.secure().unwrap_or(false),
            http_only: raw.http_only().unwrap_or(false),
        }
    }
}

/// Some cookies.
///
/// ```
/// # use mite_core::journey::Context;
/// # use mite_http::HttpContext;
/// # let ctx = Context::for_test();
/// let cookies = ctx.http().cookies();
/// assert_eq!(cookies.get("session"), None);
/// assert_eq!(cookies.iter().count(), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookies(Vec<Cookie>);

impl Cookies {
    /// The value of the cookie `name`; of the last one, if several have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|c| c.name == name).map(|c| &*c.value)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Cookie> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Those that a response sets.
    pub(crate) fn set_by(headers: &HeaderMap) -> Self {
        Self(raw(headers).map(|c| Cookie::of(&c)).collect())
    }
}

impl<'a> IntoIterator for &'a Cookies {
    type Item = &'a Cookie;
    type IntoIter = std::slice::Iter<'a, Cookie>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn raw(headers: &HeaderMap) -> impl Iterator<Item = RawCookie<'static>> {
    headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .filter_map(|text| RawCookie::parse(text.to_owned()).ok())
}

/// The cookies of one journey execution, by the rules of RFC 6265.
#[derive(Default)]
pub(crate) struct Jar(Option<CookieStore>);

impl Jar {
    /// Keeps what a response from `url` sets.
    pub(crate) fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        self.0.get_or_insert_default().store_response_cookies(raw(headers), url);
    }

    /// Adds a cookie, written as in a `Set-Cookie` header.
    pub(crate) fn insert(&mut self, url: &Url, cookie: &str) -> Result<(), String> {
        let kept = self.0.get_or_insert_default().parse(cookie, url);
        kept.map(|_| ()).map_err(|e| e.to_string())
    }

    /// Adds what it has for `url` to the text of a `Cookie` header; `own`
    /// cookies of the request win over those of the same name.
    pub(crate) fn write(&self, url: &Url, own: &[(String, String)], out: &mut String) {
        let jar = self.0.iter().flat_map(|store| store.get_request_values(url));
        let kept = jar.filter(|(name, _)| own.iter().all(|(n, _)| n != name));
        for (name, value) in kept.chain(own.iter().map(|(n, v)| (&**n, &**v))) {
            if !out.is_empty() {
                out.push_str("; ");
            }
            out.push_str(name);
            out.push('=');
            out.push_str(value);
        }
    }

    pub(crate) fn cookies(&self) -> Cookies {
        let store = self.0.iter().flat_map(CookieStore::iter_unexpired);
        Cookies(store.map(|c| Cookie::of(c)).collect())
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(jar: &Jar, url: &str, own: &[(String, String)]) -> String {
        let mut out = String::new();
        jar.write(&url.parse().unwrap(), own, &mut out);
        out
    }

    fn answer(jar: &mut Jar, url: &str, set: &[&str]) {
        let mut headers = HeaderMap::new();
        for cookie in set {
            headers.append(header::SET_COOKIE, cookie.parse().unwrap());
        }
        jar.keep(&url.parse().unwrap(), &headers);
    }

    #[test]
    fn cookies_go_where_they_belong() {
        let mut jar = Jar::default();
        answer(
            &mut jar,
            "http://a.test/x/y",
            &["host=1", "deep=2; Path=/x", "no=3; Domain=b.test"],
        );
        answer(
            &mut jar,
            "http://sub.b.test/",
            &["wide=4; Domain=b.test; Path=/", "safe=5; Secure"],
        );
        assert_eq!(sent(&jar, "http://b.test/", &[]), "wide=4");
        assert_eq!(sent(&jar, "http://a.test/", &[]), "");
        let deep = sent(&jar, "http://a.test/x/z", &[]);
        assert!(deep.contains("host=1") && deep.contains("deep=2"), "{deep}");
        assert_eq!(jar.cookies().get("no"), None);
    }

    #[test]
    fn expiry_removes_and_own_cookies_win() {
        let mut jar = Jar::default();
        answer(&mut jar, "http://a.test/", &["a=1", "b=2; Max-Age=100"]);
        answer(&mut jar, "http://a.test/", &["a=gone; Max-Age=0"]);
        assert_eq!(sent(&jar, "http://a.test/", &[]), "b=2");
        let own = [("b".to_owned(), "mine".to_owned())];
        assert_eq!(sent(&jar, "http://a.test/", &own), "b=mine");
        assert_eq!(jar.cookies().get("b"), Some("2"));
        jar.clear();
        assert_eq!(jar.cookies().len(), 0);
    }

    #[test]
    fn inserted_cookies_have_a_host_or_a_domain_and_a_time() {
        let url: Url = "https://sky.test/shop".parse().unwrap();
        let mut jar = Jar::default();
        for cookie in [
            "foo=bar",
            "kept=1; Max-Age=200",
            "gone=1; Max-Age=1",
            "wide=2; Domain=sky.test; Path=/; HttpOnly",
        ] {
            jar.insert(&url, cookie).unwrap();
        }
        jar.insert(&url, "gone=1; Max-Age=0").unwrap();
        assert_eq!(jar.cookies().get("kept"), Some("1"));
        assert_eq!(jar.cookies().get("gone"), None);
        assert_eq!(sent(&jar, "https://www.sky.test/", &[]), "wide=2");
        assert!(sent(&jar, "https://sky.test/", &[]).contains("foo=bar"));
        let wide = jar.cookies().iter().find(|c| c.name == "wide").cloned().unwrap();
        assert_eq!((wide.domain.as_deref(), wide.path.as_deref()), (Some("sky.test"), Some("/")));
        assert!(wide.http_only && !wide.secure);
        assert!(jar.insert(&url, "other=1; Domain=elsewhere.test").is_err());
        assert!(jar.insert(&url, "no cookie").is_err());
    }
}
