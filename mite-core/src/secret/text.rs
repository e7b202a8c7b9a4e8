//! Texts without secrets.

use std::borrow::Cow;

use super::url::{Userinfo, userinfo};
use super::{HIDDEN, is_secret, pairs};

/// A text as it may be shown: without `user:password@` of URLs, and without the values
/// of secrets in queries and in what looks like JSON.
///
/// ```
/// use mite_core::secret::masked;
/// assert_eq!(
///     masked("GET https://bob:pw@example.org/?user=bob&token=x#top failed"),
///     "GET https://***@example.org/?user=bob&token=***#top failed"
/// );
/// assert_eq!(masked(r#"not {"token":"x"}"#), r#"not {"token":"***"}"#);
/// ```
pub fn masked(text: &str) -> Cow<'_, str> {
    let text = then(text.into(), without_userinfo);
    let text = then(text, |text| pairs::masked_in(text, |c| c.is_whitespace() || is_quote(c)));
    then(text, without_entries)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | ')')
}

/// What is left of a text after another step.
fn then(text: Cow<'_, str>, step: impl Fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => step(text),
        Cow::Owned(text) => Cow::Owned(step(&text).into_owned()),
    }
}

/// Hides the credentials of every URL in `text`.
fn without_userinfo(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return text.into();
    }
    let mut parts = text.split("://");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str("://");
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
        let url = &part[..part.find(ends).unwrap_or(part.len())];
        // A comma ends it, unless there are credentials behind it only.
        let short = &url[..url.find(',').unwrap_or(url.len())];
        match userinfo(short).or_else(|| userinfo(url)) {
            Some(Userinfo::Plain(at) | Userinfo::Torn(at)) => {
                masked.push_str(HIDDEN);
                masked.push_str(&part[at..]);
            }
            Some(Userinfo::Password(range)) => {
                masked.push_str(&part[..range.start]);
                masked.push_str(HIDDEN);
                masked.push_str(&part[range.end..]);
            }
            None => masked.push_str(part),
        }
    }
    masked.into()
}

/// Longer strings are no names.
const LONGEST_NAME: usize = 256;

/// Hides the values of `"name": value`, as JSON has them, also if it is torn, and if it
/// is quoted itself: `\"name\": \"value\"`.
fn without_entries(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    // How much of the text has been taken, and where a name may begin.
    let (mut taken, mut from) = (0, 0);
    while let Some(quote) = text[from..].find('"').map(|at| from + at) {
        from = quote + 1;
        let escapes = escapes(&text[..quote]);
        let Some((start, stop)) = secret_value(text, from, escapes) else { continue };
        masked.push_str(&text[taken..start]);
        let quote = ["\\".repeat(escapes), "\"".to_owned()].concat();
        masked.extend([&*quote, HIDDEN, &*quote]);
        (taken, from) = (stop, stop);
    }
    match taken {
        0 => text.into(),
        _ => (masked + &text[taken..]).into(),
    }
}

/// Where the value begins and ends that is behind a name that begins here, if that
/// sounds like a secret.
fn secret_value(text: &str, name: usize, escapes: usize) -> Option<(usize, usize)> {
    let window = text.floor_char_boundary(name + LONGEST_NAME);
    let end = string_end(&text[..window], name, escapes)?;
    let name = &text[name..end - escapes - 1];
    let value = text[end..].trim_start().strip_prefix(':')?.trim_start();
    if !is_secret(name) {
        return None;
    }
    let start = text.len() - value.len();
    let string = value.get(escapes..).filter(|_| value.bytes().take(escapes).all(|b| b == b'\\'));
    if string.is_some_and(|string| string.starts_with('"')) {
        // It may be cut within its value.
        let stop = string_end(text, start + escapes + 1, escapes).unwrap_or(text.len());
        return Some((start, stop));
    }
    let ends = |c: char| matches!(c, ',' | '}' | ']' | '"' | '\\') || c.is_whitespace();
    let stop = start + value.find(ends).unwrap_or(value.len());
    let tells_nothing = matches!(&text[start..stop], "" | "null" | "true" | "false");
    (!tells_nothing).then_some((start, stop))
}

/// How many backslashes a text ends with.
fn escapes(text: &str) -> usize {
    text.bytes().rev().take_while(|b| *b == b'\\').count()
}

/// Behind the quote that ends a string whose own quotes have so many backslashes.
fn string_end(text: &str, start: usize, own: usize) -> Option<usize> {
    let mut from = start;
    loop {
        let quote = from + text[from..].find('"')?;
        let before = escapes(&text[start..quote]);
        // Pairs of them are backslashes.
        if before == own || (own == 0 && before.is_multiple_of(2)) {
            return Some(quote + 1);
        }
        from = quote + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{masked_body, masked_value};

    #[test]
    fn every_url_in_a_text_loses_its_credentials() {
        for (text, expected) in [
            ("https://bob:hunter2@example.org/x", "https://***@example.org/x"),
            ("a://u:p@h, b://u:p@h2?x#y and c://h3", "a://***@h, b://***@h2?x#y and c://h3"),
            ("a://u:p@h,b://u:p@h2", "a://***@h,b://***@h2"),
            ("a://u:p,w@h", "a://***@h"),
            ("'a://u:p@h' \"b://u:p@h\"", "'a://***@h' \"b://***@h\""),
            ("a://u:p@x@h/@y", "a://***@h/@y"),
            ("https://example.org/?mail=a@b", "https://example.org/?mail=a@b"),
            ("a://h\nmail bob@example.org", "a://h\nmail bob@example.org"),
            ("a://bob:hun/ter2@h/x", "a://***@h/x"),
            ("a://bob:12/34@h/x is gone", "a://bob:***@h/x is gone"),
            ("a://h:80/?mail=bob@example.org", "a://h:80/?mail=bob@example.org"),
            ("://u@h", "://***@h"),
            ("no url: bob@example.org", "no url: bob@example.org"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn secrets_in_queries_are_hidden() {
        for (text, expected) in [
            ("a://h/?a=1&password=x y", "a://h/?a=1&password=*** y"),
            ("a://h/?api-key=x&b=2#f", "a://h/?api-key=***&b=2#f"),
            ("(a://h/?token=x)", "(a://h/?token=***)"),
            ("a://h/?token=&b", "a://h/?token=&b"),
            ("GET /x?token=x: 404", "GET /x?token=*** 404"),
            ("why? no token=x", "why? no token=x"),
            ("token=x", "token=x"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn what_looks_like_json_is_looked_into() {
        for (text, expected) in [
            (r#"got {"token" : "a\"b", "n": 1}"#, r#"got {"token" : "***", "n": 1}"#),
            (
                r#"[{"pin":1,"password":12,"pwd":null}]!"#,
                r#"[{"pin":1,"password":"***","pwd":null}]!"#,
            ),
            // Cut, as texts are.
            (r#"{"user":"bob","api_key":"abc"#, r#"{"user":"bob","api_key":"***""#),
            (r#"{"user":"token","x":"y"#, r#"{"user":"token","x":"y"#),
            (r#"a "word" and: "token"#, r#"a "word" and: "token"#),
            // Quoted, as errors quote bodies.
            (
                r#"it starts with "{\"token\":\"a\\\"b\",\"n\":1,\"pwd\": 5}""#,
                r#"it starts with "{\"token\":\"***\",\"n\":1,\"pwd\": \"***\"}""#,
            ),
            (r#""{\"token\":\"ab"#, r#""{\"token\":\"***\""#),
            (r#"{"a\\": "x", "token": "\\"}"#, r#"{"a\\": "x", "token": "***"}"#),
        ] {
            assert_eq!(masked(text), expected);
        }
        // However much there is of it.
        let much = r#"\"a"#.repeat(1_000_000);
        assert_eq!(masked(&much), much);
        // Whole, and as it was written if there is nothing to hide.
        assert_eq!(masked_body(r#"{"pwd": "x", "n": 5}"#), r#"{"n":5,"pwd":"***"}"#);
        assert_eq!(masked_body("[1, 2]"), "[1, 2]");
        assert_eq!(masked_body("{torn"), "{torn");
        assert_eq!(masked_value("body", r#"{"token":"x"}"#), r#"{"token":"***"}"#);
    }
}
