//! Queries and forms without secrets.

use std::borrow::Cow;

use super::{HIDDEN, is_secret};

/// What stands between pairs, and before the first.
const SEPARATORS: [char; 4] = ['?', '#', '&', ';'];

/// A query or a form, `***` in place of the values whose names sound like secrets.
///
/// ```
/// use mite_core::secret::masked_pairs;
/// assert_eq!(masked_pairs("user=bob&password=pw"), "user=bob&password=***");
/// ```
pub fn masked_pairs(text: &str) -> Cow<'_, str> {
    masked(text, |pair| pair)
}

/// The same for the queries of URLs in a text, whose ends are `end`s.
pub(super) fn masked_in(text: &str, end: impl Fn(char) -> bool) -> Cow<'_, str> {
    // What is before the first separator is no pair.
    let Some(first) = text.find(SEPARATORS) else { return text.into() };
    let (before, pairs) = text.split_at(first + 1);
    match masked(pairs, |pair| &pair[..pair.find(&end).unwrap_or(pair.len())]) {
        Cow::Borrowed(_) => text.into(),
        Cow::Owned(masked) => Cow::Owned([before, &masked].concat()),
    }
}

fn masked<'t>(text: &'t str, pair: impl Fn(&str) -> &str) -> Cow<'t, str> {
    if !text.contains('=') {
        return text.into();
    }
    let pieces = text.split_inclusive(SEPARATORS);
    // Where the value begins, and its length.
    let secret = |piece: &str| {
        let (name, value) = pair(piece.trim_end_matches(SEPARATORS)).split_once('=')?;
        (is_secret(&decoded(name)) && !value.is_empty()).then_some((name.len() + 1, value.len()))
    };
    if !pieces.clone().any(|piece| secret(piece).is_some()) {
        return text.into();
    }
    let masked = pieces.map(|piece| match secret(piece) {
        Some((start, length)) => [&piece[..start], HIDDEN, &piece[start + length..]].concat(),
        None => piece.to_owned(),
    });
    Cow::Owned(masked.collect())
}

/// A name with its `%5F` decoded.
fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return name.into();
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| first == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_encoded_and_values_may_be_empty() {
        for (text, masked) in [
            ("api%5Fkey=a#id_token=b&x", "api%5Fkey=***#id_token=***&x"),
            ("%70assword=a", "%70assword=***"),
            ("%token=a&100%=b&%E9=c", "%token=***&100%=b&%E9=c"),
            ("b=c&access_token=a;d=e", "b=c&access_token=***;d=e"),
            ("client_secret=a=b", "client_secret=***"),
            ("token=&author=x&token", "token=&author=x&token"),
            ("how many tokens?", "how many tokens?"),
        ] {
            assert_eq!(masked_pairs(text), masked, "{text}");
        }
    }
}
