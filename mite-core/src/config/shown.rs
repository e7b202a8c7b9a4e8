//! Values of settings as people may see them.

use serde_json::Value as Json;

use crate::config::value::Value;
use crate::msgpack;
use crate::secret::{HIDDEN, is_secret, masked_body, masked_json};

/// Characters that are shown of a value that is not text.
const MOST: usize = 60;

/// A value as it may be shown, and whether anything in it is hidden.
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) hides: bool,
}

/// Shows the value of `key` without what sounds like a secret.
pub(crate) fn shown(key: &str, value: &Value) -> Shown {
    if is_secret(key) {
        return Shown { text: HIDDEN.to_owned(), hides: true };
    }
    match value {
        Value::Text(text) => {
            let masked = masked_body(text);
            Shown { text: format!("{masked:?}"), hides: masked != *text }
        }
        Value::Encoded(bytes) => match msgpack::decode::<Json>(bytes) {
            Ok(json) => {
                let masked = masked_json(&json);
                let text = masked.to_string();
                let mut short: String = text.chars().take(MOST).collect();
                if short.len() < text.len() {
                    short.push('…');
                }
                Shown { text: short, hides: masked != json }
            }
            // What JSON has no words for is shown by its length only.
            Err(_) => Shown { text: msgpack::show(bytes, MOST), hides: true },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(key: &str, value: impl serde::Serialize) -> String {
        shown(key, &Value::of(&value).unwrap()).text
    }

    #[test]
    fn what_is_under_a_secret_name_is_hidden_whatever_it_is() {
        for key in ["db_password", "API_KEY", "session_id"] {
            assert_eq!(of(key, "hunter2"), "***", "{key}");
            assert_eq!(of(key, 5), "***", "{key}");
        }
        assert_eq!(of("author", "bob"), "\"bob\"");
    }

    #[test]
    fn values_are_looked_into() {
        let value = json!({"password": {"old": "hunter1"}, "n": 1});
        assert_eq!(of("db", &value), r#"{"n":1,"password":"***"}"#);
        assert_eq!(of("db", r#"{"pwd": "hunter2", "n": 1}"#), r#""{\"n\":1,\"pwd\":\"***\"}""#);
        assert_eq!(of("list", "[1, 2]"), "\"[1, 2]\"");
        assert_eq!(of("url", "redis://:hunter2@one"), r#""redis://***@one""#);
    }
}
