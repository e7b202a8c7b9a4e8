//! Where the config of a test comes from.

use std::ffi::OsString;

use mite_core::config::{Config, Value};
use mite_core::error::{Error, Result};
use mite_core::registry::Registry;

const TEXT: &str = "MITE_CONF_";
const JSON: &str = "MITE_JSON_CONF_";

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Config")]
pub(crate) struct ConfigOptions {
    /// Set `key` to `value`, over all other sources; may be repeated
    #[arg(long, value_name = "KEY:VALUE", hide_env_values = true)]
    pub(crate) add_to_config: Vec<String>,
    /// Take the config from this `#[config]` function; what the environment sets is stronger
    #[arg(long, value_name = "SPEC")]
    pub(crate) config: Option<String>,
}

/// The config of a test, and which of its keys somebody typed.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) config: Config,
    pub(crate) typed: Vec<String>,
}

/// The config of a test, weakest source first: the `#[config]` function that is named,
/// `environment`, and what was added on the command line. What the scenario function
/// sets comes later.
///
/// # Errors
/// If a source cannot be read; the text names it.
pub(crate) fn load(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    config: Option<&str>,
    added: &[String],
    registry: &Registry,
) -> Result<Sources> {
    let mut typed = from_environment(environment)?;
    for text in added {
        let (key, value) = pair(text)?;
        typed.push((key.to_owned(), Value::Text(value.to_owned())));
    }
    let config_function = match config.filter(|spec| !spec.trim().is_empty()) {
        Some(spec) => from_function(registry, spec)?,
        None => Vec::new(),
    };
    let config = Config::new();
    let mut keys: Vec<_> = typed.iter().map(|(key, _)| key.clone()).collect();
    config_function.into_iter().chain(typed).for_each(|(key, v)| config.set_value(&key, v));
    keys.sort();
    keys.dedup();
    Ok(Sources { config, typed: keys })
}

/// A panic in a config function is a test that cannot start.
fn from_function(registry: &Registry, spec: &str) -> Result<Vec<(String, Value)>> {
    let entry = registry.config(spec)?;
    let name = entry.meta.display();
    mite_core::caught(entry.build)
        .map_err(|panic| {
            let (text, place) = (panic.text(), panic.location());
            Error::new(format!("config `{name}` panicked: {text} (at {place})"))
        })?
        .map_err(|e| Error::new(format!("config `{name}` cannot be made: {}", e.text())))
}

/// `KEY:VALUE`, or `KEY=VALUE` if no colon stands before the `=`. What is neither may
/// be a secret, and is not shown.
fn pair(text: &str) -> Result<(&str, &str)> {
    let at = text.find([':', '=']).filter(|at| *at > 0).ok_or_else(|| {
        let length = mite_core::units::count(text.chars().count() as u64, "character");
        Error::new(format!(
            "--add-to-config takes KEY:VALUE, such as users:5; what was given ({length}) has no key before a colon"
        ))
    })?;
    Ok((&text[..at], &text[at + 1..]))
}

/// Variables that mean something to upstream's mite, or to Python, and nothing here:
/// what to write instead.
pub(crate) fn foreign_variables(
    names: impl IntoIterator<Item = OsString>,
    debugging: bool,
) -> Vec<String> {
    let mut said: Vec<_> = names
        .into_iter()
        .filter_map(|name| {
            let name = name.to_str()?;
            if let Some(key) = name.strip_prefix("MITE_EVAL_CONF_") {
                return Some(format!(
                    "{name} is not read: there is no Python to evaluate it; write {JSON}{key} with JSON, or {TEXT}{key} with text"
                ));
            }
            (debugging && ["PYTHONBREAKPOINT", "PYTHONPOSTMORTEM"].contains(&name)).then(|| {
                format!("{name} is not read: MITE_POSTMORTEM names what --debugging starts, with {{pid}} in it")
            })
        })
        .collect();
    said.sort();
    said
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
