//! What is wrong with a value that is not what was asked for.

use std::fmt;

use serde::de::{Error as _, Expected, Unexpected};

use crate::msgpack::Malformed;

/// Why a value cannot be decoded.
///
/// ```
/// use mite_core::msgpack::{decode, encode};
/// let error = decode::<(String, u8)>(&encode(&("bob", 300)).unwrap()).unwrap_err();
/// assert_eq!(error.to_string(), "[1]: expected u8, found 300");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DecodeError(Box<Inner>);

/// Behind a pointer, so that results which are good are small.
#[derive(Clone, Debug, PartialEq)]
struct Inner {
    path: String,
    text: String,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Why {
    /// It is of a type that was not asked for at all.
    WrongType,
    TooDeep,
    Other,
}

impl DecodeError {
    /// Where in the value, `address.number`; empty for the value itself.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What was expected and what was found.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether the value as a whole is of a type that was not asked for.
    pub(crate) fn is_of_the_whole(&self) -> bool {
        self.0.why == Why::WrongType && self.0.path.is_empty()
    }

    pub(super) fn is_of_depth(&self) -> bool {
        self.0.why == Why::TooDeep
    }

    pub(super) fn at(mut self, path: String) -> Self {
        self.0.path = path;
        self
    }

    /// The same, of a value that has this one at `field`.
    pub(crate) fn inside(mut self, field: &str) -> Self {
        self.0.path = match self.0.path.as_str() {
            path if field.is_empty() => path.to_owned(),
            "" => field.to_owned(),
            path if path.starts_with('[') => format!("{field}{path}"),
            path => format!("{field}.{path}"),
        };
        self
    }

    pub(super) fn new(text: impl fmt::Display, why: Why) -> Self {
        Self(Box::new(Inner { path: String::new(), text: text.to_string(), why }))
    }

    pub(super) fn unexpected(found: Unexpected<'_>, expected: &dyn fmt::Display, why: Why) -> Self {
        let found = match found {
            Unexpected::Str(text) => format!("{text:?}"),
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Unsigned(n) => n.to_string(),
            Unexpected::Signed(n) => n.to_string(),
            // Written out, the smallest has over three hundred digits.
            Unexpected::Float(n) if n.to_string().len() > 24 => format!("{n:e}"),
            Unexpected::Float(n) => n.to_string(),
            Unexpected::Unit | Unexpected::Option => "nothing".into(),
            Unexpected::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Unexpected::Seq => "a list".into(),
            Unexpected::Map => "a map".into(),
            other => other.to_string(),
        };
        Self::new(format_args!("expected {expected}, found {found}"), why)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.path.as_str() {
            "" => f.write_str(&self.0.text),
            path => write!(f, "{path}: {}", self.0.text),
        }
    }
}

impl std::error::Error for DecodeError {}

impl serde::de::Error for DecodeError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text, Why::Other)
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unexpected(found, &expected, Why::WrongType)
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unexpected(found, &expected, Why::Other)
    }
    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        let s = if found == 1 { "" } else { "s" };
        Self::new(format_args!("expected {expected}, found {found} element{s}"), Why::Other)
    }
}

impl From<Malformed> for DecodeError {
    fn from(why: Malformed) -> Self {
        Self::custom(match why {
            Malformed::Truncated => "the value ends too early",
            Malformed::Invalid => "it is not msgpack",
        })
    }
}
