//! What a `#[config]` function returns, as settings.

use serde::Serialize;

use crate::config::value::Value;
use crate::error::{Error, Result};
use crate::meta::Meta;
use crate::msgpack::{self, Kind};

/// What a `#[config]` function may return: anything that serializes to a map,
/// or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of settings",
    note = "return anything that serializes to a map (a struct with `#[derive(Serialize)]`, a map, `json!({{…}})`), or a `mite::Result` of it"
)]
pub trait IntoSettings<M> {
    /// The value, encoded.
    ///
    /// # Errors
    /// The function's own, or that of its value's `Serialize`.
    fn encode(self) -> Result<Vec<u8>>;
}

#[doc(hidden)]
pub struct Plain;
#[doc(hidden)]
pub struct Fallible;

impl<T: Serialize> IntoSettings<Plain> for T {
    fn encode(self) -> Result<Vec<u8>> {
        Ok(msgpack::encode(&self)?)
    }
}

impl<T: Serialize> IntoSettings<Fallible> for Result<T> {
    fn encode(self) -> Result<Vec<u8>> {
        self?.encode()
    }
}

/// Turns a `#[config]` function's result into settings. Used by generated code.
///
/// # Errors
/// If `output` is an error, or is not a map from text.
pub fn build_settings<M>(
    meta: &Meta,
    output: impl IntoSettings<M>,
) -> Result<Vec<(String, Value)>> {
    let encoded = output.encode()?;
    let name = meta.display();
    if !matches!(Kind::of(&encoded), Some(Kind::Map(_))) {
        return Err(Error::new(format!(
            "config `{name}` returned {}; return named values: a struct, a map or `json!({{…}})`",
            msgpack::show(&encoded, 60)
        )));
    }
    let mut settings = Vec::new();
    for (key, value) in msgpack::entries(&encoded) {
        let Some(key) = msgpack::text(key) else {
            return Err(Error::new(format!(
                "config `{name}` has the key {}, but keys are text",
                msgpack::show(key, 60)
            )));
        };
        // An absent optional value leaves its key unset, so that `get_or` works.
        if Kind::of(value) == Some(Kind::Nil) {
            continue;
        }
        let value = match msgpack::text(value) {
            Some(text) => Value::Text(text.to_owned()),
            None => Value::Encoded(value.to_vec()),
        };
        settings.push((key.to_owned(), value));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const META: Meta =
        Meta { module: "shop", name: "staging", file: "src/shop.rs", line: 1, doc: "" };

    #[derive(Serialize)]
    struct Staging {
        app_url: &'static str,
        users: u32,
        proxy: Option<String>,
    }

    #[test]
    fn a_struct_gives_its_fields_and_none_gives_nothing() {
        let settings =
            build_settings(&META, Staging { app_url: "http://a", users: 5, proxy: None }).unwrap();
        assert_eq!(
            settings,
            [
                ("app_url".to_owned(), Value::Text("http://a".to_owned())),
                ("users".to_owned(), Value::of(&5).unwrap()),
            ]
        );
    }

    #[test]
    fn a_result_gives_its_value_or_its_error() {
        let settings = build_settings(&META, Ok::<_, Error>(BTreeMap::from([("a", 1)]))).unwrap();
        assert_eq!(settings, [("a".to_owned(), Value::of(&1).unwrap())]);
        let failed: Result<Staging> = Err(Error::new("no vault"));
        assert_eq!(build_settings(&META, failed).unwrap_err().text(), "no vault");
    }

    #[test]
    fn what_is_no_map_of_text_is_named() {
        assert_eq!(
            build_settings(&META, vec![1, 2]).unwrap_err().text(),
            "config `shop:staging` returned [1,2]; return named values: a struct, a map or `json!({…})`"
        );
        assert_eq!(
            build_settings(&META, BTreeMap::from([(7, "x")])).unwrap_err().text(),
            "config `shop:staging` has the key 7, but keys are text"
        );
    }
}
