//! A directory that files are to be written to.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::record_file::Whole;
use crate::terminal::log::{self, Level};
use mite_core::units;

/// Whether files can be made in a directory.
pub(super) fn probe(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!(".mite-{}", std::process::id()));
    OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
    match std::fs::remove_file(path) {
        // Another process of that number, in another container, was faster.
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Looks through the records that are there before any journey waits for its
/// own: a torn end must be known before more is written after it.
pub(super) fn look_through(directory: &Path) -> HashMap<String, Whole> {
    let start = Instant::now();
    let files = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let files = files.filter_map(|file| {
        let path = file.path();
        let name = path.file_name()?.to_str()?.strip_suffix(".msgpack")?.to_owned();
        // An error is told when something is recorded to it.
        Some((name, Whole::at(&path).ok()??))
    });
    let known = files.collect();
    if start.elapsed() > Duration::from_secs(1) {
        log::log(
            Level::Info,
            format_args!(
                "the records in {} were looked through in {}",
                directory.display(),
                units::time(start.elapsed())
            ),
        );
    }
    known
}
