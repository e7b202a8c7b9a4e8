//! The results of a run as files: `--json`, `--html`, `--csv`, `--junit`, and the summary of a
//! step on GitHub.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mite_core::error::{Error, Result};
use mite_core::stats::{Snapshot, Summary};
use mite_results::document::{Document, Reserved};
use mite_results::export::{self, Format};
use mite_results::page;

mod detail;
mod document;
mod exemplars;
mod facts;
mod host;
#[cfg_attr(not(feature = "web"), allow(dead_code, reason = "nobody asks then"))]
mod live;
mod searches;
mod series;

use super::Output;
use crate::terminal::console;
use detail::Detail;
pub(crate) use facts::RunFacts;
#[cfg(any(feature = "web", feature = "http"))]
pub(crate) use facts::run_id;
pub(crate) use live::LiveRun;

/// Where the results of a run go.
#[derive(Debug, Default)]
pub(crate) struct ResultsFiles {
    json: Option<Reserved>,
    html: Option<Reserved>,
    csv: Option<Reserved>,
    junit: Option<Reserved>,
    /// Of GitHub's step.
    step_summary: Option<PathBuf>,
    /// Whether GitHub marks what standard output says of errors.
    annotates: bool,
}

impl ResultsFiles {
    /// Takes the places of the files.
    ///
    /// # Errors
    /// If a file cannot be made there; the text names the option.
    pub(crate) fn take(
        json: Option<&Path>,
        html: Option<&Path>,
        csv: Option<&Path>,
        junit: Option<&Path>,
    ) -> Result<Self> {
        let take = |option: &str, path: Option<&Path>| match path.map(Reserved::take) {
            None => Ok(None),
            Some(Ok(place)) => Ok(Some(place)),
            Some(Err(e)) => Err(Error::new(format!("{option}: {e}"))),
        };
        Ok(Self {
            json: take("--json", json)?,
            html: take("--html", html)?,
            csv: take("--csv", csv)?,
            junit: take("--junit", junit)?,
            step_summary: None,
            annotates: false,
        })
    }

    /// Adds what GitHub asks for in its variables.
    ///
    /// # Errors
    /// If the file of the step's summary cannot be written.
    pub(crate) fn with_github(
        self,
        step_summary: Option<PathBuf>,
        annotates: bool,
    ) -> Result<Self> {
        let step_summary = step_summary.filter(|path| !path.as_os_str().is_empty());
        if let Some(path) = &step_summary {
            // Appended to at the end; what others write there stays.
            let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
            opened.map_err(|e| {
                let path = path.display();
                Error::new(format!("GITHUB_STEP_SUMMARY: {path} cannot be written: {e}"))
            })?;
        }
        Ok(Self { step_summary, annotates, ..self })
    }

    fn is_empty(&self) -> bool {
        let Self { json, html, csv, junit, step_summary, annotates } = self;
        let [json, html, csv, junit] = [json, html, csv, junit].map(Option::is_none);
        json && html && csv && junit && step_summary.is_none() && !annotates
    }
}

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
        if self.is_watched {
            self.live.end(&document);
        }
        write(std::mem::take(&mut self.files), document)
    }
}

/// Writes all that can be written; what cannot is said together.
fn write(files: ResultsFiles, document: Document) -> io::Result<()> {
    let ResultsFiles { json, html, csv, junit, step_summary, annotates } = files;
    let mut failed = Vec::new();
    let mut note = |done: io::Result<()>| failed.extend(done.err().map(|e| e.to_string()));
    for (place, format) in [(csv, Format::Csv), (junit, Format::Junit)] {
        let Some(place) = place else { continue };
        let bytes = export::export(&document, format).map_err(io::Error::other);
        note(bytes.and_then(|bytes| place.write_bytes(&bytes)));
    }
    if let Some(place) = html {
        note(place.write_bytes(page::report(&document).as_bytes()));
    }
    if let Some(path) = step_summary {
        note(export::append_step_summary(&path, &document));
    }
    if annotates {
        let text = export::annotations(&document);
        note(console::print(text.trim_end()).and_then(|()| console::written()));
    }
    if let Some(place) = json {
        note(place.write(document));
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(io::Error::other(failed.join("; "))),
    }
}

#[cfg(test)]
mod tests;
