//! A span that has ended.

use std::num::NonZeroU64;

use super::SpanIdentity;

/// A part of an execution, with its start and its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Which it is.
    pub identity: SpanIdentity,
    /// The span that it is a part of, in the same trace.
    pub parent: Option<NonZeroU64>,
    /// What it is called.
    pub name: String,
    /// What it stands for.
    pub kind: SpanKind,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// Nanoseconds since 1970.
    pub end: u64,
    /// What is known of it, by name.
    pub attributes: Vec<(&'static str, SpanValue)>,
    /// Whether it failed.
    pub failed: bool,
    /// What failed in it.
    pub exception: Option<Exception>,
}

/// What a span stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Something inside of the generator.
    Internal,
    /// A request to somebody else.
    Client,
}

/// An error, as a span tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its type.
    pub kind: String,
    /// Its text.
    pub message: String,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum SpanValue {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
}

impl From<&str> for SpanValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for SpanValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for SpanValue {
    fn from(n: u64) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<f64> for SpanValue {
    fn from(n: f64) -> Self {
        Self::Float(n)
    }
}

impl From<bool> for SpanValue {
    fn from(is: bool) -> Self {
        Self::Bool(is)
    }
}
