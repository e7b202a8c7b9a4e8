//! Values of settings as people may see them: without passwords and the like.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::config::value::Value;
use crate::msgpack;

/// What is shown instead.
const HIDDEN: &str = "***";

/// What the names of secrets contain; letters and digits only.
const WORDS: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "auth",
    "apikey",
    "accesskey",
    "private",
    "cookie",
    "bearer",
    "session",
    "signature",
];

/// Characters that are shown of a value that is not text.
const MOST: usize = 60;

/// A value as it may be shown, and whether anything in it is hidden.
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) hides: bool,
}

/// Shows the value of `key` without what sounds like a secret: the value itself
/// if the key does, values of such keys inside it at any depth, also in text
/// that is JSON, and `user:password@` of URLs.
pub(crate) fn shown(key: &str, value: &Value) -> Shown {
    if is_secret(key) {
        return Shown { text: HIDDEN.to_owned(), hides: true };
    }
    match value {
        Value::Text(text) => {
            let redacted = without_secrets(text);
            Shown { text: format!("{redacted:?}"), hides: redacted != *text }
        }
        Value::Encoded(bytes) => match msgpack::decode::<Json>(bytes) {
            Ok(json) => {
                let redacted = redacted(&json);
                let text = redacted.to_string();
                let mut short: String = text.chars().take(MOST).collect();
                if short.len() < text.len() {
                    short.push('…');
                }
                Shown { text: short, hides: redacted != json }
            }
            // What has no form in JSON is shown by its length only.
            Err(_) => Shown { text: msgpack::show(bytes, MOST), hides: true },
        },
    }
}

/// Whether a name sounds like that of a secret, however it is spelt: `password`,
/// `api-key`, `X-Amz-Signature`.
///
/// ```
/// assert!(mite_core::config::is_secret("accessToken"));
/// assert!(!mite_core::config::is_secret("author"));
/// ```
pub fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    // `author` is no secret; `authorization` is.
    let name = name.replace("authorit", "").replace("authoriz", "auth").replace("author", "");
    WORDS.iter().any(|word| name.contains(word))
}

fn redacted(json: &Json) -> Json {
    match json {
        Json::String(text) => without_secrets(text).into(),
        Json::Array(items) => items.iter().map(redacted).collect(),
        Json::Object(entries) => entries
            .iter()
            .map(|(key, value)| {
                let value = if is_secret(key) { HIDDEN.into() } else { redacted(value) };
                (key.clone(), value)
            })
            .collect(),
        other => other.clone(),
    }
}

/// A text as it may be shown: without `user:password@` of URLs, and without the values
/// of secrets in their queries.
///
/// ```
/// use mite_core::config::secret::masked;
/// assert_eq!(
///     masked("GET https://bob:pw@example.org/?user=bob&token=x#top failed"),
///     "GET https://***@example.org/?user=bob&token=***#top failed"
/// );
/// ```
pub fn masked(text: &str) -> Cow<'_, str> {
    match text.contains("://") {
        true => without_queried(&without_userinfo(text)).into(),
        false => text.into(),
    }
}

/// The value of a field as it may be shown.
///
/// ```
/// use mite_core::config::secret::masked_value;
/// assert_eq!(masked_value("api_key", "x"), "***");
/// assert_eq!(masked_value("user", "bob"), "bob");
/// ```
pub fn masked_value<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    if is_secret(name) { HIDDEN.into() } else { masked(value) }
}

/// Hides the values of secrets in queries of URLs.
fn without_queried(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['?', '&']) {
        let (before, after) = rest.split_at(at + 1);
        shown.push_str(before);
        let ends = |c: char| matches!(c, '&' | '#' | '"' | '\'' | '`' | ')') || c.is_whitespace();
        let (pair, after) = after.split_at(after.find(ends).unwrap_or(after.len()));
        match pair.split_once('=') {
            Some((name, value)) if is_secret(name) && !value.is_empty() => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(HIDDEN);
            }
            _ => shown.push_str(pair),
        }
        rest = after;
    }
    shown + rest
}

/// Text without what sounds like a secret: if it is JSON, the values of such keys in it;
/// and `user:password@` of URLs.
pub fn without_secrets(text: &str) -> String {
    if text.trim_start().starts_with(['{', '[', '"'])
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        let redacted = redacted(&json);
        // As it was typed, if there is nothing to hide.
        return if redacted == json { text.to_owned() } else { redacted.to_string() };
    }
    without_userinfo(text)
}

/// Hides `user:password@` of every URL in `text`.
fn without_userinfo(text: &str) -> String {
    let mut parts = text.split("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let ends =
            |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | ',') || c.is_whitespace();
        let mut authority = part.find(ends).unwrap_or(part.len());
        // A password may have a slash in it, though it should not: what follows the
        // colon is no port then.
        if let Some((name, after)) = part[..authority].split_once(':')
            && !name.contains('@')
            && !after.contains('@')
            && !after.is_empty()
            && !after.bytes().all(|b| b.is_ascii_digit())
        {
            let end = part.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`'));
            authority = part[..end.unwrap_or(part.len())].rfind('@').map_or(authority, |at| at + 1);
        }
        shown.push_str("://");
        match part[..authority].rfind('@') {
            Some(at) => {
                shown.push_str(HIDDEN);
                shown.push_str(&part[at..]);
            }
            None => shown.push_str(part),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(key: &str, value: impl serde::Serialize) -> String {
        shown(key, &Value::of(&value).unwrap()).text
    }

    #[test]
    fn keys_that_sound_like_secrets_are_known_in_any_spelling() {
        for key in [
            "db_password",
            "PASSWD",
            "pwd",
            "passphrase",
            "api-key",
            "apiKey",
            "API_KEY",
            "access_key",
            "AwsAccessKeyId",
            "bearer",
            "session_id",
            "client-secret",
            "auth",
            "Authorization",
            "X-Amz-Signature",
        ] {
            assert_eq!(of(key, "hunter2"), "***", "{key}");
            assert_eq!(of(key, 5), "***", "{key}");
        }
        for key in ["key", "name", "path", "passengers", "author", "authority"] {
            assert_eq!(of(key, "bob"), "\"bob\"", "{key}");
        }
    }

    #[test]
    fn values_inside_are_hidden_at_every_depth() {
        let value = json!({
            "password": {"old": "hunter1"},
            "more": [{"api-key": 17}, {"n": 1}],
        });
        assert_eq!(of("db", &value), r#"{"more":[{"api-key":"***"},{"n":1}],"password":"***"}"#);
        assert_eq!(
            of("urls", json!(["redis://:hunter2@one", "two"])),
            r#"["redis://***@one","two"]"#
        );
    }

    #[test]
    fn text_that_is_json_is_looked_into() {
        assert_eq!(of("db", r#"{"pwd": "hunter2", "n": 1}"#), r#""{\"n\":1,\"pwd\":\"***\"}""#);
        assert_eq!(of("db", r#" [{"token":"x"}]"#), r#""[{\"token\":\"***\"}]""#);
        // JSON in text in JSON.
        let inner = json!({ "inner": r#"{"secret":"hunter2"}"# });
        assert_eq!(of("db", inner), r#"{"inner":"{\"secret\":\"***\"}"}"#);
        // Nothing to hide: as it was typed.
        assert_eq!(of("list", "[1, 2]"), "\"[1, 2]\"");
        assert_eq!(of("list", "{torn"), "\"{torn\"");
    }

    #[test]
    fn secrets_in_queries_are_hidden() {
        for (text, expected) in [
            ("a://h/?a=1&password=x y", "a://h/?a=1&password=*** y"),
            ("a://h/?api-key=x&b=2#f", "a://h/?api-key=***&b=2#f"),
            ("(a://h/?token=x)", "(a://h/?token=***)"),
            ("a://h/?token=&b", "a://h/?token=&b"),
            ("why? no token=x", "why? no token=x"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn every_url_in_a_text_loses_its_userinfo() {
        for (text, expected) in [
            ("https://bob:hunter2@example.org/x", "https://***@example.org/x"),
            ("a://u:p@h, b://u:p@h2?x#y and c://h3", "a://***@h, b://***@h2?x#y and c://h3"),
            ("a://u:p@h,b://u:p@h2", "a://***@h,b://***@h2"),
            ("'a://u:p@h' \"b://u:p@h\"", "'a://***@h' \"b://***@h\""),
            ("a://u:p@x@h/@y", "a://***@h/@y"),
            ("https://example.org/?mail=a@b", "https://example.org/?mail=a@b"),
            ("a://h\nmail bob@example.org", "a://h\nmail bob@example.org"),
            ("a://bob:hun/ter2@h/x", "a://***@h/x"),
            ("a://h:80/?mail=bob@example.org", "a://h:80/?mail=bob@example.org"),
            ("://u@h", "://***@h"),
            ("no url: bob@example.org", "no url: bob@example.org"),
        ] {
            assert_eq!(without_userinfo(text), expected);
        }
    }
}
