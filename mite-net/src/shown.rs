//! URLs as people may see them.

use std::borrow::Cow;

use mite_core::config;
use percent_encoding::percent_decode_str;
use url::Url;

/// What is shown instead of a secret.
const HIDDEN: &str = "***";

/// Most characters that are shown of a URL.
const MOST: usize = 2000;

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

/// A text that should be a URL, as people may see it: without credentials, with `***`
/// for values in its query whose names sound like secrets, and cut if it is very long.
///
/// ```
/// use mite_net::shown_url;
///
/// assert_eq!(shown_url("http://bob:pw@h/x"), "http://h/x");
/// assert_eq!(shown_url("http://h/x?n=1&api_key=17"), "http://h/x?n=1&api_key=***");
/// // A password with a `/` in it makes another URL of it, or none.
/// assert_eq!(shown_url("http://bob:p/w@h/x"), "http://***@h/x");
/// ```
pub fn shown_url(text: &str) -> Cow<'_, str> {
    let shown = match without_userinfo(text) {
        Cow::Borrowed(text) => without_secrets(text),
        Cow::Owned(text) => Cow::Owned(without_secrets(&text).into_owned()),
    };
    match shown.char_indices().nth(MOST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &shown[..end])),
        None => shown,
    }
}

/// The text of a proxy, as people may see it: it has no path, so an `@` anywhere ends
/// credentials.
pub(crate) fn shown_proxy(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    match text[start..].rfind('@') {
        Some(at) => [&text[..start], &text[start + at + 1..]].concat(),
        None => text.to_owned(),
    }
}

/// Without what may be credentials. Where it is not a URL, nobody knows where they end.
fn without_userinfo(text: &str) -> Cow<'_, str> {
    let (start, parses) = match text.find("://") {
        Some(at) => (at + 3, Url::parse(text).is_ok()),
        None if has_no_authority(text) => return Cow::Borrowed(text),
        None => (0, true),
    };
    let end = text[start..].find(['/', '\\', '?', '#']).map_or(text.len(), |at| start + at);
    // A name with a `:` and no port is more likely that of a user.
    let whole = parses && !text[start..end].ends_with(':');
    if let Some(at) = text[start..end].rfind('@') {
        return Cow::Owned([&text[..start], &text[start + at + 1..]].concat());
    }
    match text[start..].rfind('@').filter(|_| !whole) {
        Some(at) => Cow::Owned([&text[..start], HIDDEN, &text[start + at..]].concat()),
        None => Cow::Borrowed(text),
    }
}

fn has_no_authority(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        WITHOUT_AUTHORITY.iter().any(|known| known.eq_ignore_ascii_case(scheme))
    })
}

/// Without the values of the query and the fragment that sound like secrets.
fn without_secrets(text: &str) -> Cow<'_, str> {
    let Some(query) = text.find(['?', '#']) else { return Cow::Borrowed(text) };
    match shown_pairs(&text[query..]) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(shown) => Cow::Owned([&text[..query], &shown].concat()),
    }
}

/// A query or a form, `***` in place of the values whose names sound like secrets.
///
/// ```
/// assert_eq!(mite_net::shown_pairs("user=bob&password=pw"), "user=bob&password=***");
/// ```
pub fn shown_pairs(text: &str) -> Cow<'_, str> {
    const SEPARATORS: [char; 4] = ['?', '#', '&', ';'];
    let secret = |pair: &str| {
        let (name, value) = pair.trim_end_matches(SEPARATORS).split_once('=')?;
        let is_secret = config::is_secret(&percent_decode_str(name).decode_utf8_lossy());
        (is_secret && !value.is_empty()).then_some((name.len() + 1, value.len()))
    };
    let pairs = text.split_inclusive(SEPARATORS);
    if !pairs.clone().any(|pair| secret(pair).is_some()) {
        return Cow::Borrowed(text);
    }
    let shown = pairs.map(|pair| match secret(pair) {
        Some((start, length)) => [&pair[..start], HIDDEN, &pair[start + length..]].concat(),
        None => pair.to_owned(),
    });
    Cow::Owned(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_hidden_wherever_they_are() {
        for (text, shown) in [
            ("http://bob:pw@h/x", "http://h/x"),
            ("http://bob:pw@", "http://"),
            ("http://bob:p@w@h/x", "http://h/x"),
            ("bob:pw@h/x", "h/x"),
            ("http://bob:p/w@h/x", "http://***@h/x"),
            ("http://bob:p?w@h/x", "http://***@h/x"),
            ("http://bob:p#w@h", "http://***@h"),
            (r"http://bob:p\w@h", "http://***@h"),
            ("http://bob:/w@h", "http://***@h"),
            // These are where they are in a URL.
            ("http://h:80/@scope/name?mail=a@b", "http://h:80/@scope/name?mail=a@b"),
            ("mailto:bob@example.org", "mailto:bob@example.org"),
            ("just/a/path", "just/a/path"),
        ] {
            assert_eq!(shown_url(text), shown, "{text}");
        }
    }

    #[test]
    fn secrets_in_the_query_and_the_fragment_are_hidden() {
        for (text, shown) in [
            ("http://h/?password=a&b=c", "http://h/?password=***&b=c"),
            ("http://h/?b=c&access_token=a;d=e", "http://h/?b=c&access_token=***;d=e"),
            ("http://h/?api%5Fkey=a#id_token=b&x", "http://h/?api%5Fkey=***#id_token=***&x"),
            ("http://h/?X-Amz-Signature=a", "http://h/?X-Amz-Signature=***"),
            ("http://h/?client_secret=a=b", "http://h/?client_secret=***"),
            ("http://h/?Authorization=Basic%20x", "http://h/?Authorization=***"),
            ("http://h/?token=&author=x&token", "http://h/?token=&author=x&token"),
            ("http://u:p@h/?pwd=1", "http://h/?pwd=***"),
        ] {
            assert_eq!(shown_url(text), shown, "{text}");
        }
    }

    #[test]
    fn what_is_very_long_is_cut() {
        let long = format!("http://h/{}", "é".repeat(65_530));
        let shown = shown_url(&long);
        assert_eq!(shown.chars().count(), MOST + 1);
        assert!(shown.ends_with("é…"));
    }
}
