//! The words of thresholds, and which go together.

use super::expression::{Selector, Statistic, Subject, Threshold};
use super::quantity::Unit;
use crate::spec::{edits, nearest};
use crate::stats::LIMITED;

/// Words that every binary knows; all others are protocols and statistics of one's own.
const SUBJECTS: [&str; 4] = ["http", "errors", "journeys", "transactions"];

/// Names of statistics, as they are told; `p99` stands for any percentile.
const STATISTICS: [&str; 13] = [
    "p99",
    "mean",
    "median",
    "min",
    "max",
    "stddev",
    "count",
    "rate",
    "failed",
    "sum",
    "last",
    "rate_stddev",
    "avg",
];

/// What requests can be selected by.
const REQUEST_KEYS: [&str; 6] = ["journey", "transaction", "name", "method", "status", "time"];

/// Advice to write another word.
pub(super) fn meant(word: Option<&str>) -> String {
    word.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

/// What a subject that is nearly a known one was meant to be.
pub(super) fn misspelt(word: &str) -> Option<&'static str> {
    match word {
        _ if SUBJECTS.contains(&word) => None,
        "request" | "requests" | "http_reqs" | "http_req_duration" | "http_req_failed" => {
            Some("http")
        }
        "iterations" => Some("journeys"),
        _ => {
            let plain = word.to_lowercase();
            SUBJECTS.into_iter().find(|known| edits(&plain, known) <= 1)
        }
    }
}

pub(super) fn no_such_statistic(word: &str, subject: &Subject) -> String {
    let near = match word.strip_prefix('p') {
        // `pp99`, `p99th`: a percentile was meant.
        Some(rest) if rest.contains(|c: char| c.is_ascii_digit()) => Some("p99"),
        _ => nearest(word, STATISTICS),
    };
    format!(
        "there is no statistic `{word}`{}; {subject} have {}",
        meant(near),
        known_of(subject).join(", ")
    )
}

pub(super) fn fits(statistic: Statistic, subject: &Subject) -> bool {
    use Statistic as S;
    match subject {
        Subject::Errors => matches!(statistic, S::Count | S::Rate | S::RateDeviation),
        Subject::Journeys | Subject::Transactions => !matches!(statistic, S::Sum | S::Last),
        Subject::Named(name) if name == "http" => !matches!(statistic, S::Sum | S::Last),
        Subject::Named(_) => true,
    }
}

pub(super) fn known_of(subject: &Subject) -> Vec<&'static str> {
    let known = |name: &&str| match *name {
        "p99" | "mean" | "median" | "min" | "max" | "stddev" => *subject != Subject::Errors,
        "failed" => *subject != Subject::Errors,
        "sum" | "last" => matches!(subject, Subject::Named(name) if name != "http"),
        "avg" => false,
        _ => true,
    };
    STATISTICS.into_iter().filter(known).collect()
}

/// Why a selector cannot select of a subject.
pub(super) fn check_key(
    subject: &Subject,
    statistic: Statistic,
    selector: &Selector,
) -> Result<(), String> {
    let Selector { key, pattern, negated } = selector;
    let key = key.as_str();
    let known: &[&str] = match subject {
        Subject::Errors => &["journey", "transaction"],
        Subject::Transactions => &["journey", "transaction", "time"],
        Subject::Journeys => &["journey", "time"],
        Subject::Named(name) if name == "http" => &REQUEST_KEYS,
        // Labels of a statistic of one's own may have any name.
        Subject::Named(_) => return Ok(()),
    };
    // Tags may have any name; which are told apart is known when the run begins.
    let may_be_tag =
        matches!(subject, Subject::Named(_)) && nearest(key, known.iter().copied()).is_none();
    if !known.contains(&key) && !may_be_tag {
        return Err(format!(
            "{subject} cannot be selected by `{key}`{}; they have {}",
            meant(nearest(key, known.iter().copied())),
            known.join(", ")
        ));
    }
    if key == "time" {
        return check_time(statistic, pattern, *negated);
    }
    match key == "status" && !matches!(statistic, Statistic::Count | Statistic::Rate) {
        true => Err(format!("{statistic} is not kept for each status; count and rate are")),
        false => Ok(()),
    }
}

/// Why `time` cannot say which time is meant.
fn check_time(statistic: Statistic, which: &str, negated: bool) -> Result<(), String> {
    if !statistic.is_of_times() {
        return Err(format!(
            "{statistic} is no time: `time` says which time p99, mean and such are of"
        ));
    }
    match (which, negated) {
        ("response" | "service", false) => Ok(()),
        (_, true) => Err("write time=response or time=service".to_owned()),
        (other, false) => Err(format!(
            "there is no time `{other}`{}; there are response and service",
            meant(nearest(other, ["response", "service"]))
        )),
    }
}

impl Threshold {
    /// The tags of requests that it selects by, which must be told apart for that.
    ///
    /// ```
    /// use mite_core::stats::Threshold;
    /// let limit = Threshold::parse("http p99 {region=eu, method=GET} < 300ms").unwrap();
    /// assert_eq!(limit.tags().collect::<Vec<_>>(), ["region"]);
    /// ```
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let http = self.selection.subject == Subject::Named(LIMITED.to_owned());
        let keys = self.selection.selectors.iter().map(|selector| selector.key.as_str());
        keys.filter(move |key| http && !is_key(key))
    }
}

/// Whether requests are told apart by that without being asked to.
fn is_key(key: &str) -> bool {
    REQUEST_KEYS.contains(&key) || ["protocol", "time"].contains(&key)
}

/// Why a bound, as it is `written`, cannot be one of a figure.
pub(super) fn check_unit(
    subject: &Subject,
    statistic: Statistic,
    by_status: bool,
    unit: Unit,
    written: &str,
) -> Result<(), String> {
    let own = matches!(subject, Subject::Named(name) if name != "http");
    let what = match statistic {
        Statistic::Percentile(_)
        | Statistic::Mean
        | Statistic::Min
        | Statistic::Max
        | Statistic::Deviation => match unit {
            Unit::Time => return Ok(()),
            // Whether it is a protocol shows when it comes.
            Unit::Number if own => return Ok(()),
            Unit::Number => format!(
                "{statistic} of {subject} is a time, and {written} has no unit; write ns, us, ms, s, m or h behind it"
            ),
            Unit::Share | Unit::PerSecond => {
                format!("{statistic} of {subject} is a time; {written} is none, write it as 300ms")
            }
        },
        Statistic::Count | Statistic::Sum | Statistic::Last => match unit {
            Unit::Number => return Ok(()),
            _ => format!("{statistic} is a number without a unit; {written} has one"),
        },
        Statistic::RateDeviation => match unit {
            Unit::PerSecond => return Ok(()),
            _ => format!("rate_stddev is a number a second, such as 5/s; {written} is none"),
        },
        Statistic::Failed => match unit {
            Unit::Time => format!(
                "failed is a share, a number, or a number a second, such as 1%, 10 or 5/s; {written} is a time"
            ),
            _ => return Ok(()),
        },
        Statistic::Rate => match unit {
            Unit::PerSecond => return Ok(()),
            Unit::Share if by_status || *subject == Subject::Errors => return Ok(()),
            Unit::Share => format!(
                "a rate of {subject} is a number a second, such as 480/s; the share that failed is `{subject} failed`"
            ),
            Unit::Number => {
                format!("a rate is a number a second or a share: write {written}/s or {written}%")
            }
            Unit::Time => {
                format!("a rate is a number a second, such as 480/s; {written} is a time")
            }
        },
    };
    Err(what)
}
