//! Where the results of a run go.

use std::path::{Path, PathBuf};

use mite_core::error::{Error, Result};
use mite_results::document::Reserved;

/// Where the results of a run go.
#[derive(Debug, Default)]
pub(crate) struct ResultsFiles {
    pub(super) json: Option<Reserved>,
    pub(super) html: Option<Reserved>,
    pub(super) csv: Option<Reserved>,
    pub(super) junit: Option<Reserved>,
    /// Of GitHub's step.
    pub(super) step_summary: Option<PathBuf>,
    /// Whether GitHub marks what standard output says of errors.
    pub(super) annotates: bool,
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

    pub(super) fn is_empty(&self) -> bool {
        let Self { json, html, csv, junit, step_summary, annotates } = self;
        let [json, html, csv, junit] = [json, html, csv, junit].map(Option::is_none);
        json && html && csv && junit && step_summary.is_none() && !annotates
    }
}
