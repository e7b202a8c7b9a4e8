//! The command: files in, text and exit code out.

use std::fmt;
use std::path::PathBuf;

use super::comparison::{Comparison, Named};
use super::settings::Settings;
use crate::document::{Document, ReadError};

/// What is asked for on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Files of the baseline.
    pub baselines: Vec<PathBuf>,
    /// Files of the candidate.
    pub candidates: Vec<PathBuf>,
    /// How they are compared.
    pub settings: Settings,
    /// What is printed.
    pub form: Form,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table for a terminal of so many columns.
    Text(usize),
    /// For a pull request.
    Markdown,
    /// For programs.
    Json,
}

/// What is to be printed, and how the command ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Ends in a line feed.
    pub text: String,
    /// 0, 1 if the candidate is worse, 3 if the runs cannot be compared.
    pub exit_code: u8,
}

/// A mistake in what is asked for: exit code 2.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file is not a run's results.
    Read(ReadError),
    /// Something else, in words.
    Usage(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(e) => e.fmt(f),
            Self::Usage(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(e) => Some(e),
            Self::Usage(_) => None,
        }
    }
}

/// Splits `A1 A2 A3 B` into the baselines and the candidate, or
/// `A1 A2 -- B1 B2` at the two dashes.
///
/// ```
/// use mite_results::compare::sides;
/// let files = ["a1.json", "a2.json", "b.json"].map(String::from);
/// let (a, b) = sides(&files).unwrap();
/// assert_eq!((a.len(), b.len()), (2, 1));
/// ```
///
/// # Errors
/// When a side has no file.
pub fn sides(files: &[String]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let (a, b) = match files.iter().position(|file| file == "--") {
        Some(at) => (&files[..at], &files[at + 1..]),
        None => files.split_at(files.len().saturating_sub(1)),
    };
    if a.is_empty() || b.is_empty() {
        return Err(Error::Usage(
            "two files of results at least: compare A.json B.json".to_owned(),
        ));
    }
    let paths = |files: &[String]| files.iter().map(PathBuf::from).collect();
    Ok((paths(a), paths(b)))
}

/// A share, as `3%` or `0.03`.
///
/// ```
/// use mite_results::compare::share;
/// assert_eq!(share("3%"), Ok(0.03));
/// assert_eq!(share("0.03"), Ok(0.03));
/// assert!(share("3").is_err());
/// ```
///
/// # Errors
/// When it is not a number from 0 up to 1, or 0 % up to 100 %, without the end.
pub fn share(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let value = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse::<f64>(),
    };
    value
        .ok()
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| format!("`{text}` is no share; write 3% or 0.03"))
}

/// Reads the files, compares them, and says what to print.
///
/// # Errors
/// When a file cannot be read, or the settings ask for what is not there.
pub fn run(request: &Request) -> Result<Answer, Error> {
    let (baselines, candidates) = read(request)?;
    let comparison = compared(request, &baselines, &candidates)?;
    answer(request, &comparison)
}

/// Reads the files of both sides: the baselines, and the candidates.
///
/// # Errors
/// When a file cannot be read, or a side has none.
pub fn read(request: &Request) -> Result<(Vec<Named>, Vec<Named>), Error> {
    let read = |paths: &[PathBuf]| -> Result<Vec<Named>, Error> {
        let read = |path: &PathBuf| {
            let document = Document::read(path).map_err(Error::Read)?;
            Ok(Named { name: path.display().to_string(), document })
        };
        paths.iter().map(read).collect()
    };
    if request.baselines.is_empty() || request.candidates.is_empty() {
        return Err(Error::Usage("a file of results is needed for each side".to_owned()));
    }
    Ok((read(&request.baselines)?, read(&request.candidates)?))
}

/// Compares what was read.
///
/// # Errors
/// When the settings ask for what is not there.
pub fn compared(request: &Request, a: &[Named], b: &[Named]) -> Result<Comparison, Error> {
    Comparison::of(a, b, &request.settings).map_err(Error::Usage)
}

/// What is to be printed.
///
/// # Errors
/// Never for the forms that there are.
pub fn answer(request: &Request, comparison: &Comparison) -> Result<Answer, Error> {
    let settings = &request.settings;
    let text = match request.form {
        Form::Text(width) => comparison.text(width, settings.same),
        Form::Markdown => comparison.markdown(settings.same),
        Form::Json => {
            let json = serde_json::to_string_pretty(comparison);
            // Names and numbers: there is nothing in it that JSON cannot hold.
            json.map_err(|e| Error::Usage(e.to_string()))? + "\n"
        }
    };
    Ok(Answer { text, exit_code: comparison.exit_code })
}
