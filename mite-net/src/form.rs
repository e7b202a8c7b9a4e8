//! What the values of settings look like in a config: how they are read, written
//! and shown. For [`settings!`](crate::settings), which declares a struct of them.

use std::fmt::{Debug, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

#[doc(hidden)]
pub use mite_core::config::Config;
use mite_core::error::Error;
#[doc(hidden)]
pub use mite_core::error::Result;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::shown::shown_proxy;

/// The form that a setting's value has in a config.
pub trait Form<T: Debug> {
    /// The value under `key`, if there is one.
    ///
    /// # Errors
    /// If it makes no sense; the error names the key.
    fn read(&self, config: &Config, key: &str) -> Result<Option<T>>;

    /// Writes the value.
    ///
    /// # Panics
    /// In a journey, whose config is read-only.
    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &T);

    /// The value as it may be shown.
    fn shown(&self, value: &T) -> String {
        format!("{value:?}")
    }
}

/// A value that is read and written as it is.
pub struct Plain;

impl<T: Debug + Serialize + DeserializeOwned> Form<T> for Plain {
    fn read(&self, config: &Config, key: &str) -> Result<Option<T>> {
        match config.get::<IgnoredAny>(key) {
            Some(_) => config.require(key).map(Some),
            None => Ok(None),
        }
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &T) {
        config.set(key, value);
    }
}

/// A setting that may have no value.
pub struct Optional<F>(pub F);

impl<T: Debug, F: Form<T>> Form<Option<T>> for Optional<F> {
    fn read(&self, config: &Config, key: &str) -> Result<Option<Option<T>>> {
        Ok(self.0.read(config, key)?.map(Some))
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.0.write(config, key, value);
        }
    }

    fn shown(&self, value: &Option<T>) -> String {
        match value {
            Some(value) => format!("Some({})", self.0.shown(value)),
            None => "None".to_owned(),
        }
    }
}

/// A value of an enum, by the words for its values.
pub struct Word<T: 'static>(pub &'static [(&'static str, T)]);

impl<T: Copy + Debug + PartialEq> Form<T> for Word<T> {
    fn read(&self, config: &Config, key: &str) -> Result<Option<T>> {
        let Some(text): Option<String> = Plain.read(config, key)? else { return Ok(None) };
        match self.0.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let (last, rest) = self.0.split_last().expect("an enum has values");
                let rest: Vec<_> = rest.iter().map(|(word, _)| *word).collect();
                let may = format!("it may be {} or {}", rest.join(", "), last.0);
                Err(Error::new(format!("config `{key}` is {text:?}; {may}")))
            }
        }
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &T) {
        let word = self.0.iter().find(|(_, v)| v == value);
        config.set(key, word.map(|(word, _)| *word).unwrap_or_default());
    }
}

/// A number above zero.
pub struct Count;

impl Form<usize> for Count {
    fn read(&self, config: &Config, key: &str) -> Result<Option<usize>> {
        match Plain.read(config, key)? {
            Some(0) => Err(Error::new(format!("config `{key}` is 0; it must be above zero"))),
            n => Ok(n),
        }
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &usize) {
        config.set(key, value);
    }
}

/// A duration in seconds.
pub struct Seconds;

impl Form<Duration> for Seconds {
    fn read(&self, config: &Config, key: &str) -> Result<Option<Duration>> {
        let Some(seconds) = Plain.read(config, key)? else { return Ok(None) };
        Duration::try_from_secs_f64(seconds).map(Some).map_err(|_| {
            Error::new(format!("config `{key}` is {seconds}; it must be a number of seconds"))
        })
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &Duration) {
        config.set(key, value.as_secs_f64());
    }
}

/// A duration in seconds that is not zero.
pub struct SecondsAboveZero;

impl Form<Duration> for SecondsAboveZero {
    fn read(&self, config: &Config, key: &str) -> Result<Option<Duration>> {
        match Seconds.read(config, key)? {
            Some(Duration::ZERO) => Err(Error::new(format!(
                "config `{key}` is 0; it must be a number of seconds above zero"
            ))),
            duration => Ok(duration),
        }
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &Duration) {
        Seconds.write(config, key, value);
    }
}

/// The path of a file.
pub struct File;

impl Form<PathBuf> for File {
    fn read(&self, config: &Config, key: &str) -> Result<Option<PathBuf>> {
        let path: Option<String> = Plain.read(config, key)?;
        Ok(path.map(PathBuf::from))
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &PathBuf) {
        config.set(key, Path::to_string_lossy(value));
    }
}

/// A text that is not shown.
pub struct Secret;

impl Form<String> for Secret {
    fn read(&self, config: &Config, key: &str) -> Result<Option<String>> {
        Plain.read(config, key)
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &String) {
        config.set(key, value);
    }

    fn shown(&self, _: &String) -> String {
        "\"***\"".to_owned()
    }
}

/// A URL that is shown without its credentials.
pub struct UrlWithCredentials;

impl Form<String> for UrlWithCredentials {
    fn read(&self, config: &Config, key: &str) -> Result<Option<String>> {
        Plain.read(config, key)
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &String) {
        config.set(key, value);
    }

    fn shown(&self, value: &String) -> String {
        format!("{:?}", shown_proxy(value))
    }
}

/// Items with commas between them; the text is how each is written.
pub struct List(pub &'static str);

impl<T: Debug + Display + FromStr> Form<Vec<T>> for List {
    fn read(&self, config: &Config, key: &str) -> Result<Option<Vec<T>>> {
        let Some(text): Option<String> = Plain.read(config, key)? else { return Ok(None) };
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items = items.map(|item| {
            item.parse().map_err(|_| {
                Error::new(format!("config `{key}` has {item:?}; write each item {}", self.0))
            })
        });
        items.collect::<Result<_>>().map(Some)
    }

    #[track_caller]
    fn write(&self, config: &Config, key: &str, value: &Vec<T>) {
        let items: Vec<_> = value.iter().map(T::to_string).collect();
        config.set(key, items.join(","));
    }
}
