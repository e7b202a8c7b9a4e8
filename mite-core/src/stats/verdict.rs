//! Whether a run passed, and why not: the one place where that is decided.

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;

use super::findings::{Finding, Weight};
use crate::units;

/// Limits of a run. One rule for all: a value above its limit fails, and so does
/// a limit on something of which there was nothing.
///
/// ```
/// use mite_core::stats::{Board, RunOutcome, RunStatus, Thresholds, judge};
/// let summary = Board::default().summary(RunStatus::default());
/// assert_eq!(judge(&Thresholds::default(), &summary).outcome, RunOutcome::Passed);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Thresholds {
    /// Messages of type `error` and `exception`; the default 0 means that any
    /// error fails.
    pub errors: u64,
    /// The longest response time.
    pub max_response_time: Option<Duration>,
    /// The mean response time.
    pub mean_response_time: Option<Duration>,
    /// The standard deviation of response times.
    pub deviation_of_response_time: Option<Duration>,
    /// The standard deviation of requests a second, over windows of a second.
    pub deviation_of_request_rate: Option<f64>,
    /// Percentiles of response times, each with its limit; percentiles without
    /// one are for showing only.
    pub percentiles: Vec<(f64, Option<Duration>)>,
}

/// Whether a run passed, and why not. Made once, at its end, by [`judge`](super::judge);
/// whatever shows it, and the exit code, go by this value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// How it ended, in a word.
    pub outcome: RunOutcome,
    /// Every limit that there was, kept or not.
    pub limits: Vec<Checked>,
    /// What people should know, in the order in which it is told.
    pub findings: Vec<Finding>,
}

/// How a run ended. Its number is the exit code of the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It kept its limits, and nothing failed it.
    #[default]
    Passed,
    /// A limit was not kept, or something failed the run whatever its limits are.
    Failed,
    /// Something that it stands on was lost: a disk with room on it, records.
    Lost,
    /// A signal, whose number this is, ended it before its planned end.
    Cut(u8),
}

/// One limit, and what it was held against.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// What is limited.
    pub measure: Measure,
    /// What it may be at most; times are in milliseconds.
    pub limit: f64,
    /// What it was; `None` if there was nothing to measure.
    pub value: Option<f64>,
}

/// What can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How many errors there were.
    Errors,
    /// The longest response time.
    MaxResponseTime,
    /// The mean response time.
    MeanResponseTime,
    /// The standard deviation of response times.
    DeviationOfResponseTime,
    /// The response time that so many percent of requests did not exceed.
    ResponseTimeAt(f64),
    /// The standard deviation of requests a second.
    DeviationOfRequestRate,
}

impl RunOutcome {
    /// The exit code that says it: 0, 1, 4, and 128 and the signal.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Lost => 4,
            Self::Cut(signal) => 128 + signal,
        }
    }
}

impl From<&Verdict> for ExitCode {
    fn from(verdict: &Verdict) -> Self {
        verdict.outcome.code().into()
    }
}

impl Verdict {
    /// Whether the run passed.
    pub fn passed(&self) -> bool {
        self.outcome == RunOutcome::Passed
    }

    /// Adds what was found after it was made: an output that could not finish.
    pub fn add(&mut self, finding: Finding) {
        self.outcome = match (self.outcome, finding.weight()) {
            (RunOutcome::Lost, _) | (_, Weight::Lost) => RunOutcome::Lost,
            (RunOutcome::Passed, Weight::Fails) => RunOutcome::Failed,
            (outcome, _) => outcome,
        };
        self.findings.push(finding);
    }

    /// What made the run fail, in words; nothing if it passed.
    pub fn reasons(&self) -> Vec<String> {
        let of = |weight| self.findings.iter().filter(move |f| f.weight() == weight);
        let limits = self.limits.iter().filter(|checked| !checked.kept());
        of(Weight::Fails)
            .map(Finding::to_string)
            .chain(limits.map(Checked::to_string))
            .chain(of(Weight::Lost).map(Finding::to_string))
            .collect()
    }

    /// What people should know that did not make the run fail.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.weight() == Weight::Note)
    }
}

impl Checked {
    /// Whether the limit was kept.
    pub fn kept(&self) -> bool {
        self.value.is_some_and(|value| value <= self.limit)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errors => f.write_str("errors"),
            Self::MaxResponseTime => f.write_str("longest response time"),
            Self::MeanResponseTime => f.write_str("mean response time"),
            Self::DeviationOfResponseTime => f.write_str("standard deviation of response times"),
            Self::ResponseTimeAt(p) => write!(f, "response time at {p} %"),
            Self::DeviationOfRequestRate => {
                f.write_str("standard deviation of requests per second")
            }
        }
    }
}

/// With as many digits of times as there are, so that a value just above its limit
/// does not look equal to it.
impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measure, limit, .. } = self;
        let unit = match measure {
            Measure::Errors | Measure::DeviationOfRequestRate => "",
            _ => " ms",
        };
        let Some(value) = self.value else {
            return write!(
                f,
                "{measure}: no request was made, so that its limit of {limit}{unit} is not shown to be kept"
            );
        };
        let side = if self.kept() { "within" } else { "above" };
        match measure {
            Measure::Errors => {
                write!(f, "{}, {side} the limit of {limit}", units::count(value as u64, "error"))
            }
            Measure::DeviationOfRequestRate => {
                write!(f, "{measure} {value:.2}, {side} the limit of {limit}")
            }
            _ => write!(f, "{measure} {value} ms, {side} the limit of {limit} ms"),
        }
    }
}
