//! What is shown of cookies.

use std::borrow::Cow;

use http::{HeaderMap, header};

use super::set_cookie::SetCookie;

/// A cookie that a server set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value, quotes included: as UTF-8, or else each byte as the character of
    /// Latin-1. [`value_bytes`](Self::value_bytes) has it as it came.
    pub value: String,
    /// The domain that it names; none if it is for the host alone that set it.
    pub domain: Option<String>,
    /// The path that it names.
    pub path: Option<String>,
    /// Whether it is for HTTPS alone.
    pub secure: bool,
    /// Whether scripts may not see it.
    pub http_only: bool,
    bytes: Box<[u8]>,
}

impl Cookie {
    /// Its value as it came, and as it is sent back.
    pub fn value_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn new(
        name: &[u8],
        value: &[u8],
        domain: Option<String>,
        path: Option<&[u8]>,
        secure: bool,
        http_only: bool,
    ) -> Self {
        Self {
            name: text(name).into_owned(),
            value: text(value).into_owned(),
            domain,
            path: path.map(|path| text(path).into_owned()),
            secure,
            http_only,
            bytes: value.into(),
        }
    }
}

impl Cookie {
    pub(super) fn of_set(set: SetCookie<'_>) -> Self {
        Self::new(set.name, set.value, set.domain, set.path, set.secure, set.http_only)
    }
}

/// UTF-8, or else Latin-1, in which all bytes are characters.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}

/// Some cookies.
///
/// ```
/// # use mite::prelude::*;
/// # let ctx = Context::for_test();
/// let cookies = ctx.http().cookies();
/// assert_eq!(cookies.get("session"), None);
/// assert_eq!(cookies.iter().count(), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookies(pub(super) Vec<Cookie>);

impl Cookies {
    /// The value of the cookie `name`; of the last one, if several have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|c| c.name == name).map(|c| &*c.value)
    }

    /// All of them, in the order in which they were set.
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

    /// Those that a response sets, whether the jar keeps them or not.
    pub(crate) fn set_by(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::SET_COOKIE).iter();
        Self(values.flat_map(|v| SetCookie::parse(v.as_bytes())).map(Cookie::of_set).collect())
    }
}

impl<'a> IntoIterator for &'a Cookies {
    type Item = &'a Cookie;
    type IntoIter = std::slice::Iter<'a, Cookie>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
