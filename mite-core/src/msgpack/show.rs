//! Values for people.

use crate::msgpack::decode;

/// Shows an encoded value to a person, on one line, cut after `most` characters.
pub fn show(value: &[u8], most: usize) -> String {
    let text = match decode::<serde_json::Value>(value) {
        Ok(json) => json.to_string(),
        // Bytes and non-text keys have no JSON form; their encoding is better than nothing.
        Err(_) => format!("<{} bytes of msgpack>", value.len()),
    };
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most).chain("…".chars()).collect()
}
