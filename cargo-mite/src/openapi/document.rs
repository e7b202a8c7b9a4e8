//! A description as it is written: JSON or YAML, with references.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};

/// Bytes of a file; a longer one describes no service by hand.
const LONGEST: u64 = 32 << 20;

/// References that lead to references.
const LONGEST_CHAIN: usize = 32;

/// A description of OpenAPI 3.
pub(super) struct Document(Value);

impl Document {
    /// # Errors
    /// If it cannot be read, or describes nothing by OpenAPI 3.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let told = file.display();
        let cannot = |e: std::io::Error| Error::new(format!("{told} cannot be read: {e}"));
        let length = fs::metadata(file).map_err(cannot)?.len();
        if length > LONGEST {
            return Err(Error::new(format!(
                "{told} has {} MB; a description of more than {} MB is not read",
                length >> 20,
                LONGEST >> 20
            )));
        }
        let text = fs::read_to_string(file).map_err(cannot)?;
        Self::parse(&text).map_err(|error| Error::new(format!("{told} {error}")))
    }

    /// # Errors
    /// If it is none: why, to go on behind the file's name.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let root: Value = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text).map_err(|e| {
                Error::new(match e.classify() {
                    serde_json::error::Category::Eof => format!("is cut off in line {}", e.line()),
                    _ => format!("is no JSON: {e}"),
                })
            })?,
            // As YAML 1.2 has it: `no` is a country, not false.
            false => serde_saphyr::from_str_with_options(
                text,
                serde_saphyr::options! { strict_booleans: true },
            )
            .map_err(|e| Error::new(format!("is no JSON and no YAML: {e}")))?,
        };
        let version = match (&root["openapi"], &root["swagger"]) {
            (Value::String(version), _) => version.clone(),
            (_, Value::String(_) | Value::Number(_)) => {
                return Err(Error::new(
                    "is of Swagger 2; turn it into OpenAPI 3 first (such as by `npx swagger2openapi FILE`)",
                ));
            }
            _ => return Err(Error::new("is no OpenAPI: it has no `openapi: 3.…`")),
        };
        if !version.starts_with("3.") {
            return Err(Error::new(format!("is of OpenAPI {version}; 3.0 and 3.1 are read")));
        }
        Ok(Self(root))
    }

    pub(super) fn root(&self) -> &Value {
        &self.0
    }

    /// What `value` is, if it is a reference what that leads to.
    ///
    /// # Errors
    /// If it leads nowhere, in a circle, or to another file.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value> {
        let mut value = value;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = reference(value) else { return Ok(value) };
            let Some(pointer) = reference.strip_prefix('#') else {
                return Err(Error::new(format!(
                    "{reference:?} leads to another file; put all into one first (such as by `npx @redocly/cli bundle FILE`)"
                )));
            };
            let pointer = percent_encoding::percent_decode_str(pointer).decode_utf8_lossy();
            value = self
                .0
                .pointer(&pointer)
                .ok_or_else(|| Error::new(format!("{reference:?} leads nowhere")))?;
        }
        let reference = reference(value).unwrap_or_default();
        Err(Error::new(format!("{reference:?} leads in a circle")))
    }
}

/// Where a reference leads, if it is one.
pub(super) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_openapi_3_says_why() {
        let why = |text: &str| Document::parse(text).err().expect("it is refused").to_string();
        for (text, expected) in [
            ("{\"openapi\": \"3.0.0\", \"paths\"", "is cut off in line 1"),
            ("{]", "is no JSON: "),
            ("a: [", "is no JSON and no YAML: "),
            ("swagger: '2.0'", "is of Swagger 2; turn it into OpenAPI 3 first"),
            ("openapi: 4.0.0", "is of OpenAPI 4.0.0; 3.0 and 3.1 are read"),
            ("info: {}", "is no OpenAPI: it has no `openapi: 3.…`"),
            ("", "is no"),
        ] {
            assert!(why(text).starts_with(expected), "{text}: {}", why(text));
        }
    }

    #[test]
    fn references_lead_somewhere_or_say_where_they_do_not() {
        let text = "openapi: 3.0.0\na: { $ref: '#/b' }\nb: { $ref: '#/x~1y' }\nx/y: 5\nc: { $ref: '#/c' }\nd: { $ref: '#/no' }\ne: { $ref: 'other.yaml#/x' }";
        let document = Document::parse(text).unwrap();
        let root = document.root();
        assert_eq!(document.resolve(&root["a"]).unwrap(), 5);
        for (name, expected) in [
            ("c", "\"#/c\" leads in a circle"),
            ("d", "\"#/no\" leads nowhere"),
            ("e", "\"other.yaml#/x\" leads to another file; put all into one first"),
        ] {
            let error = document.resolve(&root[name]).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
