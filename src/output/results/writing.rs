//! The files of a run that has ended. What could not be written is a part of the verdict in
//! all that is written after it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mite_core::stats::{Finding, Verdict};
use mite_results::document::Document;
use mite_results::export::{self, Format};
use mite_results::page;

use super::document;
use super::files::ResultsFiles;
use crate::terminal::console;

/// The results, and what of them could not be written until now.
pub(super) struct Writing {
    pub(super) document: Document,
    verdict: Verdict,
    failed: Vec<String>,
}

impl Writing {
    pub(super) fn of(document: Document, verdict: Verdict) -> Self {
        Self { document, verdict, failed: Vec::new() }
    }

    /// Writes all that can be written.
    pub(super) fn write(&mut self, files: ResultsFiles) {
        let ResultsFiles { json, html, csv, junit, step_summary, annotates } = files;
        // First: all else can be made from it.
        if let Some(place) = json {
            self.step("--json", |document| place.write(document.clone()));
        }
        for (place, format, option) in
            [(csv, Format::Csv, "--csv"), (junit, Format::Junit, "--junit")]
        {
            let Some(place) = place else { continue };
            self.step(option, |document| {
                let bytes = export::export(document, format).map_err(io::Error::other);
                bytes.and_then(|bytes| place.write_bytes(&bytes))
            });
        }
        if let Some(place) = html {
            self.step("--html", |document| place.write_bytes(page::report(document).as_bytes()));
        }
        if let Some(path) = step_summary {
            self.step("GITHUB_STEP_SUMMARY", |document| {
                export::append_step_summary(&path, document)
            });
        }
        if annotates {
            self.step("annotations", |document| {
                let text = export::annotations(document);
                console::print(text.trim_end()).and_then(|()| console::written())
            });
        }
    }

    /// Writes one of them; a panic costs that one alone.
    pub(super) fn step(&mut self, what: &str, write: impl FnOnce(&Document) -> io::Result<()>) {
        let why = match catch_unwind(AssertUnwindSafe(|| write(&self.document))) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("{what}: it panicked while it was made, which is a defect of mite"),
        };
        self.failed.push(why.clone());
        self.verdict.add(Finding::ResultsUnwritten { output: "results".to_owned(), why });
        self.document.verdict = document::verdict(&self.verdict);
    }

    /// What could not be written, together.
    pub(super) fn finish(self) -> io::Result<()> {
        match self.failed.is_empty() {
            true => Ok(()),
            false => Err(io::Error::other(self.failed.join("; "))),
        }
    }
}
