//! Settings of a test: named values, versioned, read-only to journeys.

mod entry;
mod maker;
mod shown;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::shown::{Shown, shown};
use crate::error::{Error, Result};
use crate::spec::nearest;

pub use crate::secret::is_secret;
pub use entry::ConfigEntry;
pub use maker::build_settings;
pub use value::Value;

/// The settings of a test.
///
/// Sources, weakest first: the environment (`MITE_CONF_key=text`,
/// `MITE_JSON_CONF_key=<json>`) or what `--config` names; `--add-to-config
/// key:value`; what the scenario function sets. Text reads as the type asked
/// for: `"5"` as a number, `true`, `1` or `yes` as a bool.
///
/// ```
/// use mite::prelude::*;
/// let config = Config::new();
/// config.set("users", "5");
/// assert_eq!(config.get::<u32>("users"), Some(5));
/// assert_eq!(config.get_or("greeting", "hello"), "hello");
/// assert!(config.require::<String>("app_url").is_err());
/// ```
#[derive(Clone)]
#[doc(alias("__ENV", "environment_variable", "user_defined_variables"))]
pub struct Config(Arc<Inner>);

struct Inner {
    writable: bool,
    map: RwLock<Map>,
}

#[derive(Default)]
struct Map {
    version: u64,
    entries: BTreeMap<String, Entry>,
}

struct Entry {
    version: u64,
    value: Value,
    /// Whether some code has asked for it.
    asked: AtomicBool,
}

impl Entry {
    fn new(version: u64, value: Value) -> Self {
        Self { version, value, asked: AtomicBool::new(false) }
    }
}

/// Settings that changed since some version. `{:?}` shows everything but what
/// sounds like a secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// The version that the receiver has once it applied them.
    pub version: u64,
    /// Keys and their values now.
    pub pairs: Vec<(String, Value)>,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.pairs.iter().map(|(key, value)| (key.as_str(), value));
        f.debug_struct("Changes")
            .field("version", &self.version)
            .field("pairs", &Pairs(pairs))
            .finish()
    }
}

/// Keys with their values, of which those that sound like secrets are not shown.
struct Pairs<I>(I);

impl<'a, I: Iterator<Item = (&'a str, &'a Value)> + Clone> fmt::Debug for Pairs<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.clone().map(|(key, value)| (key, shown(key, value).text)))
            .finish()
    }
}

impl Config {
    /// No settings yet; may be written.
    pub fn new() -> Self {
        Self::make(true)
    }

    /// A copy that follows another by [`apply`](Self::apply) and cannot be set:
    /// what journeys see.
    #[doc(hidden)]
    pub fn replica() -> Self {
        Self::make(false)
    }

    fn make(writable: bool) -> Self {
        Self(Arc::new(Inner { writable, map: RwLock::default() }))
    }

    /// The setting `key`; none if it is not set.
    ///
    /// # Panics
    /// If it is set but does not read as `T`; in a journey that is reported as
    /// an exception.
    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        match self.read(key)? {
            Ok(value) => Some(value),
            Err(text) => panic!("{text}"),
        }
    }

    /// The setting `key`, or `default` if it is not set. The result has the
    /// default's type; a `&str` gives a `String`.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[track_caller]
    pub fn get_or<D: ConfigDefault>(&self, key: &str, default: D) -> D::Value {
        self.get(key).unwrap_or_else(|| default.into_value())
    }

    /// The setting `key`.
    ///
    /// # Errors
    /// Declared, if it is not set (the text says how to set it) or does not
    /// read as `T`.
    #[track_caller]
    pub fn require<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        match self.read(key) {
            Some(Ok(value)) => Ok(value),
            Some(Err(text)) => Err(Error::new(text).field("key", key)),
            None => Err(Error::new(format!(
                "config `{key}` is not set{}; give it with --add-to-config {key}:VALUE, in the environment as MITE_CONF_{key}=VALUE, or in a test with .config(\"{key}\", VALUE)",
                self.meant(key).map(|near| format!(", but `{near}` is")).unwrap_or_default()
            ))
            .field("key", key)),
        }
    }

    /// A setting that no code has asked for, and whose name is nearly `key`.
    fn meant(&self, key: &str) -> Option<String> {
        let map = self.0.map.read().unwrap_or_else(|e| e.into_inner());
        let idle = map.entries.iter().filter(|(_, entry)| !entry.asked.load(Ordering::Relaxed));
        nearest(key, idle.map(|(name, _)| &**name)).map(str::to_owned)
    }

    fn read<T: DeserializeOwned>(&self, key: &str) -> Option<std::result::Result<T, String>> {
        let map = self.0.map.read().unwrap_or_else(|e| e.into_inner());
        let Entry { value, asked, .. } = map.entries.get(key)?;
        // A store that is not needed would move the cache line from core to core.
        if !asked.load(Ordering::Relaxed) {
            asked.store(true, Ordering::Relaxed);
        }
        Some(value.read().map_err(|why| {
            let Shown { text, hides } = shown(key, value);
            let wanted = std::any::type_name::<T>();
            let mut text = format!("config `{key}` is {text}, which does not read as {wanted}");
            // The reason may quote the secret.
            if !hides {
                text.push_str(&format!(": {why}"));
            }
            text
        }))
    }

    /// Sets `key`.
    ///
    /// # Panics
    /// In a journey, which may only read, and if `value` cannot be serialized.
    #[track_caller]
    pub fn set(&self, key: &str, value: impl Serialize) {
        assert!(
            self.0.writable,
            "config is read-only in a journey; set `{key}` in the scenario function or with --add-to-config"
        );
        match Value::of(&value) {
            Ok(value) => self.set_value(key, value),
            Err(e) => panic!("config `{key}` cannot be set at {}: {e}", Location::caller()),
        }
    }

    /// Sets `key` to a value that is encoded already.
    #[doc(hidden)]
    pub fn set_value(&self, key: &str, value: Value) {
        let mut map = self.0.map.write().unwrap_or_else(|e| e.into_inner());
        map.version += 1;
        let version = map.version;
        map.entries.insert(key.to_owned(), Entry::new(version, value));
    }

    /// Every set makes a new version, from 1.
    #[doc(hidden)]
    pub fn version(&self) -> u64 {
        self.0.map.read().unwrap_or_else(|e| e.into_inner()).version
    }

    /// What was set after `version`, oldest first. Idempotent: a reader that lost the
    /// answer asks again with the version that it has.
    #[doc(hidden)]
    pub fn changes_since(&self, version: u64) -> Changes {
        let map = self.0.map.read().unwrap_or_else(|e| e.into_inner());
        let mut newer: Vec<_> = map.entries.iter().filter(|(_, e)| e.version > version).collect();
        newer.sort_by_key(|(_, e)| e.version);
        Changes {
            version: map.version,
            pairs: newer.into_iter().map(|(k, e)| (k.clone(), e.value.clone())).collect(),
        }
    }

    /// Takes over changes of another config; older ones than it has are ignored.
    #[doc(hidden)]
    pub fn apply(&self, changes: &Changes) {
        if changes.pairs.is_empty() {
            return;
        }
        let mut map = self.0.map.write().unwrap_or_else(|e| e.into_inner());
        if changes.version <= map.version {
            return;
        }
        map.version = changes.version;
        for (key, value) in &changes.pairs {
            let entry = Entry::new(changes.version, value.clone());
            map.entries.insert(key.clone(), entry);
        }
    }

    /// Whether some code has asked for `key` here.
    #[doc(hidden)]
    pub fn was_asked_for(&self, key: &str) -> bool {
        let map = self.0.map.read().unwrap_or_else(|e| e.into_inner());
        map.entries.get(key).is_some_and(|entry| entry.asked.load(Ordering::Relaxed))
    }

    /// The keys that are set.
    pub fn keys(&self) -> Vec<String> {
        let map = self.0.map.read().unwrap_or_else(|e| e.into_inner());
        map.entries.keys().cloned().collect()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows everything but what sounds like a secret.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let map = self.0.map.read().unwrap_or_else(|e| e.into_inner());
        Pairs(map.entries.iter().map(|(key, entry)| (key.as_str(), &entry.value))).fmt(f)
    }
}

/// What [`Config::get_or`] takes as a default.
pub trait ConfigDefault {
    /// What it returns then.
    type Value: DeserializeOwned;
    /// The default as that.
    fn into_value(self) -> Self::Value;
}

impl ConfigDefault for &str {
    type Value = String;
    fn into_value(self) -> String {
        self.to_owned()
    }
}

impl<T: DeserializeOwned> ConfigDefault for Vec<T> {
    type Value = Self;
    fn into_value(self) -> Self {
        self
    }
}

impl<T: DeserializeOwned> ConfigDefault for Option<T> {
    type Value = Self;
    fn into_value(self) -> Self {
        self
    }
}

macro_rules! defaults {
    ($($t:ty)*) => { $(
        impl ConfigDefault for $t {
            type Value = Self;
            fn into_value(self) -> Self { self }
        }
    )* };
}
defaults!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char String serde_json::Value);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_makes_a_version() {
        let config = Config::new();
        for i in 1..=5 {
            config.set(&format!("key{i}"), i);
        }
        let changes = config.changes_since(4);
        assert_eq!(changes.version, 5);
        assert_eq!(changes.pairs, [("key5".to_owned(), Value::of(&5).unwrap())]);
        assert_eq!(config.changes_since(0).pairs.last().unwrap().0, "key5");
        config.set("key1", 9);
        assert_eq!(config.changes_since(5).pairs[0].0, "key1");
        assert_eq!(config.changes_since(6).pairs, []);
    }

    #[test]
    fn a_lost_answer_loses_nothing_and_a_late_reader_gets_all() {
        let config = Config::new();
        config.set("a", "1");
        let _lost = config.changes_since(0);
        let replica = Config::replica();
        replica.apply(&config.changes_since(replica.version()));
        assert_eq!(replica.get::<u8>("a"), Some(1));
        config.set("a", "2");
        let newer = config.changes_since(replica.version());
        replica.apply(&newer);
        replica.apply(&Changes { version: 1, pairs: vec![("a".into(), Value::Text("1".into()))] });
        assert_eq!(replica.get::<u8>("a"), Some(2));
    }

    #[test]
    fn a_setting_that_is_nearly_called_so_is_told() {
        let config = Config::new();
        config.set("shop_ulr", "http://a");
        config.set("users", 5);
        let told = |key: &str| config.require::<String>(key).unwrap_err().text().to_owned();
        let start = "config `shop_url` is not set, but `shop_ulr` is; give it with --add-to-config";
        assert!(told("shop_url").starts_with(start), "{}", told("shop_url"));
        assert!(told("password").starts_with("config `password` is not set; give it"));
        // One that is asked for is spelt as in the code.
        assert_eq!(config.get::<u32>("users"), Some(5));
        assert!(told("user").starts_with("config `user` is not set; give it"), "{}", told("user"));
    }

    #[test]
    fn text_reads_as_the_type_asked_for() {
        let config = Config::new();
        config.set("n", "5");
        config.set("on", "yes");
        config.set("ratio", "0.25");
        assert_eq!(config.get::<u32>("n"), Some(5));
        assert_eq!(config.get::<String>("n").unwrap(), "5");
        assert!(config.get_or("on", false));
        assert_eq!(config.get_or("ratio", 1.0), 0.25);
        assert_eq!(config.get_or("absent", "bar"), "bar");
        assert_eq!(config.get::<Option<u8>>("n"), Some(Some(5)));
    }

    #[test]
    fn what_does_not_read_names_key_and_text() {
        let config = Config::new();
        config.set("n", "five");
        let error = config.require::<u32>("n").unwrap_err();
        assert!(error.is_declared());
        assert!(error.text().contains("config `n` is \"five\""), "{error}");
        let panic = std::panic::catch_unwind(|| config.get::<u32>("n")).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("config `n` is \"five\""));
        let missing = config.require::<u32>("gone").unwrap_err();
        assert!(missing.text().contains("--add-to-config gone:VALUE"), "{missing}");
        assert!(missing.text().contains("MITE_CONF_gone=VALUE"), "{missing}");
        assert!(missing.text().contains("in a test with .config(\"gone\", VALUE)"), "{missing}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = Config::new();
        config.set("db_password", "hunter2");
        config.set("app_url", "https://bob:hunter2@example.org/x");
        config.set("db", serde_json::json!({ "pwd": "hunter2", "n": 5 }));
        config.set("name", "bob");
        assert_eq!(
            format!("{config:?}"),
            r#"{"app_url": "\"https://***@example.org/x\"", "db": "{\"n\":5,\"pwd\":\"***\"}", "db_password": "***", "name": "\"bob\""}"#
        );
        let changes = config.changes_since(2);
        assert_eq!(
            format!("{changes:?}"),
            r#"Changes { version: 4, pairs: {"db": "{\"n\":5,\"pwd\":\"***\"}", "name": "\"bob\""} }"#
        );
        let grant = crate::control::Grant { config: config.changes_since(0), ..Default::default() };
        assert!(!format!("{grant:?}").contains("hunter2"), "{grant:?}");
        let values: Vec<_> = changes.pairs.iter().map(|(_, value)| value).collect();
        assert_eq!(format!("{values:?}"), "[Encoded(***), Text(***)]");
        let text = |key: &str| config.require::<Vec<u32>>(key).unwrap_err().text().to_owned();
        let wanted = "which does not read as alloc::vec::Vec<u32>";
        assert_eq!(text("db_password"), format!("config `db_password` is ***, {wanted}"));
        assert_eq!(
            text("app_url"),
            format!("config `app_url` is \"https://***@example.org/x\", {wanted}")
        );
        assert_eq!(text("db"), format!("config `db` is {{\"n\":5,\"pwd\":\"***\"}}, {wanted}"));
        assert!(text("name").starts_with(&format!("config `name` is \"bob\", {wanted}: ")));
    }

    #[test]
    #[should_panic(expected = "read-only in a journey")]
    fn a_journey_cannot_set() {
        Config::replica().set("a", "1");
    }
}
