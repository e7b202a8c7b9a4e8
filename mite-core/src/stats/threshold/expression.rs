//! What a threshold says: values, and how they are written.

use std::fmt;
use std::time::Duration;

use super::quantity::{self, Unit};

/// One limit on what a run measures. Read from its text by [`Threshold::parse`]; how
/// that is written is told in [`threshold`](super).
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// What is looked at.
    pub selection: Selection,
    /// Which figure of it.
    pub statistic: Statistic,
    /// How the figure and the bound must compare.
    pub comparison: Comparison,
    /// The bound, in the base of its unit: nanoseconds, a share from 0 to 1, a number
    /// (a second).
    pub bound: f64,
    /// What the bound was written in.
    pub unit: Unit,
    /// It must hold in every stretch of that length, not over the whole run.
    pub over: Option<Duration>,
    /// It ends the run when it is broken, from this time of the test on.
    pub abort: Option<Duration>,
    /// Its text.
    pub(super) text: String,
}

/// What is looked at: a series, or all series of a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Of what kind.
    pub subject: Subject,
    /// What their names must be; all of these hold.
    pub selectors: Vec<Selector>,
}

/// Of what kind the measured thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Failures that journeys reported: messages `error` and `exception`.
    Errors,
    /// Executions of journeys.
    Journeys,
    /// Transactions, without those around whole journeys.
    Transactions,
    /// Requests of a protocol, such as `http`.
    Named(String),
}

/// `key=pattern` or `key!=pattern`; a `*` in the pattern stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// What is compared, such as `transaction`.
    pub key: String,
    /// With what.
    pub pattern: String,
    /// Whether it must not match.
    pub negated: bool,
}

/// Which figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// What so many percent do not exceed.
    Percentile(f64),
    /// The mean.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The standard deviation.
    Deviation,
    /// How many.
    Count,
    /// How many a second, or which share.
    Rate,
    /// Those that failed: how many, how many a second, or which share.
    Failed,
    /// The sum of the values.
    Sum,
    /// The value that was set last.
    Last,
    /// The standard deviation of the rates of single seconds.
    RateDeviation,
}

/// How the figure and its bound must compare. The same for all figures; two values
/// are compared as they are, without rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Threshold {
    /// `statistic` of all of a subject may be at most `bound`: what the options of
    /// upstream's command line say.
    ///
    /// ```
    /// use mite_core::stats::{Statistic, Subject, Threshold, Unit};
    /// let http = Subject::Named("http".into());
    /// let limit = Threshold::at_most(http, Statistic::Percentile(99.0), 3e8, Unit::Time);
    /// assert_eq!(limit.to_string(), "http p99 <= 300ms");
    /// assert_eq!(limit, Threshold::parse("http p99 <= 300ms").unwrap());
    /// ```
    pub fn at_most(subject: Subject, statistic: Statistic, bound: f64, unit: Unit) -> Self {
        let selection = Selection { subject, selectors: Vec::new() };
        let comparison = Comparison::AtMost;
        let written = quantity::typed(bound, unit);
        let text = format!("{} {statistic} {comparison} {written}", selection.subject);
        Self { selection, statistic, comparison, bound, unit, over: None, abort: None, text }
    }

    /// With the limit that no error is allowed in front, unless one of them is about
    /// all errors.
    ///
    /// ```
    /// use mite_core::stats::Threshold;
    /// let limits = |text| Threshold::complete(vec![Threshold::parse(text).unwrap()]);
    /// assert_eq!(limits("http p99 < 1s")[0].to_string(), "errors count <= 0");
    /// assert_eq!(limits("errors rate < 1%").len(), 1);
    /// assert_eq!(limits("errors rate {journey=shop:buy} < 1%").len(), 2);
    /// ```
    pub fn complete(mut thresholds: Vec<Self>) -> Vec<Self> {
        let all_errors = Selection { subject: Subject::Errors, selectors: Vec::new() };
        if !thresholds.iter().any(|threshold| threshold.selection == all_errors) {
            let none = Self::at_most(Subject::Errors, Statistic::Count, 0.0, Unit::Number);
            thresholds.insert(0, none);
        }
        thresholds
    }

    /// Whether it says how many errors there may be at most in the whole run.
    pub fn counts_errors(&self) -> bool {
        self.selection.subject == Subject::Errors
            && self.selection.selectors.is_empty()
            && self.statistic == Statistic::Count
            && self.comparison == Comparison::AtMost
            && self.over.is_none()
    }

    /// Whether `value` keeps it; a time without an end keeps none.
    pub(in crate::stats) fn keeps(&self, value: f64) -> bool {
        value.is_finite() && self.comparison.holds(value, self.bound)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Selection {
    /// Whether it is of response times alone.
    pub(super) fn wants_response(&self) -> bool {
        self.selectors.iter().any(|s| s.key == "time" && s.pattern == "response")
    }
}

impl Subject {
    /// What one of them is called.
    pub(super) fn noun(&self) -> &str {
        match self {
            Self::Errors | Self::Journeys => "journey",
            Self::Transactions => "transaction",
            Self::Named(_) => "sample",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Errors => "errors",
            Self::Journeys => "journeys",
            Self::Transactions => "transactions",
            Self::Named(name) => name,
        })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, pattern, negated } = self;
        write!(f, "{key}{}{pattern:?}", if *negated { "!=" } else { "=" })
    }
}

impl Selector {
    /// Whether a name passes.
    pub(crate) fn passes(&self, name: &str) -> bool {
        matches(&self.pattern, name) != self.negated
    }
}

/// Whether `text` is what `pattern` says; `*` is any text, also none.
fn matches(pattern: &str, text: &str) -> bool {
    if pattern == text {
        return true;
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return false };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl Statistic {
    /// Whether it is a figure of how long things took.
    pub(super) fn is_of_times(self) -> bool {
        matches!(self, Self::Percentile(_) | Self::Mean | Self::Min | Self::Max | Self::Deviation)
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile(p) => write!(f, "p{p}"),
            Self::Mean => f.write_str("mean"),
            Self::Min => f.write_str("min"),
            Self::Max => f.write_str("max"),
            Self::Deviation => f.write_str("stddev"),
            Self::Count => f.write_str("count"),
            Self::Rate => f.write_str("rate"),
            Self::Failed => f.write_str("failed"),
            Self::Sum => f.write_str("sum"),
            Self::Last => f.write_str("last"),
            Self::RateDeviation => f.write_str("rate_stddev"),
        }
    }
}

impl Comparison {
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
            Self::Equal => value == bound,
            Self::Unequal => value != bound,
        }
    }

    /// Whether of two values the first is further from being kept.
    pub(super) fn is_worse(self, one: f64, other: f64) -> bool {
        match self {
            Self::Below | Self::AtMost => one > other,
            Self::Above | Self::AtLeast => one < other,
            Self::Equal | Self::Unequal => false,
        }
    }

    /// Whether more of what is counted can only make it worse.
    pub(super) fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::Unequal => "!=",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, yes, no) in [
            ("Log in", "Log in", "Log in "),
            ("Log*", "Log in", "log in"),
            ("*in", "Log in", "Log in 2"),
            ("GET */users/*", "GET /api/users/7", "GET /users"),
            ("5*", "503", "404"),
            ("*a*a*", "banana", "bang"),
            ("a*a", "aba", "a"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
        assert!(matches("*", "") && matches("*", "anything"));
        // What has a star in its name is still itself.
        assert!(matches("2 * 3", "2 * 3"));
    }
}
