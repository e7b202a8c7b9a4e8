//! What values are called in files.

use serde::Serialize;

/// What it is called among its kind, for machines.
pub(crate) fn word(of: &impl Serialize) -> String {
    let value = serde_json::to_value(of).unwrap_or_default();
    value.get("kind").unwrap_or(&value).as_str().unwrap_or_default().to_owned()
}
