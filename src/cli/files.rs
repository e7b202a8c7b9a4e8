//! What a test leaves on disk: records, and messages if asked for.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use mite_core::error::{Error, Result};

use crate::store::CollectorSettings;
use crate::typed::{list, number};

/// Where records go if nobody says otherwise.
const RECORDS: &str = "recorder_data";

/// Messages in a file of collected ones if nobody says otherwise.
const MESSAGES_IN_A_FILE: u64 = 100_000;

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct StoreOptions {
    /// Where what journeys record goes, one file for each name; made when needed
    /// [default: recorder_data]
    ///
    /// A record is handed to the operating system within milliseconds, survives
    /// whatever kills mite from then on, and is synchronised with the disk at the
    /// end. The run ends, with exit code 4, if one cannot be written.
    #[arg(long, value_name = "DIR")]
    pub(crate) recorder_dir: Option<PathBuf>,
    /// Collect every message in files here [default: none are collected]
    #[arg(long, value_name = "DIR")]
    pub(crate) collector_dir: Option<PathBuf>,
    /// How many messages one file of collected messages holds [default: 100000]
    #[arg(long, value_name = "N", value_parser = number::count::<u64>, allow_negative_numbers = true)]
    pub(crate) collector_roll: Option<u64>,
    /// Collect only messages of these types, such as `txn,http_metrics` [default: all]
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',')]
    pub(crate) collector_filter: Vec<String>,
    /// Collect lines of JSON instead of msgpack
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) collector_use_json: bool,
}

impl StoreOptions {
    /// Where records go.
    pub(super) fn records(&self) -> PathBuf {
        self.recorder_dir.clone().unwrap_or_else(|| RECORDS.into())
    }

    /// Which messages are collected, and where; none if not asked for.
    pub(super) fn collector(&self) -> Option<CollectorSettings> {
        Some(CollectorSettings {
            directory: self.collector_dir.clone()?,
            roll: self.collector_roll.unwrap_or(MESSAGES_IN_A_FILE),
            kinds: list::names(&self.collector_filter),
            json: self.collector_use_json,
        })
    }

    /// Refuses what would keep nothing.
    ///
    /// # Errors
    /// If a value makes no sense; the text names the option.
    pub(super) fn check(&self) -> Result {
        if self.collector_roll == Some(0) {
            return Err(Error::new("--collector-roll 0 would hold nothing; give 1 or more"));
        }
        let kinds = list::names(&self.collector_filter);
        if kinds.is_empty() && !self.collector_filter.is_empty() {
            return Err(Error::new(
                "--collector-filter names no type of message; name some, such as txn,http_metrics, or leave it out to collect all",
            ));
        }
        if let Some(spec) = kinds.iter().find(|kind| kind.contains(':')) {
            return Err(Error::new(format!(
                "--collector-filter takes types of messages, such as txn,http_metrics, not functions like `{spec}`"
            )));
        }
        let says_how =
            self.collector_use_json || self.collector_roll.is_some() || !kinds.is_empty();
        if self.collector_dir.is_none() && says_how {
            return Err(Error::new(
                "nothing is collected without a directory; name one with --collector-dir",
            ));
        }
        Ok(())
    }
}
