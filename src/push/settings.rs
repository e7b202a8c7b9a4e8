//! What the environment says of targets.

use std::collections::BTreeMap;
use std::ffi::OsString;

use mite_core::error::{Error, Result};

/// Variables; one that is empty is as good as unset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those that are text.
    pub(crate) fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let all = variables.into_iter().filter_map(text);
        Self(all.filter(|(_, value)| !value.trim().is_empty()).collect())
    }

    /// The first of these that is set.
    pub(crate) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.0.get(*name)).map(|value| value.trim())
    }

    /// Pairs such as `api-key=x,tenant=y`, their values decoded, of the first of these that
    /// is set.
    ///
    /// # Errors
    /// If it is no such list; the text names the variable and shows no value.
    pub(super) fn pairs(&self, names: &[&str]) -> Result<Vec<(String, String)>> {
        let Some(name) = names.iter().find(|name| self.0.contains_key(**name)) else {
            return Ok(Vec::new());
        };
        let pairs = self.0[*name].split(',').map(str::trim).filter(|pair| !pair.is_empty());
        let read = |pair: &str| {
            let (key, value) = pair
                .split_once('=')
                .filter(|(key, _)| !key.trim().is_empty())
                .ok_or_else(|| {
                    Error::new(format!("{name} is no list of pairs; write key=value,other=value"))
                })?;
            Ok((key.trim().to_owned(), decoded(value.trim())))
        };
        pairs.map(read).collect()
    }

    /// A number of milliseconds, of the first of these that is set.
    ///
    /// # Errors
    /// If it is none; the text names the variable.
    pub(super) fn millis(&self, names: &[&str]) -> Result<Option<std::time::Duration>> {
        let Some(name) = names.iter().find(|name| self.0.contains_key(**name)) else {
            return Ok(None);
        };
        match self.0[*name].trim().parse::<u64>() {
            Ok(millis) if millis > 0 => Ok(Some(std::time::Duration::from_millis(millis))),
            _ => Err(Error::new(format!(
                "{name} `{}` is no number of milliseconds; write 10000",
                self.0[*name]
            ))),
        }
    }
}

/// Without percent signs; what is not decoded is left as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Refuses what no HTTP client can be sent to.
///
/// # Errors
/// If it is no URL of HTTP; the text names the option, and shows no secret.
pub(super) fn checked(option: &str, url: &str) -> Result<String> {
    let url = url.trim();
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match rest.and_then(|rest| rest.split(['/', '?', '#']).next()).filter(|host| !host.is_empty()) {
        Some(host) if !host.contains(char::is_whitespace) => Ok(url.to_owned()),
        _ => Err(Error::new(format!(
            "{option} `{}` is no URL; write http://host:port",
            mite_core::secret::masked(url)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Environment {
        Environment::of(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    #[test]
    fn an_empty_variable_is_none_and_values_are_decoded() {
        let environment =
            of(&[("A", " "), ("B", "k=v%201,x = %zz=,"), ("C", "no pair"), ("D", "5s")]);
        assert_eq!(environment.first(&["A", "B"]), Some("k=v%201,x = %zz=,"));
        let pairs = environment.pairs(&["A", "B"]).unwrap();
        assert_eq!(pairs, [("k".into(), "v 1".into()), ("x".into(), "%zz=".into())]);
        let error = environment.pairs(&["C"]).unwrap_err();
        assert_eq!(error.text(), "C is no list of pairs; write key=value,other=value");
        let error = environment.millis(&["D"]).unwrap_err();
        assert_eq!(error.text(), "D `5s` is no number of milliseconds; write 10000");
    }

    #[test]
    fn what_is_no_url_is_refused_before_load() {
        for url in ["localhost:4318", "http://", "ftp://h", "http:///x", "", "http://a b/"] {
            let error = checked("--otlp", url).unwrap_err();
            assert_eq!(error.text(), format!("--otlp `{url}` is no URL; write http://host:port"));
        }
        assert_eq!(checked("--otlp", " http://h:1/x ").unwrap(), "http://h:1/x");
    }
}
