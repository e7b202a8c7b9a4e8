//! What `journey run` shows of its exchanges, and keeps of them.

use mite_core::journey::Onlooker;
#[cfg(feature = "http")]
use {
    mite_core::error::{Error, Result},
    mite_core::journey::Transcript,
    mite_core::{secret, units},
    mite_http::HttpRecord,
    mite_results::document::Reserved,
    serde_json::{Value, json},
    std::any::Any,
    std::collections::BTreeSet,
    std::path::PathBuf,
    std::sync::{Arc, Mutex},
};

#[cfg(not(feature = "http"))]
use std::sync::Arc;

use crate::terminal::console;

/// Bytes of a body that are shown if all of it is asked for.
#[cfg(feature = "http")]
const MOST: usize = 64 << 10;

/// Exchanges that a HAR holds.
#[cfg(feature = "http")]
const ENTRIES: usize = 5_000;

/// Looking into one execution.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Looking into it")]
pub(crate) struct LookOptions {
    /// Show up to 64 KiB of each body, not 2,000 bytes
    #[cfg(feature = "http")]
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Write what was requested, and what came, as a HAR, which browsers and `cargo mite import har` read
    #[cfg(feature = "http")]
    #[arg(long, value_name = "FILE")]
    pub(crate) har: Option<PathBuf>,
}

#[cfg(feature = "http")]
impl LookOptions {
    /// Who shows each exchange, and keeps it if there is a file for it.
    ///
    /// # Errors
    /// If that file cannot be made.
    pub(super) fn start(&self) -> Result<(Onlooker, Option<Har>)> {
        let har = self.har.as_deref().map(Reserved::take).transpose();
        let har = har.map_err(|e| Error::new(format!("--har: {e}")))?;
        let har = har.map(|place| Har { place, entries: Entries::default() });
        let entries = har.as_ref().map(|har| har.entries.clone());
        let verbose = self.verbose;
        let show = move |exchange: &Arc<dyn Transcript>| {
            let record = (&**exchange as &dyn Any).downcast_ref::<HttpRecord>();
            let text = match record {
                Some(record) if verbose => record.text_up_to(MOST),
                _ => exchange.text(),
            };
            // Whoever reads may have gone away.
            let _ = console::print(text);
            if let Some((record, entries)) = record.zip(entries.as_ref()) {
                let mut entries = entries.lock().unwrap_or_else(|e| e.into_inner());
                match entries.kept.len() < ENTRIES {
                    true => entries.kept.push(record.to_har(secret::are_shown())),
                    false => entries.left_out += 1,
                }
            }
        };
        Ok((Arc::new(show), har))
    }
}

#[cfg(not(feature = "http"))]
impl LookOptions {
    pub(super) fn onlooker(&self) -> Onlooker {
        Arc::new(|exchange| {
            // Whoever reads may have gone away.
            let _ = console::print(exchange.text());
        })
    }
}

/// What has ended, as entries of a HAR, and how many more.
#[cfg(feature = "http")]
#[derive(Default)]
struct Kept {
    kept: Vec<Value>,
    left_out: u64,
}

#[cfg(feature = "http")]
type Entries = Arc<Mutex<Kept>>;

/// A file that what was done is written into.
#[cfg(feature = "http")]
pub(super) struct Har {
    place: Reserved,
    entries: Entries,
}

#[cfg(feature = "http")]
impl Har {
    /// Writes it, a page for each transaction; says what it holds.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(self) -> std::io::Result<String> {
        let all = std::mem::take(&mut *self.entries.lock().unwrap_or_else(|e| e.into_inner()));
        let Kept { kept: mut entries, left_out } = all;
        let start =
            |entry: &Value| entry["startedDateTime"].as_str().unwrap_or_default().to_owned();
        // They came as they ended.
        entries.sort_by_key(start);
        let (mut pages, mut seen) = (Vec::new(), BTreeSet::new());
        for entry in &entries {
            if let Some(page) = entry["pageref"].as_str()
                && seen.insert(page)
            {
                pages.push(json!({
                    "startedDateTime": entry["startedDateTime"],
                    "id": page,
                    "title": page,
                    "pageTimings": {},
                }));
            }
        }
        let many = units::count(entries.len() as u64, "request");
        let mut told = format!("{}: {many}", self.place.path().display());
        if left_out > 0 {
            told.push_str(&format!(", {left_out} more are left out"));
        }
        let har = json!({ "log": {
            "version": "1.2",
            "creator": { "name": "mite", "version": env!("CARGO_PKG_VERSION") },
            "pages": pages,
            "entries": entries,
        } });
        self.place.write_bytes(format!("{har:#}\n").as_bytes())?;
        Ok(told)
    }
}
