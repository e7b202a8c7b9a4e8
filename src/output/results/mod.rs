//! The results of a run as files: `--json`, `--html`, `--csv`, `--junit`, and the summary of a
//! step on GitHub.

use std::io;
use std::sync::Arc;

use mite_core::error::Result;
use mite_core::stats::{RunInfo, Snapshot, Summary};

mod detail;
mod document;
mod exemplars;
mod facts;
mod files;
mod host;
#[cfg_attr(not(feature = "web"), allow(dead_code, reason = "nobody asks then"))]
mod live;
mod processes;
mod searches;
mod series;
mod writing;

use super::Output;
use detail::Detail;
pub(crate) use facts::RunFacts;
#[cfg(any(feature = "web", feature = "http"))]
pub(crate) use facts::run_id;
pub(crate) use files::ResultsFiles;
pub(crate) use live::LiveRun;
use writing::Writing;

/// Follows a run, shows how it stands to who asks, and writes its results when it has ended.
pub(crate) struct ResultsOutput {
    files: ResultsFiles,
    facts: RunFacts,
    live: LiveRun,
    /// Whether somebody may ask.
    is_watched: bool,
}

impl ResultsOutput {
    /// One that shows how the run stands through clones of `live`, if there are any; `None`
    /// if nobody asks for anything.
    pub(crate) fn new(files: ResultsFiles, facts: RunFacts, live: Option<LiveRun>) -> Option<Self> {
        let is_watched = live.is_some();
        let live = live.unwrap_or_default();
        (is_watched || !files.is_empty()).then_some(Self { files, facts, live, is_watched })
    }
}

impl Output for ResultsOutput {
    fn name(&self) -> &'static str {
        "results"
    }

    fn keeps(&self) -> bool {
        true
    }

    fn start(&mut self, info: &RunInfo) -> Result {
        self.live.begin(info, &self.facts);
        Ok(())
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        self.live.follow(snapshot, &self.facts, self.is_watched);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let course = self.live.take_course();
        let mut document = document::of(summary, &self.facts, &course, &Detail::Whole);
        document.windows = document::windows(&document.series, course.history.columns());
        mite_results::compare::add_intervals(&mut document);
        document.sort();
        let mut writing = Writing::of(document, summary.verdict.clone());
        writing.write(std::mem::take(&mut self.files));
        if self.is_watched {
            self.live.end(&writing.document);
        }
        writing.finish()
    }
}

#[cfg(test)]
mod tests;
