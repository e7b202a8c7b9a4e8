//! The results of a run as files, and what is said of it in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use mite_core::config::Config;
use mite_core::error::{Error, Result};
use mite_results::document::{Document, Reserved};
use mite_results::export::{self, Format};
use mite_results::page;

use crate::output::{ResultsFiles, RunFacts};
use crate::terminal::console;

/// Options that say nothing of what is run, may hold secrets, or are told elsewhere.
const OMITTED: [&str; 26] = [
    "add_to_config",
    "csv",
    "html",
    "json",
    "junit",
    "influxdb",
    "influxdb_include_buckets",
    "label",
    "linger",
    "logging_webhook",
    "metrics_series",
    "nats_ca",
    "nats_cert",
    "nats_creds",
    "nats_key",
    "nats_nkey",
    "nats_password",
    "otlp",
    "pool",
    "prometheus_address",
    "runners",
    "seed",
    "spec",
    "url",
    "web_address",
    "web_host",
];

#[derive(Clone, Debug, clap::Args)]
#[command(
    next_help_heading = "Results (written at the end, whatever ends the run; not written: exit code 4)"
)]
pub(crate) struct ResultOptions {
    /// Write everything that was measured, for `compare`, `export` and other programs
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a report for people: one page, with its data inside and nothing from elsewhere
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the course of the run, a line for each window and series
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Write a JUnit report: a case for each limit and each journey
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Say something of the run in its results, such as `branch=main`; may be repeated, and in the variable have a line each
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = '\n')]
    pub(crate) label: Vec<String>,
    /// Options that were typed or set, by name.
    #[arg(skip)]
    pub(crate) given: BTreeMap<String, String>,
}

impl ResultOptions {
    /// The places of the files, which are taken now.
    ///
    /// # Errors
    /// If one cannot be had; the text names the option.
    pub(super) fn files(&self) -> Result<ResultsFiles> {
        let Self { json, html, csv, junit, .. } = self;
        let [json, html, csv, junit] = [json, html, csv, junit].map(Option::as_deref);
        ResultsFiles::take(json, html, csv, junit)?.with_github(
            std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
        )
    }

    /// What is said of the run.
    ///
    /// # Errors
    /// If a label is none.
    pub(super) fn facts(&self, config: &Config) -> Result<RunFacts> {
        Ok(RunFacts {
            labels: self.labels()?,
            settings: self.given.clone(),
            config_keys: config.keys(),
        })
    }

    /// Labels by key.
    ///
    /// # Errors
    /// If one has no key, or its key comes twice.
    pub(super) fn labels(&self) -> Result<BTreeMap<String, String>> {
        let mut labels = BTreeMap::new();
        for text in self.label.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty())
            else {
                return Err(Error::new(format!(
                    "--label `{text}` is not KEY=VALUE; write branch=main"
                )));
            };
            let key = key.trim();
            if labels.insert(key.to_owned(), value.trim().to_owned()).is_some() {
                return Err(Error::new(format!("--label {key} is given twice; leave one out")));
            }
        }
        Ok(labels)
    }
}

/// The options of a command that were typed or set, with their values.
pub(super) fn given(command: &Command, matches: &ArgMatches) -> BTreeMap<String, String> {
    if let Some((name, inner)) = matches.subcommand() {
        let command = command.find_subcommand(name);
        return command.map_or_else(BTreeMap::new, |command| given(command, inner));
    }
    let of_person = |id: &&str| {
        let source = matches.value_source(id);
        matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    let ids = command.get_arguments().map(|option| option.get_id().as_str());
    ids.filter(|id| !OMITTED.contains(id))
        .filter(of_person)
        .filter_map(|id| {
            let values = matches.try_get_raw(id).ok().flatten()?;
            let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
            Some((id.to_owned(), values.join(", ")))
        })
        .collect()
}

/// Prints the results in a file in another format.
///
/// # Errors
/// If they cannot be read, or lack what the format needs.
pub(super) fn show(file: &Path, format: Format) -> Result {
    let bytes = export::run(file, format).map_err(|e| Error::new(e.to_string()))?;
    // All formats are text.
    console::print(String::from_utf8_lossy(&bytes).trim_end_matches('\n'))?;
    Ok(console::written()?)
}

/// Makes the report of a run from its results: into a file, or on standard output.
///
/// # Errors
/// If they cannot be read, or the report cannot be written.
pub(super) fn report(file: &Path, html: Option<&Path>) -> Result {
    let document = Document::read(file).map_err(|e| Error::new(e.to_string()))?;
    let page = page::report(&document);
    match html {
        None => {
            console::print(page.trim_end_matches('\n'))?;
            Ok(console::written()?)
        }
        Some(path) => save(place(path)?, &page),
    }
}

/// The place of a page.
///
/// # Errors
/// If it cannot be had; the text names the option.
pub(super) fn place(path: &Path) -> Result<Reserved> {
    Reserved::take(path).map_err(|e| Error::new(format!("--html: {e}")))
}

/// Writes a page.
///
/// # Errors
/// If it cannot be written; the text names the option.
pub(super) fn save(place: Reserved, page: &str) -> Result {
    place.write_bytes(page.as_bytes()).map_err(|e| Error::new(format!("--html: {e}")))
}

#[cfg(test)]
mod tests;
