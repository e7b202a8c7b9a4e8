//! Moments of a run that somebody has marked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units;

/// Marks that are kept; what comes then is counted.
const MOST: usize = 200;

/// Bytes of a mark's text.
const LONGEST: usize = 200;

/// A moment that somebody has marked: `deployed v2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Time since the test began, after the start delay.
    pub at: Duration,
    /// What was said of it: one line of at most 200 bytes.
    pub text: String,
}

impl Mark {
    /// What `text` says of the moment `at`; line breaks and other control characters
    /// become blanks.
    ///
    /// ```
    /// use mite_core::stats::Mark;
    /// use std::time::Duration;
    /// assert_eq!(Mark::new(Duration::ZERO, " deployed\nv2 ").text, "deployed v2");
    /// ```
    pub fn new(at: Duration, text: &str) -> Self {
        let text = text.trim().replace(char::is_control, " ");
        Self { at, text: units::within(&text, LONGEST).into_owned() }
    }
}

/// The marks of a run, in the order in which they became known: the first 200, and how
/// many more there were.
///
/// ```
/// use mite_core::stats::{Mark, Marks};
/// use std::time::Duration;
/// let mut marks = Marks::default();
/// (0..201).for_each(|n| marks.add(Mark::new(Duration::from_secs(n), "again")));
/// assert_eq!((marks.iter().count(), marks.more()), (200, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    kept: Vec<Mark>,
    more: u64,
}

impl Marks {
    /// Adds one.
    pub fn add(&mut self, mark: Mark) {
        match self.kept.len() < MOST {
            true => self.kept.push(mark),
            false => self.more += 1,
        }
    }

    /// Those that are kept.
    pub fn iter(&self) -> impl Iterator<Item = &Mark> {
        self.kept.iter()
    }

    /// How many came when no more were kept.
    pub fn more(&self) -> u64 {
        self.more
    }

    /// Adds those of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.kept.iter().for_each(|mark| self.add(mark.clone()));
        self.more += other.more;
    }

    /// What has come since they were `earlier`: those of the same source.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            kept: self.kept.iter().skip(earlier.kept.len()).cloned().collect(),
            more: self.more.saturating_sub(earlier.more),
        }
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.more = 0;
    }
}
