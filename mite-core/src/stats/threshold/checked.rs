//! A threshold, and what it was held against.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::expression::{Subject, Threshold};
use super::quantity::{Unit, shown};
use crate::units;

/// A threshold, and what it was held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What was to hold.
    pub threshold: Threshold,
    /// What it came to, in the base of the threshold's unit: over the whole run, or
    /// in the worst stretch of one that must hold in each. `None` if there was
    /// nothing to measure, or if it falls on what got no response.
    pub value: Option<f64>,
    /// How many values it was made of.
    pub samples: u64,
    /// Of a limit on times, how many of those failed: requests without a response,
    /// transactions and journeys with an error.
    pub failed: u64,
    /// When the worst stretch ended.
    pub at: Option<Duration>,
    /// When it ended the run, if it did.
    pub aborted: Option<Duration>,
    /// Why there was nothing to measure.
    pub why: Option<String>,
    /// Whether it was kept.
    pub kept: bool,
}

impl Threshold {
    /// A value that it is held against, for people.
    pub(in crate::stats) fn shown(&self, value: Option<f64>) -> String {
        let value = value.filter(|value| value.is_finite());
        value.map_or("-".to_owned(), |value| shown(value, self.bound, self.unit))
    }
}

impl Checked {
    /// Its value for people; `no response` or `all failed` where the time has no end.
    pub fn shown_value(&self) -> String {
        match (self.value, &self.threshold.selection.subject) {
            (None, Subject::Named(_)) if self.failed > 0 => "no response".to_owned(),
            (None, _) if self.failed > 0 => "all failed".to_owned(),
            (value, _) => self.threshold.shown(value),
        }
    }

    /// What it came to.
    fn figure(&self) -> String {
        let Self { threshold, value, samples, failed, .. } = self;
        let (subject, all) = (&threshold.selection.subject, self.shown_samples());
        if value.is_some() {
            return format!("{} of {all}", self.shown_value());
        }
        match (subject, failed == samples) {
            (Subject::Named(_), true) => format!("none of {all} got a response"),
            (_, true) => format!("each of {all} failed"),
            (_, false) => {
                format!("{} of {all} is one of {failed} without a response", threshold.statistic)
            }
        }
    }

    /// How many values it was made of, for people.
    pub fn shown_samples(&self) -> String {
        units::count(self.samples, self.threshold.selection.subject.noun())
    }
}

/// What became of it, in a sentence.
impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { threshold, value, at, aborted, why, kept, .. } = self;
        if let Some(errors) = value.filter(|_| threshold.counts_errors()) {
            let side = if *kept { "within" } else { "above" };
            let errors = units::count(errors as u64, "error");
            write!(f, "{errors}, {side} the limit of {}", threshold.bound)?;
        } else if let Some(why) = why {
            write!(f, "limit `{threshold}` is not shown to be kept: {why}")?;
        } else {
            let state = if *kept { "kept" } else { "broken" };
            write!(f, "limit `{threshold}` {state}: {}", self.figure())?;
            if let (Some(over), Some(at)) = (threshold.over, at) {
                let until = units::clock(*at);
                write!(f, " in the worst {}, until {until}", units::long_time(over))?;
            }
        }
        match aborted {
            Some(at) => write!(f, "; it ended the run at {}", units::clock(*at)),
            None => Ok(()),
        }
    }
}

/// With times in seconds.
impl Serialize for Checked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            expression: String,
            unit: Unit,
            limit: f64,
            value: Option<f64>,
            samples: u64,
            failed: u64,
            worst_until_s: Option<f64>,
            aborted_s: Option<f64>,
            why: Option<&'a str>,
            ok: bool,
        }
        let Self { threshold, value, samples, failed, at, aborted, why, kept } = self;
        let base = |value: f64| if threshold.unit == Unit::Time { value / 1e9 } else { value };
        Shape {
            expression: threshold.to_string(),
            unit: threshold.unit,
            limit: base(threshold.bound),
            value: value.map(base),
            samples: *samples,
            failed: *failed,
            worst_until_s: at.map(|at| at.as_secs_f64()),
            aborted_s: aborted.map(|at| at.as_secs_f64()),
            why: why.as_deref(),
            ok: *kept,
        }
        .serialize(serializer)
    }
}
