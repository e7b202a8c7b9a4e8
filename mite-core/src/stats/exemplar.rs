//! Single attempts that are worth a look: the slowest, and those that failed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::phases::Phases;

/// A single attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exemplar {
    /// When it began, in seconds since 1970.
    pub at: f64,
    /// From its start to its end.
    pub total: Duration,
    /// From when it was meant to start to its end; none in a closed line.
    pub response: Option<Duration>,
    /// The response's status.
    pub status: Option<u16>,
    /// `ok`, or the kind of failure.
    pub outcome: String,
    /// Where the time went.
    pub phases: Phases,
    /// The arguments of the journey, without secrets.
    pub arguments: Option<String>,
    /// Why it failed.
    pub text: Option<String>,
    /// The trace of its journey, in hexadecimal digits, if that is sampled.
    #[serde(default)]
    pub trace: Option<String>,
}

/// What is known of an attempt that is kept; asked for only then.
#[derive(Clone, Debug, Default)]
pub struct ExemplarDetail {
    /// When it began, in seconds since 1970.
    pub at: f64,
    /// The arguments of the journey, without secrets.
    pub arguments: Option<String>,
    /// Why it failed.
    pub text: Option<String>,
    /// The trace of its journey, in hexadecimal digits, if that is sampled.
    pub trace: Option<String>,
}

/// How many are kept of each.
pub(super) const MOST: usize = 3;

/// The exemplars of a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exemplars {
    /// The slowest, the slowest first.
    pub slowest: Vec<Exemplar>,
    /// The first that failed.
    pub failed: Vec<Exemplar>,
    /// What the slowest until now took, the least first: one that is faster is none.
    #[serde(skip)]
    tops: [Duration; MOST],
    /// How many have failed until now.
    #[serde(skip)]
    failures: u64,
}

impl Exemplars {
    /// Whether an attempt is to be kept as one of the slowest.
    #[inline]
    pub(super) fn is_slow(&self, total: Duration) -> bool {
        total > self.tops[0]
    }

    /// Whether one that failed is to be kept.
    #[inline]
    pub(super) fn wants_failure(&self) -> bool {
        self.failures < MOST as u64
    }

    pub(super) fn add_slow(&mut self, exemplar: Exemplar) {
        self.tops[0] = exemplar.total;
        self.tops.sort_unstable();
        insert_slow(&mut self.slowest, exemplar);
    }

    pub(super) fn add_failure(&mut self, exemplar: Exemplar) {
        self.failures += 1;
        self.failed.push(exemplar);
    }

    /// Adds those of another. What comes twice is one.
    pub(super) fn merge(&mut self, other: &Self) {
        for exemplar in &other.slowest {
            if !self.slowest.contains(exemplar) {
                insert_slow(&mut self.slowest, exemplar.clone());
            }
        }
        for exemplar in &other.failed {
            if !self.failed.contains(exemplar) {
                self.failed.push(exemplar.clone());
            }
        }
        self.failed.sort_by(|a, b| a.at.total_cmp(&b.at));
        self.failed.truncate(MOST);
    }

    /// None; what has come until now still says what is slow.
    pub(super) fn clear(&mut self) {
        self.slowest.clear();
        self.failed.clear();
    }
}

fn insert_slow(slowest: &mut Vec<Exemplar>, exemplar: Exemplar) {
    let at = slowest.partition_point(|kept| kept.total >= exemplar.total);
    slowest.insert(at, exemplar);
    slowest.truncate(MOST);
}
