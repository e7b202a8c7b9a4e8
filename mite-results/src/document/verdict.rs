//! How a run ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Number, Text};

/// How a run ended, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdict {
    /// Whether the exit code is 0.
    pub passed: bool,
    /// 0 passed, 1 a limit was exceeded, 2 usage, 3 invalid, 4 something was
    /// lost, 128 + n ended by signal n.
    pub exit_code: u8,
    /// What ended the run.
    #[serde(default)]
    pub ended_by: EndedBy,
    /// Whether the load generator kept its own schedule.
    pub validity: Validity,
    /// Why it is not valid, and why it did not pass if no limit says so.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// What else there is to know: none of it made the run fail.
    #[serde(default)]
    pub notes: Vec<Reason>,
    /// Every limit that was judged, met or not.
    #[serde(default)]
    pub limits: Vec<Limit>,
}

/// What ended a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// Its plan.
    #[default]
    Plan,
    /// A signal, such as that of Ctrl-C.
    Signal,
    /// A limit that ends the run when it is exceeded.
    Limit,
    /// A fault of the tool or of its surroundings.
    Fault,
    /// Nothing yet: it goes on, and these are its results as they stand.
    Running,
    /// Something that a later version knows.
    #[serde(other)]
    Other,
}

/// Whether the figures can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// They can.
    #[default]
    Valid,
    /// With care: see the reasons.
    Suspect,
    /// They cannot: the load generator did not do what it was asked to.
    Invalid,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}

/// Why a run is not valid, or did not pass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reason {
    /// For machines, as `schedule_lag`.
    pub code: Text,
    /// What was measured.
    #[serde(default)]
    pub value: Option<Number>,
    /// What it should have stayed within.
    #[serde(default)]
    pub limit: Option<Number>,
    /// The unit of both: `s`, `share`, `count`, `bytes`.
    #[serde(default)]
    pub unit: Option<Text>,
    /// For people, with what to do about it.
    pub text: Text,
}

impl Limit {
    /// What stands for the value where there is none.
    ///
    /// ```
    /// use mite_results::document::Limit;
    /// let limit = |expression: &str, samples| {
    ///     let expression = expression.into();
    ///     Limit { expression, samples, failed: samples, ..Limit::default() }.without_value()
    /// };
    /// assert_eq!(limit("http p99 < 300ms", 0), "no samples");
    /// assert_eq!(limit("http p99 < 300ms", 7), "no response");
    /// assert_eq!(limit("journeys p99 < 300ms", 7), "all failed");
    /// ```
    pub fn without_value(&self) -> &'static str {
        let of_journeys = ["transactions", "journeys"].iter();
        match (self.failed, of_journeys.clone().any(|what| self.expression.starts_with(what))) {
            (0, _) => "no samples",
            (_, true) => "all failed",
            (_, false) => "no response",
        }
    }
}

/// A limit and what was measured against it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Limit {
    /// As it was written, such as `http p99 < 300ms`.
    pub expression: Text,
    /// What it is limited to, as `{"transaction": "pay"}`.
    #[serde(default)]
    pub scope: BTreeMap<String, Text>,
    /// What was measured; null without a sample, and where the time falls on a request
    /// without a response.
    pub value: Option<Number>,
    /// The bound.
    pub limit: Number,
    /// The unit of both: `s`, `share`, `count`, `per_s`.
    #[serde(default)]
    pub unit: Option<Text>,
    /// Samples behind the value.
    pub samples: u64,
    /// Of a limit on times, how many of those failed: requests without a response,
    /// transactions and journeys with an error.
    #[serde(default)]
    pub failed: u64,
    /// Whether it is met. Without a sample it is not.
    pub ok: bool,
}
