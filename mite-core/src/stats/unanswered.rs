//! Code of the test's own that did not answer.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units;

/// Code of the test's own that is asked something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Culprit {
    /// A volume model.
    VolumeModel {
        /// Of which line of the scenario, from 1.
        line: u32,
        /// The journey of that line.
        journey: String,
    },
    /// The check-out of a data pool.
    Checkout {
        /// Its name.
        pool: String,
    },
    /// The check-in of a data pool.
    Checkin {
        /// Its name.
        pool: String,
    },
}

/// What it failed to answer, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Unanswered {
    /// It exceeded its time limit; the run went on without an answer.
    Overdue {
        /// What.
        culprit: Culprit,
        /// The time since it was asked, when that was noticed.
        after: Duration,
    },
    /// It had never answered when the run ended.
    Never {
        /// What.
        culprit: Culprit,
    },
    /// Items had not gone back to their pool when the run ended.
    NotCheckedIn {
        /// Its name.
        pool: String,
        /// How many.
        items: u64,
    },
    /// A volume model did not answer before windows were over: their arrivals are unknown.
    Unscheduled {
        /// Of which line of the scenario, from 1.
        line: u32,
        /// The journey of that line.
        journey: String,
        /// How many windows.
        windows: u64,
    },
    /// A volume model answered after its windows had begun: the line kept its last volume.
    Late {
        /// Of which line of the scenario, from 1.
        line: u32,
        /// The journey of that line.
        journey: String,
        /// How many windows.
        windows: u64,
    },
}

impl Unanswered {
    /// Whether the run fails with it.
    pub(super) fn fails(&self) -> bool {
        !matches!(self, Self::Late { .. })
    }

    /// What to do about it.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Overdue { culprit, .. } | Self::Never { culprit } => match culprit {
                Culprit::VolumeModel { .. } => "a model should compute, not wait",
                Culprit::Checkout { .. } => {
                    "return `Checkout::Later` where there is nothing yet, and put a timeout on what it waits for"
                }
                Culprit::Checkin { .. } => "put a timeout on what it waits for",
            },
            Self::NotCheckedIn { .. } => "put a timeout on what its check-in waits for",
            Self::Late { .. } | Self::Unscheduled { .. } => "a model should compute, not wait",
        }
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VolumeModel { line, journey } => {
                write!(f, "volume model of line {line} ({journey})")
            }
            Self::Checkout { pool } => write!(f, "check-out of data pool `{pool}`"),
            Self::Checkin { pool } => write!(f, "check-in of data pool `{pool}`"),
        }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdue { culprit, after } => {
                write!(f, "{culprit} has not answered for {} s", after.as_secs())?;
                match culprit {
                    Culprit::VolumeModel { .. } => f.write_str(", so the line keeps its volume"),
                    _ => Ok(()),
                }
            }
            Self::Never { culprit } => write!(f, "{culprit} never answered, so nothing of it ran"),
            Self::NotCheckedIn { pool, items } => write!(
                f,
                "{} not checked in to data pool `{pool}`, which did not answer before the end",
                units::count(*items, "item")
            ),
            Self::Unscheduled { line, journey, windows } => write!(
                f,
                "volume model of line {line} ({journey}) did not answer for {}, so nobody knows which arrivals they had, and none started",
                units::count(*windows, "window")
            ),
            Self::Late { line, journey, windows } => write!(
                f,
                "volume model of line {line} ({journey}) answered too late for {}, so the line kept the volume that it had",
                units::count(*windows, "window")
            ),
        }
    }
}
