//! What went wrong, and single requests worth a look.

use serde::{Deserialize, Serialize};

use super::{Number, Phases, Text};

/// Fields of a message, as JSON.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// A distinct failure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failure {
    /// How often it came.
    pub count: u64,
    /// `error`, `exception` or `panic`.
    pub kind: Text,
    /// The type of the error.
    #[serde(rename = "type", default)]
    pub type_name: Option<Text>,
    /// Its text.
    pub text: Text,
    /// The journey.
    #[serde(default)]
    pub journey: Option<Text>,
    /// The transaction.
    #[serde(default)]
    pub transaction: Option<Text>,
    /// The source line, as `src/buy.rs:41`.
    #[serde(default)]
    pub location: Option<Text>,
    /// When it first came, in seconds since the run began.
    #[serde(default)]
    pub first_s: Option<Number>,
    /// When it last came.
    #[serde(default)]
    pub last_s: Option<Number>,
    /// Fields of the first one, after redaction.
    #[serde(default)]
    pub example: Fields,
}

impl Failure {
    pub(super) fn order(&self) -> impl Ord + '_ {
        (&self.journey, &self.transaction, &self.text, &self.location)
    }
}

/// Why a request is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExemplarKind {
    /// It was among the slowest of its transaction.
    #[default]
    Slowest,
    /// It was among the first that got no response, or one of 400 and above.
    Failed,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}

/// A single request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Exemplar {
    /// Why it is shown.
    pub kind: ExemplarKind,
    /// When it began, in seconds since the run did.
    pub t_s: Number,
    /// The journey.
    pub journey: Text,
    /// The transaction.
    #[serde(default)]
    pub transaction: Option<Text>,
    /// The request's name.
    pub name: Text,
    /// Its method.
    #[serde(default)]
    pub method: Option<Text>,
    /// The status of the response.
    #[serde(default)]
    pub code: Option<u16>,
    /// `ok`, or the kind of the error.
    pub outcome: Text,
    /// From its start to its end.
    pub service_s: Number,
    /// From when it was due to its end; null in a closed model.
    #[serde(default)]
    pub response_s: Option<Number>,
    /// Where the time went.
    #[serde(default)]
    pub phases: Option<Phases<Number>>,
    /// Arguments of the journey, after redaction.
    #[serde(default)]
    pub arguments: Option<Text>,
    /// The text of the error.
    #[serde(default)]
    pub text: Option<Text>,
    /// The trace of its journey, in hexadecimal digits, if that was sampled.
    #[serde(default)]
    pub trace_id: Option<Text>,
}

impl Exemplar {
    /// By transaction, then the slowest first.
    pub(super) fn order(&self) -> impl Ord + '_ {
        let micros = (self.service_s.get() * 1e6) as i64;
        (&self.journey, &self.transaction, self.kind, -micros, &self.name)
    }
}
