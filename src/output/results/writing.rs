//! The files of a run that has ended. What could not be written is a part of the verdict in
//! all of them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mite_core::stats::{Finding, Verdict};
use mite_results::document::{Document, Reserved};
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
        // First the one that all others can be made from.
        let places =
            [(File::Json, json), (File::Csv, csv), (File::Junit, junit), (File::Html, html)];
        let places = places.into_iter().filter_map(|(file, place)| Some((file, place?)));
        let (files, streams): (Vec<_>, Vec<_>) = places.partition(|(_, place)| place.is_file());
        let mut written = Vec::new();
        for (file, place) in files {
            let path = place.path().to_owned();
            if self.step(file.option(), |document| file.write(place, document)) {
                written.push((file, path, self.failed.len()));
            }
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
        // What goes through a pipe cannot be taken back: it comes when the rest is known.
        for (file, place) in streams {
            self.step(file.option(), |document| file.write(place, document));
        }
        // Those that do not say yet what could not be written after them.
        for (file, path, known) in written.into_iter().rev() {
            if file.says_verdict() && known < self.failed.len() {
                let write = |document: &_| file.write(Reserved::take(&path)?, document);
                self.step(file.option(), write);
            }
        }
    }

    /// Writes one of them, and says whether it did; a panic costs that one alone.
    pub(super) fn step(
        &mut self,
        what: &str,
        write: impl FnOnce(&Document) -> io::Result<()>,
    ) -> bool {
        let why = match catch_unwind(AssertUnwindSafe(|| write(&self.document))) {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("{what}: it panicked while it was made, which is a defect of mite"),
        };
        self.failed.push(why.clone());
        self.verdict.add(Finding::ResultsUnwritten { output: "results".to_owned(), why });
        self.document.verdict = document::verdict(&self.verdict);
        false
    }

    /// What could not be written, together.
    pub(super) fn finish(self) -> io::Result<()> {
        match self.failed.is_empty() {
            true => Ok(()),
            false => Err(io::Error::other(self.failed.join("; "))),
        }
    }
}

/// A file of the results.
#[derive(Clone, Copy)]
enum File {
    Json,
    Csv,
    Junit,
    Html,
}

impl File {
    fn option(self) -> &'static str {
        match self {
            Self::Json => "--json",
            Self::Csv => "--csv",
            Self::Junit => "--junit",
            Self::Html => "--html",
        }
    }

    /// Whether it says whether the run passed.
    fn says_verdict(self) -> bool {
        !matches!(self, Self::Csv)
    }

    fn write(self, place: Reserved, document: &Document) -> io::Result<()> {
        let format = match self {
            Self::Json => return place.write(document.clone()),
            Self::Html => return place.write_bytes(page::report(document).as_bytes()),
            Self::Csv => Format::Csv,
            Self::Junit => Format::Junit,
        };
        let bytes = export::export(document, format).map_err(io::Error::other);
        bytes.and_then(|bytes| place.write_bytes(&bytes))
    }
}
