//! `compare`: whether one run is slower than another.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use mite_core::error::{Error, Result};
use mite_results::compare::{self, Form, Judge, Request, Settings, share};
use mite_results::page;

use super::results;
use crate::terminal::{console, size};
use crate::typed::duration;

/// Columns of a table if the terminal does not say.
const COLUMNS: usize = 100;

/// Several files are baselines and the last one the candidate; `A1 A2 -- B1 B2` has
/// several candidates.
///
/// Judged are p50, p90 and p99, the share of errors and the rate of all requests, or of
/// all transactions if there are no requests; all else is shown.
///
/// Exit codes: 0 nothing judged is worse; 1 B is worse (with --strict also if something
/// is not decided); 2 a file is not a run's results, or an option makes no sense; 3 the
/// runs cannot be compared.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CompareOptions {
    /// Files that --json wrote: baselines, and then the candidate
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Several candidates
    #[arg(value_name = "CANDIDATE", last = true)]
    candidates: Vec<String>,
    /// As Markdown, for a pull request
    #[arg(long, value_parser = BoolishValueParser::new(), conflicts_with = "json")]
    markdown: bool,
    /// As JSON, for other programs
    #[arg(long)]
    json: bool,
    /// Write a report of the last candidate, laid over that of the last baseline
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How sure it is to find equal runs equal, all judged figures together
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "99%")]
    confidence: f64,
    /// A smaller change is none
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "2%")]
    margin: f64,
    /// What surely changed by less is the same
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "5%")]
    same: f64,
    /// How much runs of the same thing differ, from experience
    #[arg(long, value_name = "SHARE", value_parser = share)]
    run_noise: Option<f64>,
    /// One run of each is meant: no advice to give more
    #[arg(long, value_parser = BoolishValueParser::new())]
    single_pair: bool,
    /// Compare from this time of the runs on
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    from: Option<Duration>,
    /// Compare until this time of the runs
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    to: Option<Duration>,
    /// Judge this too: a series as in the table, such as 'shop:buy, pay: p99', or '*' for all; may be repeated
    #[arg(long, value_name = "SERIES")]
    judge: Vec<Judge>,
    /// Fail if something judged is not decided
    #[arg(long, value_parser = BoolishValueParser::new())]
    strict: bool,
    /// Compare runs that are invalid
    #[arg(long, value_parser = BoolishValueParser::new())]
    allow_invalid: bool,
    /// Compare runs of different tests or schedules
    #[arg(long, value_parser = BoolishValueParser::new())]
    allow_different: bool,
}

/// Compares, and prints the answer.
///
/// # Errors
/// If a file is not a run's results, or something is asked for that is not there.
pub(super) fn compare(options: CompareOptions) -> Result<ExitCode> {
    let error = |e: compare::Error| Error::new(e.to_string());
    let mut files = options.files;
    if !options.candidates.is_empty() {
        files.push("--".to_owned());
        files.extend(options.candidates);
    }
    let (baselines, candidates) = compare::sides(&files).map_err(error)?;
    let form = match (options.markdown, options.json) {
        (true, _) => Form::Markdown,
        (_, true) => Form::Json,
        _ => Form::Text(columns()),
    };
    let settings = Settings {
        confidence: options.confidence,
        margin: options.margin,
        same: options.same,
        run_noise: options.run_noise,
        single_pair: options.single_pair,
        from_s: options.from.map(|from| from.as_secs_f64()),
        to_s: options.to.map(|to| to.as_secs_f64()),
        judge: options.judge,
        strict: options.strict,
        allow_invalid: options.allow_invalid,
        allow_different: options.allow_different,
    };
    let request = Request { baselines, candidates, settings, form };
    let place = options.html.as_deref().map(results::place).transpose()?;
    let (a, b) = compare::read(&request).map_err(error)?;
    let comparison = compare::compared(&request, &a, &b).map_err(error)?;
    if let (Some(place), Some(a), Some(b)) = (place, a.last(), b.last()) {
        let compared = comparison.html(request.settings.same);
        results::save(place, &page::overlay(&b.document, &a.document, &compared))?;
    }
    let answer = compare::answer(&request, &comparison).map_err(error)?;
    console::print(answer.text.trim_end_matches('\n'))?;
    console::written()?;
    Ok(answer.exit_code.into())
}

/// Of the terminal; in a pipe, what somebody says.
fn columns() -> usize {
    if let Some(columns) = size::columns_of_stdout() {
        return columns;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(COLUMNS)
}
