//! URLs without secrets.

use std::borrow::Cow;
use std::ops::Range;

use super::{HIDDEN, masked_pairs};

/// What ends the host of a URL.
const ENDS: [char; 4] = ['/', '\\', '?', '#'];

/// Schemes whose URLs have no authority, so that an `@` in them is part of an address.
const WITHOUT_AUTHORITY: [&str; 14] = [
    "about",
    "blob",
    "data",
    "geo",
    "javascript",
    "magnet",
    "mailto",
    "news",
    "sip",
    "sips",
    "sms",
    "tel",
    "urn",
    "xmpp",
];

/// A text that should be a URL, without credentials, and with `***` for the values in
/// its query and its fragment whose names sound like secrets.
///
/// ```
/// use mite_core::secret::masked_url;
/// assert_eq!(masked_url("http://bob:pw@h/x?api_key=17"), "http://h/x?api_key=***");
/// // A password with a `/` in it makes another URL of it, or none.
/// assert_eq!(masked_url("http://bob:p/w@h/x"), "http://***@h/x");
/// assert_eq!(masked_url("http://bob:12/34@h/x"), "http://bob:***@h/x");
/// ```
pub fn masked_url(text: &str) -> Cow<'_, str> {
    let start = match text.find("://") {
        Some(at) => at + 3,
        None if has_no_authority(text) => return masked_query(text),
        None => 0,
    };
    let rest = &text[start..];
    let without = match userinfo(rest) {
        None => return masked_query(text),
        Some(Userinfo::Plain(at)) => [&text[..start], &rest[at + 1..]].concat(),
        Some(Userinfo::Torn(at)) => [&text[..start], HIDDEN, &rest[at..]].concat(),
        Some(Userinfo::Password(range)) => {
            [&text[..start], &rest[..range.start], HIDDEN, &rest[range.end..]].concat()
        }
    };
    Cow::Owned(masked_query(&without).into_owned())
}

fn has_no_authority(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        WITHOUT_AUTHORITY.iter().any(|known| known.eq_ignore_ascii_case(scheme))
    })
}

fn masked_query(text: &str) -> Cow<'_, str> {
    let Some(query) = text.find(['?', '#']) else { return Cow::Borrowed(text) };
    match masked_pairs(&text[query..]) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(masked) => Cow::Owned([&text[..query], &masked].concat()),
    }
}

/// Where credentials are in what follows the `://` of a URL.
#[derive(Debug, PartialEq)]
pub(super) enum Userinfo {
    /// Before this `@`, where a URL has them.
    Plain(usize),
    /// Before this `@`: a password has a `/` in it, and what is here is no URL.
    Torn(usize),
    /// The same, but it could be a port and a path: `user:12/34@host`.
    Password(Range<usize>),
}

pub(super) fn userinfo(rest: &str) -> Option<Userinfo> {
    let end = rest.find(ENDS).unwrap_or(rest.len());
    let authority = &rest[..end];
    if let Some(at) = authority.rfind('@') {
        return Some(Userinfo::Plain(at));
    }
    let colon = authority.rfind(':').filter(|colon| !authority[*colon..].contains(']'))?;
    let (host, port) = (&authority[..colon], &authority[colon + 1..]);
    if port.parse::<u16>().is_err() || port.starts_with('+') {
        return rest[end..].rfind('@').map(|at| Userinfo::Torn(end + at));
    }
    let path = rest[end..].find(['?', '#']).map_or(rest.len(), |at| end + at);
    let at = end + rest[end..path].rfind('@').or_else(|| rest[end..].rfind('@'))?;
    let between = &rest[end..at];
    let is_scope = between.ends_with('/');
    let is_number = between.chars().all(|c| c.is_ascii_digit() || ENDS.contains(&c));
    let is_host =
        host.contains('.') || host.starts_with('[') || host.eq_ignore_ascii_case("localhost");
    let is_query = at > path && between.contains('=');
    let is_password = !is_scope && (is_number || !(is_host || is_query));
    is_password.then(|| Userinfo::Password(colon + 1..at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_hidden_wherever_they_are() {
        for (text, masked) in [
            ("http://bob:pw@h/x", "http://h/x"),
            ("http://bob:pw@", "http://"),
            ("http://bob:p@w@h/x", "http://h/x"),
            ("bob:pw@h/x", "h/x"),
            ("http://bob:p/w@h/x", "http://***@h/x"),
            ("http://bob:p?w@h/x", "http://***@h/x"),
            ("http://bob:p#w@h", "http://***@h"),
            (r"http://bob:p\w@h", "http://***@h"),
            ("http://bob:/w@h", "http://***@h"),
            // A port has less than 65536.
            ("http://bob:123456/7@h", "http://***@h"),
            // A password of digits, and what could be one.
            ("http://bob:12/34@h/x", "http://bob:***@h/x"),
            ("http://bob.doe:12/34@h/x", "http://bob.doe:***@h/x"),
            ("http://bob:12?34@h", "http://bob:***@h"),
            ("http://bob:12/a/b@h/x?mail=a@b", "http://bob:***@h/x?mail=a@b"),
            // These are where they are in a URL.
            ("http://h:80/@scope/name?mail=a@b", "http://h:80/@scope/name?mail=a@b"),
            ("http://h:80/x?mail=a@b", "http://h:80/x?mail=a@b"),
            ("http://h.test:80/users/a@b", "http://h.test:80/users/a@b"),
            ("http://localhost:80/users/a@b", "http://localhost:80/users/a@b"),
            ("http://[::1]:80/users/a@b", "http://[::1]:80/users/a@b"),
            ("http://[::1]/users/a@b", "http://[::1]/users/a@b"),
            ("http://h/users/a@b", "http://h/users/a@b"),
            ("mailto:bob@example.org", "mailto:bob@example.org"),
            ("just/a/path", "just/a/path"),
        ] {
            assert_eq!(masked_url(text), masked, "{text}");
        }
    }

    #[test]
    fn secrets_in_the_query_and_the_fragment_are_hidden() {
        for (text, masked) in [
            ("http://h/?password=a&b=c", "http://h/?password=***&b=c"),
            ("http://h/?X-Amz-Signature=a", "http://h/?X-Amz-Signature=***"),
            ("http://h/?Authorization=Basic%20x#token=a", "http://h/?Authorization=***#token=***"),
            ("http://u:p@h/?pwd=1", "http://h/?pwd=***"),
            ("http://h/token=a", "http://h/token=a"),
            ("mailto:bob@example.org?token=a", "mailto:bob@example.org?token=***"),
        ] {
            assert_eq!(masked_url(text), masked, "{text}");
        }
    }
}
