//! URLs as people may see them.

use std::borrow::Cow;

use mite_core::secret;

/// Most characters that are shown of a URL.
const MOST: usize = 2000;

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
    let shown = secret::masked_url(text);
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

/// A query or a form, `***` in place of the values whose names sound like secrets.
///
/// ```
/// assert_eq!(mite_net::shown_pairs("user=bob&password=pw"), "user=bob&password=***");
/// ```
pub fn shown_pairs(text: &str) -> Cow<'_, str> {
    secret::masked_pairs(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_very_long_is_cut() {
        let long = format!("http://h/{}", "é".repeat(65_530));
        let shown = shown_url(&long);
        assert_eq!(shown.chars().count(), MOST + 1);
        assert!(shown.ends_with("é…"));
    }
}
