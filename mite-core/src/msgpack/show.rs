//! Values for people.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::msgpack::decode;
use crate::secret;

/// Shows an encoded value to a person who looks into a journey, on one line, cut after
/// `most` characters; without secrets, unless they are [shown](secret::are_shown).
pub fn show(value: &[u8], most: usize) -> String {
    shown(value, most, |json| match secret::are_shown() {
        true => Cow::Borrowed(json),
        false => Cow::Owned(secret::masked_json(json)),
    })
}

/// The value of that name.
pub fn show_named(name: &str, value: &[u8], most: usize) -> String {
    shown(value, most, |json| match secret::are_shown() {
        true => Cow::Borrowed(json),
        false => Cow::Owned(secret::masked_under(name, json)),
    })
}

/// The same without secrets in any case.
pub fn masked(value: &[u8], most: usize) -> String {
    shown(value, most, |json| Cow::Owned(secret::masked_json(json)))
}

/// The value of that name, without secrets in any case.
pub fn masked_named(name: &str, value: &[u8], most: usize) -> String {
    shown(value, most, |json| Cow::Owned(secret::masked_under(name, json)))
}

fn shown(value: &[u8], most: usize, mask: impl Fn(&Json) -> Cow<'_, Json>) -> String {
    let text = match decode::<Json>(value) {
        Ok(json) => mask(&json).to_string(),
        // Bytes and non-text keys have no JSON form; their encoding is better than nothing.
        Err(_) => format!("<{} bytes of msgpack>", value.len()),
    };
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most).chain("…".chars()).collect()
}
