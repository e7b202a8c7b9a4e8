//! JSON without secrets, and texts that may be JSON.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{HIDDEN, is_secret, masked, masked_pairs};

/// A value without what sounds like a secret: the values of such keys at any depth,
/// also in text that is JSON, and what URLs in it have.
///
/// ```
/// use mite_core::secret::masked_json;
/// let value = serde_json::json!({ "user": "bob", "password": "x", "tokens": 7 });
/// assert_eq!(masked_json(&value).to_string(), r#"{"password":"***","tokens":7,"user":"bob"}"#);
/// ```
pub fn masked_json(json: &Json) -> Json {
    match json {
        Json::String(text) => masked_body(text).into(),
        Json::Array(items) => items.iter().map(masked_json).collect(),
        Json::Object(entries) => {
            let masked = |(name, value)| (String::clone(name), masked_under(name, value));
            entries.iter().map(masked).collect()
        }
        other => other.clone(),
    }
}

/// The value of that name. Whether there is one, and how many, is no secret:
/// `has_password: true`, `max_tokens: 100`.
pub fn masked_under(name: &str, value: &Json) -> Json {
    let tells_nothing = match value {
        Json::Null | Json::Bool(_) => true,
        Json::Number(_) => name.ends_with('s'),
        _ => false,
    };
    match is_secret(name) && !tells_nothing {
        true => HIDDEN.into(),
        false => masked_json(value),
    }
}

/// A whole text that may be JSON or a form, such as the body of a request.
///
/// ```
/// use mite_core::secret::masked_body;
/// assert_eq!(masked_body(r#" {"user": "bob", "pin": 1}"#), r#" {"user": "bob", "pin": 1}"#);
/// assert_eq!(masked_body(r#"{"b": 1, "a": {"password": 1}}"#), r#"{"a":{"password":"***"},"b":1}"#);
/// assert_eq!(masked_body("user=bob&password=pw"), "user=bob&password=***");
/// ```
pub fn masked_body(text: &str) -> Cow<'_, str> {
    if text.trim_start().starts_with(['{', '[', '"'])
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        let masked = masked_json(&json);
        // As it was written, if there is nothing to hide.
        return if masked == json { text.into() } else { masked.to_string().into() };
    }
    let is_form = !text.contains(|c: char| c.is_whitespace() || c == ':');
    if is_form { masked_pairs(text) } else { masked(text) }
}

/// The value of that name, as it may be shown.
///
/// ```
/// use mite_core::secret::masked_value;
/// assert_eq!(masked_value("api_key", "x"), "***");
/// assert_eq!(masked_value("user", "bob"), "bob");
/// ```
pub fn masked_value<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    if is_secret(name) { HIDDEN.into() } else { masked_body(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_hidden_at_every_depth() {
        let value = json!({
            "password": {"old": "hunter1"},
            "more": [{"api-key": 17}, {"n": 1, "token": null, "max_tokens": 9, "has_secret": true}],
            "urls": ["redis://:hunter2@one", "two"],
            "inner": r#"{"secret":"hunter2"}"#,
            "form": "a=b&pwd=hunter2",
        });
        assert_eq!(
            masked_json(&value).to_string(),
            r#"{"form":"a=b&pwd=***","inner":"{\"secret\":\"***\"}","more":[{"api-key":"***"},{"has_secret":true,"max_tokens":9,"n":1,"token":null}],"password":"***","urls":["redis://***@one","two"]}"#
        );
    }
}
