//! The file of results that `--json` writes: its keys, and how it is read and
//! written.
//!
//! The format has a version of its own. Keys are added without a new version,
//! so a reader ignores those that it does not know; a key that goes or changes
//! its meaning raises the version. Units are in the keys: `_s` seconds with
//! microseconds as the finest step, `_bytes`, `_per_s`. A share is between 0
//! and 1. What has no value is null. The JSON Schema is
//! `docs/mite-run.schema.json`.

mod check;
mod failures;
mod generator;
mod line;
mod number;
mod part;
mod read;
mod run;
#[cfg(test)]
mod schema;
mod search;
mod series;
mod times;
mod verdict;
mod windows;
mod write;

use serde::{Deserialize, Serialize};

pub use check::Fault;
pub use failures::{Exemplar, ExemplarKind, Failure, Fields};
pub use generator::{Blocked, Generator, Process};
pub use line::{Line, Model, Phase, Pool};
pub use number::{Number, TEXT_LIMIT, Text};
pub use part::{Part, PartKind};
pub use read::ReadError;
pub use run::{Host, Run, Tool};
pub use search::{Search, SearchOutcome, SearchState, SearchStep};
pub use series::{Phases, Series, SeriesKind, Statistic, StatisticKind};
pub use times::{HdrError, PERCENTILES, Times};
pub use verdict::{EndedBy, Limit, Reason, Validity, Verdict};
pub use windows::{Hist, Measured, SeriesWindows, StatisticWindows, Windows};
pub use write::Reserved;

/// What `format` says.
pub const FORMAT: &str = "mite.run";

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// The results of one run.
///
/// ```
/// use mite_results::document::{Document, Reserved};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("mite-results-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("run.json");
/// let place = Reserved::take(&path)?; // before load
/// let mut document = Document::default();
/// document.run.test = "shop:rush_hour".into();
/// place.write(document)?; // after it
/// assert_eq!(&*Document::read(&path)?.run.test, "shop:rush_hour");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "Results of a run of mite"))]
pub struct Document {
    /// `mite.run`.
    pub format: String,
    /// The version of the format: 1.
    pub version: u32,
    /// What wrote the file.
    pub tool: Tool,
    /// What was run, when and where.
    pub run: Run,
    /// How it ended.
    pub verdict: Verdict,
    /// The lines of the scenario.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// Counts of the whole run.
    pub totals: Totals,
    /// What ended in each part of the run, in order.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Searches for the greatest rate that keeps limits.
    #[serde(default)]
    pub searches: Vec<Search>,
    /// Counts and times by journey, transaction and request, by `id`.
    pub series: Vec<Series>,
    /// The course of the run.
    #[serde(default)]
    pub windows: Windows,
    /// What happened when, in order.
    #[serde(default)]
    pub events: Vec<Event>,
    /// What went wrong, each distinct failure once, the most frequent first.
    #[serde(default)]
    pub failures: Vec<Failure>,
    /// The slowest and the failed requests of each transaction.
    #[serde(default)]
    pub exemplars: Vec<Exemplar>,
    /// Statistics that the test's own code kept.
    #[serde(default)]
    pub statistics: Vec<Statistic>,
    /// How the load generator itself fared.
    #[serde(default)]
    pub generator: Generator,
    /// What was left out to keep the file small.
    #[serde(default)]
    pub truncated: Truncated,
}

/// Counts of the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Totals {
    /// Requests that ended.
    pub requests: u64,
    /// Those of them that failed.
    pub failed_requests: u64,
    /// Transactions that ended.
    pub transactions: u64,
    /// Those of them that had an error.
    pub failed_transactions: u64,
    /// Executions of journeys.
    pub journeys: Journeys,
    /// Bytes received.
    pub received_bytes: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
}

/// Executions of journeys, by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Journeys {
    /// Begun.
    pub started: u64,
    /// Ended without an error.
    pub finished: u64,
    /// Ended with one, or with a panic.
    pub failed: u64,
    /// Dropped before they ended.
    pub cancelled: u64,
    /// Errors that they reported; a journey may report several.
    pub errors: u64,
}

/// Something that happened in the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Event {
    /// Seconds since the run began.
    pub t_s: Number,
    /// `phase`, `runner`, `network`, `blocked`, `pool`, `limit`, `mark`, `signal`; others may
    /// come.
    pub kind: Text,
    /// In words.
    pub text: Text,
    /// What a machine may want of it.
    #[serde(default)]
    pub data: Fields,
}

/// What was left out to keep the file small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Truncated {
    /// Series named `__overflow__`: each holds all that came when the table was full.
    pub series: u64,
    /// Series that are not listed: while a run goes on, those with the most time are.
    pub unlisted_series: u64,
    /// Series that have no windows.
    pub windows_of_series: u64,
    /// Distinct failures that are not listed.
    pub failures: u64,
    /// Events that are not listed.
    pub events: u64,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            tool: Tool::default(),
            run: Run::default(),
            verdict: Verdict::default(),
            lines: Vec::new(),
            totals: Totals::default(),
            parts: Vec::new(),
            searches: Vec::new(),
            series: Vec::new(),
            windows: Windows::default(),
            events: Vec::new(),
            failures: Vec::new(),
            exemplars: Vec::new(),
            statistics: Vec::new(),
            generator: Generator::default(),
            truncated: Truncated::default(),
        }
    }
}

impl Document {
    /// The row of all requests, or of all transactions if no request was made.
    pub fn total(&self) -> Option<&Series> {
        let of = |kind| self.series.iter().find(|s| s.kind == kind && s.count > 0);
        of(SeriesKind::AllRequests)
            .or_else(|| of(SeriesKind::AllTransactions))
            .or_else(|| of(SeriesKind::AllJourneys))
    }

    /// Puts everything into the order in which it is written, so that equal
    /// results make equal files.
    pub fn sort(&mut self) {
        self.lines.sort_by_key(|line| line.id);
        self.series.sort_by_key(|series| series.id);
        self.events.sort_by(|a, b| a.t_s.get().total_cmp(&b.t_s.get()));
        self.failures.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.order().cmp(&b.order())));
        self.exemplars.sort_by(|a, b| a.order().cmp(&b.order()));
        self.statistics.sort_by(|a, b| a.order().cmp(&b.order()));
        self.run.config_keys.sort();
    }
}
