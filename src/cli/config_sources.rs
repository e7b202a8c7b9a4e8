//! Where the config of a test comes from.

use std::ffi::OsString;

use mite_core::config::{Config, Value};
use mite_core::error::{Error, Result};
use mite_core::registry::Registry;

const TEXT: &str = "MITE_CONF_";
const JSON: &str = "MITE_JSON_CONF_";

/// The config of a test, weakest source first: `environment`, or instead of it
/// the `#[config]` function that is named; then what was added on the command
/// line. What the scenario function sets comes later.
///
/// # Errors
/// If a source cannot be read; the text names it.
pub(crate) fn load(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    config: Option<&str>,
    added: &[String],
    registry: &Registry,
) -> Result<Config> {
    let pairs = match config {
        Some(spec) => (registry.config(spec)?.build)()?,
        None => from_environment(environment)?,
    };
    let config = Config::new();
    pairs.into_iter().for_each(|(key, value)| config.set_value(&key, value));
    for text in added {
        let (key, value) =
            text.split_once(':').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
                Error::new(format!("--add-to-config `{text}` is not KEY:VALUE, such as users:5"))
            })?;
        config.set_value(key, Value::Text(value.to_owned()));
    }
    Ok(config)
}

/// Sorted, so that the same environment always makes the same config; of a key
/// that is given as text and as JSON, the JSON is taken.
fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, Value)>> {
    let mut texts = Vec::new();
    let mut values = Vec::new();
    for (name, value) in environment {
        // A name that is not text cannot be a key that anybody asks for.
        let Some(name) = name.to_str() else { continue };
        let (json, key) = match (name.strip_prefix(JSON), name.strip_prefix(TEXT)) {
            (Some(key), _) => (true, key),
            (None, Some(key)) => (false, key),
            (None, None) => continue,
        };
        let text = value
            .to_str()
            .ok_or_else(|| Error::new(format!("the value of {name} is not UTF-8 text")))?;
        if json {
            let value: serde_json::Value = serde_json::from_str(text).map_err(|e| {
                Error::new(format!(
                    "{name} is not JSON: {e}; for plain text set {TEXT}{key} instead"
                ))
            })?;
            values.push((key.to_owned(), Value::of(&value)?));
        } else {
            texts.push((key.to_owned(), Value::Text(text.to_owned())));
        }
    }
    for pairs in [&mut texts, &mut values] {
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    texts.append(&mut values);
    Ok(texts)
}
