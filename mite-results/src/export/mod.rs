//! The same results for other tools.
//!
//! ```
//! use mite_results::document::Document;
//! use mite_results::export::{Format, export};
//! let format: Format = "csv".parse().unwrap();
//! let text = export(&Document::default(), format).unwrap();
//! assert!(text.starts_with(b"t_s,length_s,kind,"));
//! ```

mod benchmarks;
mod csv;
mod error;
mod github;
mod gitlab;
mod hlog;
mod junit;
mod moment;
#[cfg(test)]
mod testing;

use std::path::Path;
use std::str::FromStr;

use crate::document::Document;

pub use error::Error;
pub use github::{annotations, append_step_summary, step_summary};

/// What a file of results is made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Bencher Metric Format, JSON.
    Bmf,
    /// github-action-benchmark, `customSmallerIsBetter`, JSON.
    Gab,
    /// GitLab's load performance report: k6's keys, JSON.
    Gitlab,
    /// A line for each window and series.
    Csv,
    /// HdrHistogram's interval log, a tag for each series.
    Hlog,
    /// JUnit's XML.
    Junit,
    /// Markdown, as GitHub's step summary.
    Markdown,
}

impl Format {
    /// All of them, by name.
    pub const ALL: [(&str, Self); 7] = [
        ("bmf", Self::Bmf),
        ("gab", Self::Gab),
        ("gitlab", Self::Gitlab),
        ("csv", Self::Csv),
        ("hlog", Self::Hlog),
        ("junit", Self::Junit),
        ("markdown", Self::Markdown),
    ];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, format)| *format).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("`{text}` is no format; there are {}", names.join(", "))
        })
    }
}

/// The results in another format.
///
/// # Errors
/// When they lack what the format needs.
pub fn export(document: &Document, format: Format) -> Result<Vec<u8>, Error> {
    Ok(match format {
        Format::Bmf => json(&benchmarks::bmf(document)),
        Format::Gab => json(&benchmarks::gab(document)),
        Format::Gitlab => json(&gitlab::report(document)?),
        Format::Csv => csv::table(document).into_bytes(),
        Format::Hlog => hlog::log(document)?,
        Format::Junit => junit::report(document).into_bytes(),
        Format::Markdown => step_summary(document).into_bytes(),
    })
}

/// What the command `export` prints of the file at `path`.
///
/// # Errors
/// When it cannot be read, or lacks what the format needs.
pub fn run(path: &Path, format: Format) -> Result<Vec<u8>, Error> {
    export(&Document::read(path).map_err(Error::Read)?, format)
}

fn json(value: &serde_json::Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
