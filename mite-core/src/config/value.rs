//! The value of a setting.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::msgpack;
use crate::msgpack::text_value::TextValue;

/// A value of the settings: text that reads as many types, or an encoded value.
///
/// `{:?}` does not show it: without its key nobody knows whether it is a secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Text, from the command line or the environment, or set as text.
    Text(String),
    /// Anything else, in msgpack.
    Encoded(Vec<u8>),
}

impl Value {
    /// Encodes a value; text stays text.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let encoded = msgpack::encode(value)?;
        Ok(match msgpack::text(&encoded) {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Encoded(encoded),
        })
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> std::result::Result<T, String> {
        match self {
            Self::Text(text) => T::deserialize(TextValue(text)).map_err(|e| e.to_string()),
            Self::Encoded(bytes) => msgpack::decode(bytes).map_err(|e| e.to_string()),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(***)",
            Self::Encoded(_) => "Encoded(***)",
        })
    }
}
